use std::collections::BTreeMap;

use rayon::prelude::*;
use seedtest_formula::{Encoder, ModelMatrix};
use seedtest_numerics::exp;
use seedtest_survival::{Error as ModelError, aft, cox};
use serde::{Deserialize, Serialize};

use super::family::Family;

/// A fit with everything that is needed to predict from it; it can be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalModel {
    /// Identity of the fit.
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
    /// Mean of every covariate over the rows of the fit.
    pub(super) means: Vec<f64>,
    pub(super) fitted: Fitted,
}

/// What was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fitted {
    Cox(Box<cox::Fit>),
    Parametric(Box<aft::Fit>),
}

/// Codes of the strata by the value of their column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Strata {
    /// `None` when the strata come from the formula and cannot be found in new rows.
    pub(super) column: Option<String>,
    pub(super) codes: BTreeMap<String, u32>,
}

/// Prediction for one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowPrediction {
    /// Probability of the event within the horizon, given none in the time before; `None` where the
    /// fit has not observed that long.
    pub risk: Option<f64>,
    /// Contribution of every covariate to the logarithm of the hazard ratio against a row at the
    /// means, in the order of [`SurvivalModel::covariates`]; empty where hazards are not
    /// proportional.
    pub contributions: Vec<f64>,
}

impl RowPrediction {
    /// Hazard against a row at the means of all covariates; `None` where hazards are not proportional.
    pub fn hazard_ratio(&self) -> Option<f64> {
        (!self.contributions.is_empty()).then(|| exp(self.contributions.iter().sum()))
    }
}

/// One row, ready for the model.
pub(super) struct ModelRow<'a> {
    pub(super) x: &'a [f64],
    pub(super) stratum: u32,
    /// Time without event so far.
    pub(super) gap: f64,
}

impl SurvivalModel {
    /// Names of the covariates.
    pub fn covariates(&self) -> Vec<&str> {
        match &self.fitted {
            Fitted::Cox(fit) => fit.names(),
            Fitted::Parametric(fit) => {
                let scales = usize::from(fit.spec.distribution.has_scale());
                let named = &fit.parameters[1..fit.parameters.len() - scales];
                named.iter().map(|parameter| parameter.name.as_str()).collect()
            }
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

    /// Probability of no event up to `time` for a row without strata.
    pub(super) fn survival(&self, row: &ModelRow<'_>, time: f64) -> Result<f64, ModelError> {
        match &self.fitted {
            Fitted::Cox(fit) => fit.conditional_survival(row.x, row.stratum, 0.0, time),
            Fitted::Parametric(fit) => fit.survival(row.x, time),
        }
    }

    pub(super) fn predict(
        &self,
        row: &ModelRow<'_>,
        horizon: f64,
    ) -> Result<RowPrediction, ModelError> {
        let risk = match &self.fitted {
            Fitted::Cox(fit) => fit.risk(row.x, row.stratum, horizon, row.gap),
            Fitted::Parametric(fit) => fit.risk(row.x, horizon, row.gap),
        };
        let risk = match risk {
            Ok(risk) => Some(risk),
            Err(ModelError::NotEstimable { .. } | ModelError::UnknownStratum { .. }) => None,
            Err(other) => return Err(other),
        };
        Ok(RowPrediction { risk, contributions: self.contributions(row.x)? })
    }

    fn contributions(&self, x: &[f64]) -> Result<Vec<f64>, ModelError> {
        match &self.fitted {
            Fitted::Cox(fit) => fit.contributions(x),
            Fitted::Parametric(fit) if self.family.is_proportional() => {
                // A longer life is a smaller hazard: β of the log hazard is −β/σ of ln T.
                let coefficients = fit.parameters[1..].iter().map(|p| p.estimate.unwrap_or(0.0));
                let values = coefficients.zip(x).zip(&self.means);
                Ok(values.map(|((b, x), mean)| -b / fit.scale * (x - mean)).collect())
            }
            Fitted::Parametric(_) => Ok(Vec::new()),
        }
    }

    /// Predictions for the rows of a model matrix without intercept.
    pub(super) fn predict_all(
        &self,
        matrix: &ModelMatrix,
        strata: Option<&[u32]>,
        gaps: &[f64],
        horizon: f64,
    ) -> Result<Vec<RowPrediction>, ModelError> {
        (0..matrix.n_rows)
            .into_par_iter()
            .map(|row| {
                let x = row_of(matrix, row);
                let stratum = strata.map_or(0, |codes| codes[row]);
                self.predict(&ModelRow { x: &x, stratum, gap: gaps[row] }, horizon)
            })
            .collect()
    }
}

/// The values of one row.
pub(super) fn row_of(matrix: &ModelMatrix, row: usize) -> Vec<f64> {
    (0..matrix.n_columns()).map(|j| matrix.column(j)[row]).collect()
}
