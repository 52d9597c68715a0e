//! Covariance of what a calibration reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameters::Bound;

/// What an estimate is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// Discrimination of an item.
    A,
    /// Difficulty of an item.
    B,
    /// Guessing probability of an item.
    C,
    /// Mean of the ability distribution.
    Mean,
    /// Standard deviation of the ability distribution.
    Sd,
}

impl From<Bound> for ParameterKind {
    /// What is reported of a parameter of the search; the intercept is seen as the difficulty.
    fn from(bound: Bound) -> Self {
        match bound {
            Bound::Slope => Self::A,
            Bound::Intercept => Self::B,
            Bound::Guessing => Self::C,
        }
    }
}

/// An estimate as a linear function of the parameters the program works in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Estimate {
    /// Item code; `None` for the ability distribution.
    pub(crate) item: Option<u32>,
    /// Group code of an ability distribution where there are several.
    pub(crate) group: Option<u32>,
    pub(crate) kind: ParameterKind,
    /// Place of the parameter it mainly depends on.
    pub(crate) place: usize,
    /// Derivatives by the flat parameters.
    pub(crate) by: Vec<(usize, f64)>,
}

/// One row of a covariance matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// Item code; `None` for the ability distribution.
    pub item: Option<u32>,
    /// What it is.
    pub kind: ParameterKind,
    /// Group code of an ability distribution where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
}

impl Parameter {
    /// A parameter of an item.
    pub(crate) fn of_item(item: u32, kind: ParameterKind) -> Self {
        Self { item: Some(item), kind, group: None }
    }

    /// What rows of covariances are sorted by: items come first.
    pub(crate) fn order(&self) -> (u32, Option<u32>, ParameterKind) {
        (self.item.unwrap_or(u32::MAX), self.group, self.kind)
    }

    /// The parameter in words, such as `a[q7]` or `sd`; `id` gives the id of an item code.
    pub fn name(&self, id: impl Fn(u32) -> String) -> String {
        let kind = match self.kind {
            ParameterKind::A => "a",
            ParameterKind::B => "b",
            ParameterKind::C => "c",
            ParameterKind::Mean => "mean",
            ParameterKind::Sd => "sd",
        };
        match (self.item, self.group) {
            (Some(item), _) => format!("{kind}[{}]", id(item)),
            (None, Some(group)) => format!("{kind}[group {group}]"),
            (None, None) => kind.to_owned(),
        }
    }
}

/// Covariance of the estimates of a calibration, in the metric of a, b, c, mean and sd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Covariance {
    /// The rows: items by code, each a, b, c as far as estimated, then mean and sd of each group.
    pub parameters: Vec<Parameter>,
    /// Rows of the lower triangle, diagonal included. Of calibrations whose errors are computed
    /// item by item only the blocks of the items are not zero, and are stored as a band.
    lower: Vec<f64>,
    /// Entries of each row that are stored, ending with the diagonal; `None` = all.
    band: Option<usize>,
}

/// Widest block of one item: a, b, c.
const ITEM_BAND: usize = 3;

impl Covariance {
    pub(crate) fn new(estimates: &[Estimate], flat: impl Fn(usize, usize) -> f64) -> Self {
        Self::build(estimates, None, flat)
    }

    pub(crate) fn new_by_item(estimates: &[Estimate], flat: impl Fn(usize, usize) -> f64) -> Self {
        Self::build(estimates, Some(ITEM_BAND), flat)
    }

    fn build(
        estimates: &[Estimate],
        band: Option<usize>,
        flat: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let mut lower = Vec::new();
        for (i, x) in estimates.iter().enumerate() {
            let first = band.map_or(0, |band| (i + 1).saturating_sub(band));
            lower.extend(std::iter::repeat_n(0.0, band.map_or(0, |band| band - (i + 1 - first))));
            for y in &estimates[first..=i] {
                let sum: f64 = x
                    .by
                    .iter()
                    .flat_map(|&(i, by_i)| y.by.iter().map(move |&(j, by_j)| (i, j, by_i * by_j)))
                    .map(|(i, j, factor)| factor * flat(i, j))
                    .sum();
                lower.push(sum);
            }
        }
        let parameters =
            estimates.iter().map(|e| Parameter { item: e.item, kind: e.kind, group: e.group });
        let parameters = parameters.collect();
        Self { parameters, lower, band }
    }

