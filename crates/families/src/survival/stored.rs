//! A fitted survival model, as it is stored and predicts.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;
use seedtest_formula::{Encoder, ModelMatrix};
use seedtest_numerics::exp;
use seedtest_survival::{Error as ModelError, Row, aft, cox};
use serde::{Deserialize, Serialize};

use super::discrete::Discrete;
use super::names::Family;

/// Rows whose predictions are work enough for a task.
const ROWS_PER_TASK: usize = 4096;

/// A fit with everything that is needed to predict from it; it can be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Identity of the fit; empty before it has one.
    pub run_id: String,
    /// The family.
    pub family: Family,
    /// Days of silence that are the event.
    pub event_threshold_days: f64,
    /// Time by which the risk is predicted.
    pub horizon_days: f64,
    /// The formula, as it was given or built.
    pub formula: String,
    pub(super) encoder: Encoder,
    pub(super) strata: Option<Strata>,
    /// Column of an offset that is not in the formula.
    #[serde(default)]
    pub(super) offset: Option<String>,
    /// Mixture and penalty of an elastic net.
    #[serde(default)]
    pub(super) elastic_net: Option<(f64, f64)>,
    /// Mean of every covariate over the rows of the fit.
    pub(super) means: Vec<f64>,
    /// The longest observation of the fit; `None` in fits of before it was kept.
    #[serde(default)]
    pub(super) follow_up: Option<f64>,
    pub(super) fitted: Model,
}

/// What was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Model {
    Cox(Box<cox::Fit>),
    Parametric(Box<aft::Fit>),
    Discrete(Box<Discrete>),
}

impl Model {
    /// Clusters of the robust standard errors; `None` where there are none.
    pub(super) fn n_clusters(&self) -> Option<usize> {
        match self {
            Self::Cox(fit) => fit.n_clusters,
            Self::Discrete(discrete) => discrete.fit.n_clusters,
            Self::Parametric(fit) => fit.n_clusters,
        }
    }

    /// Whether the standard errors are those of the sandwich.
    pub(super) fn is_robust(&self) -> bool {
        match self {
            Self::Cox(fit) => fit.is_robust(),
            // Fits of before weights counted too say it by their clusters.
            Self::Discrete(discrete) => discrete.fit.robust || discrete.fit.n_clusters.is_some(),
            Self::Parametric(fit) => fit.robust,
        }
    }
}

/// Codes of the strata by their levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Strata {
    /// The column whose values the levels are, in fits of before the formula said what they are.
    pub(super) column: Option<String>,
    pub(super) codes: BTreeMap<String, u32>,
}

/// Prediction for one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowPrediction {
    /// Probability of the event within the horizon, given none in the time before; `None` where the
    /// fit has not observed that long, and for a row that lacks something the prediction needs.
    pub risk: Option<f64>,
    /// Contribution of every covariate to the logarithm of the hazard ratio against a row at the
    /// means, in the order of [`Stored::covariates`]; empty where hazards are not
    /// proportional.
    pub contributions: Vec<f64>,
    /// What the row lacks, so that nothing is predicted for it.
    pub lacks: Option<Lack>,
    /// Whether the horizon ends after the longest observation of the fit, so that the risk is what the
    /// distribution says of times that nobody was observed.
    pub extrapolated: bool,
}

/// Why nothing is predicted for a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// The value of a column is missing.
    Value {
        /// The column.
        column: String,
    },
    /// The fit has not seen a level or a stratum.
    Level {
        /// The term of the formula, or the column.
        term: String,
        /// The level.
        level: String,
    },
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { column } => write!(f, "a value of `{column}` is missing"),
            Self::Level { term, level } => {
                write!(f, "`{term}` is `{level}`, which the fitted data do not have")
            }
        }
    }
}

impl RowPrediction {
    /// A row for which nothing is predicted.
    pub(super) fn lacking(lack: Lack) -> Self {
        Self { risk: None, contributions: Vec::new(), lacks: Some(lack), extrapolated: false }
    }

    /// Hazard against a row at the means of all covariates; `None` where hazards are not proportional.
    pub fn hazard_ratio(&self) -> Option<f64> {
        (!self.contributions.is_empty()).then(|| exp(self.contributions.iter().sum()))
    }
}

/// One row, ready for the model.
pub(super) struct ModelRow<'a> {
    pub(super) row: Row<'a>,
    /// Time without event so far.
    pub(super) gap: f64,
}

/// Rows to predict.
pub(super) struct ModelRows<'a> {
    /// Covariates without intercept.
    pub(super) matrix: &'a ModelMatrix,
    pub(super) strata: Option<&'a [u32]>,
    pub(super) offset: Option<&'a [f64]>,
    /// Times without event so far.
    pub(super) gaps: &'a [f64],
}

impl ModelRows<'_> {
    /// Calls `f` with one row.
    pub(super) fn with<R>(&self, at: usize, f: impl FnOnce(&ModelRow<'_>) -> R) -> R {
        let x = row_of(self.matrix, at);
        let stratum = self.strata.map_or(0, |codes| codes[at]);
        let offset = self.offset.map_or(0.0, |offset| offset[at]);
        f(&ModelRow { row: Row { x: &x, stratum, offset }, gap: self.gaps[at] })
    }
}

impl Stored {
    /// The longest observation of the fit, where the family goes on beyond it: a parametric distribution has
    /// no end, and what it says of later times nobody has observed.
    pub(super) fn extrapolates_beyond(&self) -> Option<f64> {
        self.follow_up.filter(|_| matches!(self.fitted, Model::Parametric(_)))
    }

