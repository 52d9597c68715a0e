//! A fitted survival model, as it is stored and predicts.

use std::collections::BTreeMap;

use rayon::prelude::*;
use seedtest_formula::{Encoder, ModelMatrix, Part};
use seedtest_numerics::exp;
use seedtest_survival::{Error as ModelError, Row, aft, cox};
use serde::{Deserialize, Serialize};

use super::columns::quoted;
use super::discrete::Discrete;
use super::names::Family;
use crate::lack::{Lack, Obstacle};

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
    /// Probability of the event within the horizon, given none in the time before; `None` where `lacks` says why.
    pub risk: Option<f64>,
    /// Contribution of every covariate to the logarithm of the hazard ratio against a row at the
    /// means, in the order of [`Stored::covariates`]; empty where hazards are not
    /// proportional.
    pub contributions: Vec<f64>,
    /// Term of the linear predictor with coefficient one, 0 without.
    pub offset: f64,
    /// Why there is no risk.
    pub lacks: Option<Box<Lack>>,
    /// Whether the horizon ends after the longest observation of the fit, so that the risk is what the
    /// distribution says of times that nobody was observed.
    pub extrapolated: bool,
}

impl RowPrediction {
    /// A row for which nothing is predicted.
    pub(super) fn lacking(lack: Lack) -> Self {
        let contributions = Vec::new();
        let lacks = Some(Box::new(lack));
        Self { risk: None, contributions, offset: 0.0, lacks, extrapolated: false }
    }

    /// Whether nothing at all is predicted, not even survival up to an earlier time.
    pub(super) fn is_unknown(&self) -> bool {
        let obstacle = self.lacks.as_ref().map(|lack| &lack.obstacle);
        obstacle.is_some_and(|obstacle| !matches!(obstacle, Obstacle::NotObserved { .. }))
    }

    /// Hazard, an offset among it, against a row at the means of all covariates without one; `None` where hazards are
    /// not proportional.
    pub fn hazard_ratio(&self) -> Option<f64> {
        let log_ratio = || self.contributions.iter().sum::<f64>() + self.offset;
        (!self.contributions.is_empty()).then(|| exp(log_ratio()))
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
    /// Row of the table of every row.
    pub(super) table_rows: &'a [usize],
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

    /// `table_row`: which row of the table it is.
    fn predict(
        &self,
        row: &ModelRow<'_>,
        table_row: usize,
        horizon: f64,
        last: &mut LastHazard,
    ) -> Result<RowPrediction, ModelError> {
        if let Some(at) = row.row.x.iter().position(|value| !value.is_finite()) {
            let (term, value) = (self.covariates()[at].to_owned(), row.row.x[at]);
            let lack = Lack::of(table_row, Obstacle::NotFinite { term, value });
            return Ok(RowPrediction::lacking(lack));
        }
        let contributions = self.contributions(row.row.x)?;
        let risk = match &self.fitted {
            Model::Cox(fit) => {
                let ratio = exp(contributions.iter().sum::<f64>() + row.row.offset);
                last.of(fit, row, horizon).map(|hazard| 1.0 - exp(-ratio * hazard))
            }
            Model::Parametric(fit) => fit.risk_of(&row.row, horizon, row.gap),
            Model::Discrete(discrete) => discrete.risk(&row.row, horizon, row.gap),
        };
        let until = row.gap + horizon;
        let (risk, obstacle) = match risk {
            Ok(risk) if risk.is_nan() => {
                let reason = "the values of the row are too large or too small";
                (None, Some(Obstacle::NotObserved { until, reason, stratum: None }))
            }
            Ok(risk) => (Some(risk), None),
            Err(error) => (None, Some(self.obstacle(error, row.row.stratum, until)?)),
        };
        let lacks = obstacle.map(|obstacle| Box::new(Lack::of(table_row, obstacle)));
        let extrapolated = self.extrapolates_beyond().is_some_and(|last| until > last);
        let offset = self.hazard_offset(row.row.offset);
        Ok(RowPrediction { risk, contributions, offset, lacks, extrapolated })
    }

    /// An offset as a change of the log hazard: that of a Weibull model is one of ln T, and a longer life is a smaller
    /// hazard.
    fn hazard_offset(&self, offset: f64) -> f64 {
        match &self.fitted {
            Model::Parametric(fit) => -offset / fit.scale,
            Model::Cox(_) | Model::Discrete(_) => offset,
        }
    }

    /// The offset as the formula or its option names it; `None` without one.
    pub(super) fn offset_term(&self) -> Option<String> {
        let parts = self.encoder.formula().parts();
        let of_formula = parts.into_iter().filter_map(|part| match part {
            Part::Offset(term) => Some(term),
            _ => None,
        });
        let of_formula: Vec<String> = of_formula.collect();
        let of_option = self.offset.as_ref().map(|name| format!("offset({})", quoted(name)));
        let known = (!of_formula.is_empty()).then(|| of_formula.join(" + "));
        known.or(of_option)
    }

    /// Why a prediction up to a time is not known; an error that is no reason for that stays one.
    fn obstacle(
        &self,
        error: ModelError,
        stratum: u32,
        until: f64,
    ) -> Result<Obstacle, ModelError> {
        match error {
            ModelError::UnknownStratum { .. } => {
                let (level, term) = self.stratum_called(stratum).unwrap_or_default();
                Ok(Obstacle::NoEvents { term, level })
            }
            ModelError::NotEstimable { reason, .. } => {
                let stratum = self.stratum_called(stratum).map(Box::new);
                Ok(Obstacle::NotObserved { until, reason, stratum })
            }
            other => Err(other),
        }
    }

    /// The stratum of this code as the data name it, and what strata are made of; `None` without strata.
    fn stratum_called(&self, stratum: u32) -> Option<(String, String)> {
        let codes = &self.strata.as_ref()?.codes;
        let (level, _) = codes.iter().find(|(_, code)| **code == stratum)?;
        Some((level.clone(), self.strata_term()))
    }

    /// The columns that strata are made of.
    pub(super) fn strata_term(&self) -> String {
        let column = self.strata.as_ref().and_then(|strata| strata.column.clone());
        column.unwrap_or_else(|| self.encoder.formula().strata_columns().join(", "))
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
        let predict = |last: &mut LastHazard, at: usize| {
            rows.with(at, |row| self.predict(row, rows.table_rows[at], horizon, last))
        };
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