    /// The covariance of item parameters of which only each item's own errors are known, by item
    /// code: between items it is zero.
    ///
    /// Where the covariance of a and b is not known it is taken as zero too.
    pub fn of_errors(errors: &[(u32, ItemErrors)]) -> Self {
        let mut parameters = Vec::new();
        let mut lower = Vec::new();
        for &(item, errors) in errors {
            let known = [
                (ParameterKind::A, errors.a),
                (ParameterKind::B, errors.b),
                (ParameterKind::C, errors.c),
            ];
            for (kind, se) in known.into_iter().filter_map(|(kind, se)| Some((kind, se?))) {
                let mut row = [0.0; ITEM_BAND];
                row[ITEM_BAND - 1] = se * se;
                // The row of a stands just before that of b.
                let after_a = kind == ParameterKind::B && errors.a.is_some();
                row[ITEM_BAND - 2] = errors.ab.filter(|_| after_a).unwrap_or(0.0);
                lower.extend(row);
                parameters.push(Parameter::of_item(item, kind));
            }
        }
        Self { parameters, lower, band: Some(ITEM_BAND) }
    }

    /// The covariance whose stored entries are those of `f`, by row and column.
    pub(crate) fn mapped(&self, f: impl Fn(usize, usize, f64) -> f64) -> Self {
        let mut lower = self.lower.clone();
        let mut place = 0;
        for i in 0..self.parameters.len() {
            let stored = self.band.unwrap_or(i + 1);
            for back in (0..stored).rev() {
                if let Some(j) = i.checked_sub(back) {
                    lower[place] = f(i, j, lower[place]);
                }
                place += 1;
            }
        }
        Self { lower, ..self.clone() }
    }

    /// The covariance after each parameter is multiplied by its factor.
    pub(crate) fn scaled(&self, factors: &[f64]) -> Self {
        self.mapped(|i, j, value| value * (factors[i] * factors[j]))
    }

    /// Errors of one item; those of parameters that were not estimated are `None`.
    pub fn errors(&self, item: u32) -> ItemErrors {
        let row = |kind| self.row(Some(item), kind);
        let se = |kind| self.standard_error(Some(item), kind);
        let both = row(ParameterKind::A).zip(row(ParameterKind::B));
        ItemErrors {
            a: se(ParameterKind::A),
            b: se(ParameterKind::B),
            c: se(ParameterKind::C),
            ab: both.map(|(a, b)| self.get(a, b)),
        }
    }

    /// Whether covariances between items are known, not only those within items.
    pub(crate) fn is_full(&self) -> bool {
        self.band.is_none()
    }

    /// Covariance of the parameters in rows `i` and `j`.
    ///
    /// # Panics
    /// When a row does not exist.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let (row, column) = (i.max(j), i.min(j));
        let Some(band) = self.band else {
            return self.lower[row * (row + 1) / 2 + column];
        };
        let back = row - column;
        if back < band { self.lower[row * band + band - 1 - back] } else { 0.0 }
    }

    /// Row of a parameter of an item, or (`None`) of the one ability distribution.
    pub fn row(&self, item: Option<u32>, kind: ParameterKind) -> Option<usize> {
        self.row_of(Parameter { item, kind, group: None })
    }

    /// Row of a parameter.
    pub fn row_of(&self, wanted: Parameter) -> Option<usize> {
        // `None` stands for the ability distributions, which come last.
        self.parameters.binary_search_by_key(&wanted.order(), Parameter::order).ok()
    }

    /// Standard error of a parameter; `None` when it was not estimated or is not determined.
    pub fn standard_error(&self, item: Option<u32>, kind: ParameterKind) -> Option<f64> {
        self.standard_error_of(Parameter { item, kind, group: None })
    }

    /// The same of any parameter.
    pub fn standard_error_of(&self, wanted: Parameter) -> Option<f64> {
        let row = self.row_of(wanted)?;
        let variance = self.get(row, row);
        (variance > 0.0).then(|| variance.sqrt())
    }
}

/// Standard errors of the parameters of one item; `None` = not estimated for this item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemErrors {
    /// Of the discrimination.
    pub a: Option<f64>,
    /// Of the difficulty.
    pub b: Option<f64>,
    /// Of the guessing probability.
    pub c: Option<f64>,
    /// Covariance of the errors of a and b.
    #[serde(default)]
    pub ab: Option<f64>,
}