    /// Names of the covariates.
    pub fn covariates(&self) -> Vec<&str> {
        match &self.fitted {
            Model::Cox(fit) => fit.names(),
            Model::Parametric(fit) => {
                let scales = usize::from(fit.spec.distribution.has_scale());
                let named = &fit.parameters[1..fit.parameters.len() - scales];
                named.iter().map(|parameter| parameter.name.as_str()).collect()
            }
            Model::Discrete(discrete) => {
                discrete.fit.coefficients.iter().map(|c| c.name.as_str()).collect()
            }
        }
    }

    /// The model under the name of a run, as far as predictions need it: without the bounds of the curve
    /// of its fit.
    pub(super) fn named(&self, run_id: &str) -> Self {
        let fitted = match &self.fitted {
            Model::Cox(fit) => Model::Cox(Box::new(fit.without_bounds())),
            other => other.clone(),
        };
        Self {
            run_id: run_id.to_owned(),
            formula: self.formula.clone(),
            encoder: self.encoder.clone(),
            strata: self.strata.clone(),
            offset: self.offset.clone(),
            means: self.means.clone(),
            fitted,
            ..*self
        }
    }

    /// Mean of every covariate over the rows of the fit.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Columns new rows need.
    pub fn predictor_columns(&self) -> Vec<String> {
        self.encoder.formula().predictor_columns()
    }

    /// Probability of no event up to `time`.
    pub(super) fn survival(&self, row: &ModelRow<'_>, time: f64) -> Result<f64, ModelError> {
        match &self.fitted {
            Model::Cox(fit) => fit.survival_of(&row.row, 0.0, time),
            Model::Parametric(fit) => fit.survival_of(&row.row, time),
            Model::Discrete(discrete) => discrete.survival(&row.row, time),
        }
    }

    fn predict(
        &self,
        row: &ModelRow<'_>,
        horizon: f64,
        last: &mut LastHazard,
    ) -> Result<RowPrediction, ModelError> {
        let contributions = self.contributions(row.row.x)?;
        let risk = match &self.fitted {
            Model::Cox(fit) => {
                let ratio = exp(contributions.iter().sum::<f64>() + row.row.offset);
                last.of(fit, row, horizon).map(|hazard| 1.0 - exp(-ratio * hazard))
            }
            Model::Parametric(fit) => fit.risk_of(&row.row, horizon, row.gap),
            Model::Discrete(discrete) => discrete.risk(&row.row, horizon, row.gap),
        };
        let risk = match risk {
            Ok(risk) => Some(risk),
            Err(ModelError::NotEstimable { .. } | ModelError::UnknownStratum { .. }) => None,
            Err(other) => return Err(other),
        };
        let extrapolated = self.extrapolates_beyond().is_some_and(|last| row.gap + horizon > last);
        Ok(RowPrediction { risk, contributions, lacks: None, extrapolated })
    }

    fn contributions(&self, x: &[f64]) -> Result<Vec<f64>, ModelError> {
        match &self.fitted {
            Model::Cox(fit) => fit.contributions(x),
            Model::Parametric(fit) if self.family.is_proportional() => {
                // A longer life is a smaller hazard: β of the log hazard is −β/σ of ln T.
                let coefficients = fit.parameters[1..].iter().map(|p| p.estimate.unwrap_or(0.0));
                let values = coefficients.zip(x).zip(&self.means);
                Ok(values.map(|((b, x), mean)| -b / fit.scale * (x - mean)).collect())
            }
            Model::Discrete(discrete) if self.family.is_proportional() => {
                let coefficients = discrete.fit.coefficients.iter().map(|c| c.coefficient);
                let values = coefficients.zip(x).zip(&self.means);
                Ok(values.map(|((b, x), mean)| b.unwrap_or(0.0) * (x - mean)).collect())
            }
            Model::Parametric(_) | Model::Discrete(_) => Ok(Vec::new()),
        }
    }

    /// Predictions for all rows.
    pub(super) fn predict_all(
        &self,
        rows: &ModelRows<'_>,
        horizon: f64,
    ) -> Result<Vec<RowPrediction>, ModelError> {
        let n_rows = rows.matrix.n_rows;
        let predict =
            |last: &mut LastHazard, at| rows.with(at, |row| self.predict(row, horizon, last));
        if n_rows <= ROWS_PER_TASK {
            let mut last = LastHazard::default();
            return (0..n_rows).map(|at| predict(&mut last, at)).collect();
        }
        let tasks = (0..n_rows).into_par_iter().with_min_len(ROWS_PER_TASK);
        tasks.map_init(LastHazard::default, predict).collect()
    }
}

/// The baseline hazard of the row before, which many rows share.
#[derive(Default)]
struct LastHazard {
    /// Stratum, time without event so far, and the hazard from then to the horizon.
    known: Option<(u32, f64, f64)>,
}

impl LastHazard {
    fn of(&mut self, fit: &cox::Fit, row: &ModelRow<'_>, horizon: f64) -> Result<f64, ModelError> {
        let (stratum, gap) = (row.row.stratum, row.gap);
        if let Some((_, _, hazard)) = self.known.filter(|last| (last.0, last.1) == (stratum, gap)) {
            return Ok(hazard);
        }
        let hazard = fit.hazard_between(stratum, gap, gap + horizon)?;
        self.known = Some((stratum, gap, hazard));
        Ok(hazard)
    }
}

/// The values of one row.
pub(super) fn row_of(matrix: &ModelMatrix, row: usize) -> Vec<f64> {
    (0..matrix.n_columns()).map(|j| matrix.column(j)[row]).collect()
}
