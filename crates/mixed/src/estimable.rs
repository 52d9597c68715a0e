//! Which linear predictors the fitted rows determine.

use serde::{Deserialize, Serialize};

use crate::estimates::FixedEffect;

/// Distance from a combination, as a share of the sizes of its parts, that is rounding.
const ROUNDING: f64 = 1e-6;
/// Information of its own that a linear predictor keeps, as a share of that where all rows have the mean response,
/// below which the likelihood may have no maximum in its direction.
pub(crate) const COLLAPSED: f64 = 1e-5;
/// That information, in trials' worth, of which a linear predictor with a maximum has more: a single success among
/// any number of failures is worth one.
pub(crate) const NOTHING_LEFT: f64 = 1e-3;

/// A column of the fixed effects without an estimate: in the fitted rows it is a combination of the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// Position among the fixed effects.
    pub column: usize,
    /// What the columns with estimates are multiplied by, in their order.
    pub combination: Vec<f64>,
}

impl Alias {
    /// Whether the column has that value in a row with these values of the columns with estimates. Where it has
    /// another one, what the row predicts depends on which of the columns was left out.
    fn holds(&self, value: f64, kept: &[f64]) -> bool {
        let parts = kept.iter().zip(&self.combination).map(|(x, a)| x * a);
        let (sum, size) =
            parts.fold((0.0, value.abs()), |(sum, size), part| (sum + part, size + part.abs()));
        (value - sum).abs() <= ROUNDING * size
    }
}

/// Parameters in whose direction the likelihood has no maximum, and the linear predictors that rest on them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undetermined {
    /// The parameters, as verdicts name them.
    pub parameters: Vec<String>,
    /// Covariances of the coefficients that have estimates, row-major: by the information where the search ended, and
    /// by that where all rows have the mean response. `None` where every linear predictor rests on the parameters.
    pub covariances: Option<[Vec<f64>; 2]>,
}

impl Undetermined {
    /// Whether the linear predictor of these values of the columns rests on such parameters: the rows say as good as
    /// nothing of it any more (Albert & Anderson 1984).
    pub(crate) fn covers(&self, x: &[f64]) -> bool {
        let Some([end, mean]) = &self.covariances else { return true };
        let (left, had) = (1.0 / form(end, x), 1.0 / form(mean, x));
        left < COLLAPSED * had && left < NOTHING_LEFT
    }

    pub(crate) fn has_shape_of(&self, coefficients: usize) -> bool {
        let mut all = self.covariances.iter().flatten();
        all.all(|covariance| covariance.len() == coefficients * coefficients)
    }
}

fn form(matrix: &[f64], x: &[f64]) -> f64 {
    let rows = matrix.chunks_exact(x.len().max(1)).zip(x);
    rows.map(|(row, xi)| xi * row.iter().zip(x).map(|(v, xj)| v * xj).sum::<f64>()).sum()
}

/// Why a prediction lacks its value or its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// A column has no estimate, and in this row it is not the combination of the other columns that it is in the
    /// fitted rows: there is no value.
    NotEstimable {
        /// Position among the fixed effects.
        column: usize,
    },
    /// It rests on parameters that the rows do not determine: the value is where the search ended, and there is no
    /// standard error.
    Undetermined,
}

impl Doubt {
    /// The same in words.
    pub fn reason(self, fixed: &[FixedEffect], undetermined: Option<&Undetermined>) -> String {
        match self {
            Self::NotEstimable { column } => {
                let name = fixed.get(column).map_or("a column", |effect| effect.name.as_str());
                format!(
                    "the fit has no estimate of `{name}`: in the fitted rows it is a combination of other columns, \
                     which it is not here"
                )
            }
            Self::Undetermined => {
                let names = undetermined.map_or_else(String::new, |of| of.parameters.join(", "));
                format!(
                    "no standard error, since it rests on {names}, which the data do not determine"
                )
            }
        }
    }
}

/// What is known of the linear predictors of new rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Estimable<'a> {
    pub(crate) aliases: &'a [Alias],
    pub(crate) undetermined: Option<&'a Undetermined>,
}

impl Estimable<'_> {
    /// The doubt of a row: `kept` are its values of the columns with estimates, `column` gives those of the others.
    pub(crate) fn doubt(&self, kept: &[f64], column: impl Fn(usize) -> f64) -> Option<Doubt> {
        let apart = self.aliases.iter().find(|alias| !alias.holds(column(alias.column), kept));
        let undetermined = || self.undetermined.filter(|of| of.covers(kept));
        match apart {
            Some(alias) => Some(Doubt::NotEstimable { column: alias.column }),
            None => undetermined().map(|_| Doubt::Undetermined),
        }
    }
}
