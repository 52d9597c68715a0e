//! Quality of predictions on rows left out.

use rayon::prelude::*;
use seedtest_numerics::Interrupt;
use serde::{Deserialize, Serialize};

use super::auc::time_dependent_auc;
use super::brier::{brier_score, integrated_brier_score};
use super::calibration::{Calibration, calibration};
use super::censoring::check;
use super::uno::uno_concordance;
use crate::cox::{self, Concordance, concordance};
use crate::data::{Data, Row};
use crate::error::Error;
use crate::folds::{folds, split};
use crate::kaplan_meier::kaplan_meier;

/// Times between 0 and the horizon at which the Brier score is taken for its integral.
const BRIER_TIMES: usize = 20;
const CALIBRATION_GROUPS: usize = 10;

/// How to judge a model on rows it has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CrossValidation {
    /// Time by which the event is predicted.
    pub horizon: f64,
    /// Number of folds, at least 2. Rows of one cluster are never in different folds.
    pub folds: usize,
    /// Seed of the division.
    pub seed: u64,
}

impl Default for CrossValidation {
    fn default() -> Self {
        Self { horizon: 14.0, folds: 5, seed: 0 }
    }
}

/// Quality of predictions for rows that were left out of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// How it was measured.
    pub method: CrossValidation,
    /// Predicted risk of the event by the horizon, one per row of the data.
    pub risk: Vec<f64>,
    /// Time-dependent area under the ROC curve at the horizon.
    pub auc: f64,
    /// Brier score at the horizon.
    pub brier: f64,
    /// Brier score at the horizon of the same risk for everyone (Kaplan–Meier of the other folds).
    pub brier_null: f64,
    /// Brier score averaged over the time up to the horizon.
    pub integrated_brier: f64,
    /// Uno's concordance up to the horizon.
    pub uno: f64,
    /// Harrell's concordance over all times.
    pub harrell: Option<Concordance>,
    /// Observed against predicted risk by deciles.
    pub calibration: Calibration,
}

/// Fits a Cox model to all folds but one, predicts that one, and judges the predictions of all rows
/// together. Fits run in parallel, and end when interrupted; the result does not depend on the number of threads.
pub fn cross_validate(
    data: &Data<'_>,
    spec: &cox::Spec,
    method: &CrossValidation,
    interrupt: &Interrupt,
) -> Result<Quality, Error> {
    let spec = cox::Spec { concordance: false, ..spec.clone() };
    cross_validate_model(data, method, |training| {
        let fit = cox::fit(training, &spec, &mut interrupt.clone())?;
        Ok(move |row: &Row<'_>, time: f64| fit.survival_of(row, 0.0, time))
    })
}

/// The same for any model: `fit` gives the probability of no event up to a time for a row.
pub fn cross_validate_model<P>(
    data: &Data<'_>,
    method: &CrossValidation,
    fit: impl Fn(&Data<'_>) -> Result<P, Error> + Sync,
) -> Result<Quality, Error>
where
    P: Fn(&Row<'_>, f64) -> Result<f64, Error>,
{
    check(data, data.stop, "stop")?;
    if !(method.horizon.is_finite() && method.horizon > 0.0) {
        let (field, value) = ("horizon", method.horizon);
        return Err(Error::Spec { field, value, required: "finite and positive" });
    }
    let own: Vec<u32> = (0..data.n() as u32).collect();
    let fold_of = folds(data.cluster.unwrap_or(&own), method.folds, method.seed)?;
    let folds: Vec<Result<Predictions, Error>> = (0..method.folds as u32)
        .into_par_iter()
        .map(|fold| predict_fold(data, method, &fold_of, fold, &fit))
        .collect();
    let mut columns = vec![vec![0.0; data.n()]; BRIER_TIMES];
    let mut null = vec![0.0; data.n()];
    for fold in folds {
        let fold = fold?;
        for (at, &row) in fold.rows.iter().enumerate() {
            for (column, survival) in columns.iter_mut().zip(&fold.survival) {
                column[row as usize] = survival[at];
            }
            null[row as usize] = fold.null;
        }
    }
    let at_horizon = &columns[BRIER_TIMES - 1];
    let risk: Vec<f64> = at_horizon.iter().map(|s| 1.0 - s).collect();
    let horizon = method.horizon;
    Ok(Quality {
        method: method.clone(),
        auc: time_dependent_auc(data, &risk, horizon)?,
        brier: brier_score(data, at_horizon, horizon)?,
        brier_null: brier_score(data, &null, horizon)?,
        integrated_brier: integrated_brier_score(data, &times(horizon), &columns)?,
        uno: uno_concordance(data, &risk, horizon)?,
        harrell: concordance(data, &risk)?,
        calibration: calibration(data, &risk, horizon, CALIBRATION_GROUPS.min(data.n()))?,
        risk,
    })
}

fn times(horizon: f64) -> Vec<f64> {
    let step = |i: usize| horizon * i as f64 / BRIER_TIMES as f64;
    (1..BRIER_TIMES).map(step).chain([horizon]).collect()
}

/// Predictions for the rows of one fold.
struct Predictions {
    rows: Vec<u32>,
    /// One column per time.
    survival: Vec<Vec<f64>>,
    /// Survival at the horizon without covariates.
    null: f64,
}

fn predict_fold<P>(
    data: &Data<'_>,
    method: &CrossValidation,
    fold_of: &[u32],
    fold: u32,
    fit: &impl Fn(&Data<'_>) -> Result<P, Error>,
) -> Result<Predictions, Error>
where
    P: Fn(&Row<'_>, f64) -> Result<f64, Error>,
{
    let (inside, outside) = split(fold_of, fold);
    let training = data.subset(&outside);
    let training = training.data();
    if training.n_events() == 0 {
        let reason = format!("there is no event outside fold {fold}");
        return Err(Error::Folds { folds: method.folds, reason });
    }
    let survival_of = fit(&training)?;
    let times = times(method.horizon);
    let mut survival = vec![Vec::with_capacity(inside.len()); times.len()];
    for &row in &inside {
        let row = row as usize;
        let x: Vec<f64> = data.covariates.iter().map(|c| c.values[row]).collect();
        let stratum = data.strata.map_or(0, |s| s[row]);
        let unseen = Row { x: &x, stratum, offset: data.offset.map_or(0.0, |o| o[row]) };
        for (column, &time) in survival.iter_mut().zip(&times) {
            column.push(survival_of(&unseen, time)?);
        }
    }
    let null = kaplan_meier(&training)?.survival_at(method.horizon);
    Ok(Predictions { rows: inside, survival, null })
}
