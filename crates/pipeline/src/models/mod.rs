//! Where the models of the jobs are fitted: in this process ([`InProcess`]) or at another address over the
//! HTTP contract ([`crate::remote::Service`]). What a job stores does not depend on which.

mod in_process;

use seedtest_families::FitRecord;
use seedtest_families::{clustering, growth, irt, mixed};
use seedtest_growth::Adaptation;
use seedtest_ingest::Table;
use seedtest_responses::Answers;
use seedtest_store::LoadedLog;
use seedtest_wire::{
    ClusterFitResponse, MixedFitRequest, ProphetFitRequest, ProphetFitResponse, SurvivalFitResponse,
};
use serde_json::Value;

use crate::churn::{ChurnData, ChurnSpec};
use crate::error::Error;
use crate::forecasts::WeeklySeries;
use crate::registry::JobLog;
use crate::remote::CalibrationRows;

pub(crate) use in_process::{CALIBRATION_VERSION, InProcess};

/// Answers to calibrate.
#[derive(Clone, Copy)]
pub(crate) struct CalibrationTask<'a> {
    pub(crate) loaded: &'a LoadedLog,
    /// Of the log, those that count.
    pub(crate) answers: &'a Answers,
    pub(crate) spec: &'a irt::Spec,
    pub(crate) run_id: &'a str,
}

/// Weekly scores on the scale of the model.
#[derive(Clone, Copy)]
pub(crate) struct GrowthTask<'a> {
    pub(crate) rows: &'a growth::Rows,
    pub(crate) spec: &'a growth::Spec,
    pub(crate) run_id: &'a str,
    /// Where an earlier fit of the same scores stood; another process starts by itself.
    pub(crate) start: Option<&'a Adaptation>,
}

/// Landmarks, and the students as they stand today.
#[derive(Clone, Copy)]
pub(crate) struct ChurnTask<'a> {
    pub(crate) data: &'a ChurnData,
    pub(crate) today: &'a Table,
    pub(crate) spec: &'a ChurnSpec,
    pub(crate) run_id: &'a str,
}

/// Weekly accuracies by topic, and the mixed model of them.
#[derive(Clone, Copy)]
pub(crate) struct ProgressTask<'a> {
    pub(crate) table: &'a Table,
    /// The request that means `spec`, without its rows.
    pub(crate) request: &'a MixedFitRequest,
    pub(crate) spec: &'a mixed::Spec,
    pub(crate) run_id: &'a str,
}

/// Series to forecast, each for itself.
#[derive(Clone, Copy)]
pub(crate) struct ForecastTask<'a> {
    pub(crate) series: &'a [WeeklySeries],
    /// What is asked of each, without rows.
    pub(crate) request: &'a ProphetFitRequest,
    pub(crate) run_id: &'a str,
}

/// The forecasts in the order of the series, or why there is none.
pub(crate) type FittedForecasts = Vec<Result<ProphetFitResponse, String>>;

/// Students with their features.
#[derive(Clone, Copy)]
pub(crate) struct ClusterTask<'a> {
    pub(crate) table: &'a Table,
    pub(crate) spec: &'a clustering::Spec,
    pub(crate) run_id: &'a str,
}

/// What came of a fit.
pub(crate) struct Fitted<R> {
    /// What the job stores.
    pub(crate) response: R,
    /// What the ledger keeps; `None` for a fit of another process, which cannot be repeated here.
    pub(crate) record: Option<FitRecord>,
}

/// A fit, or why there is too little to fit.
pub(crate) type FittedOrNot<R> = Result<Fitted<R>, String>;

/// The models of the jobs.
pub(crate) trait Models {
    /// Item parameters and abilities.
    async fn calibrate(
        &self,
        task: CalibrationTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<Fitted<CalibrationRows>, Error>;

    /// Growth and probabilities, as a response of `POST /growth/fit`.
    async fn fit_growth(
        &self,
        task: GrowthTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error>;

    /// Churn risks, as a response of `POST /survival/fit`.
    async fn fit_churn(
        &self,
        task: ChurnTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<SurvivalFitResponse>, Error>;

    /// Slopes over weeks, as a response of `POST /glmm/fit_progress`.
    async fn fit_progress(
        &self,
        task: ProgressTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error>;

    /// Forecasts, as responses of `POST /prophet/fit`.
    async fn forecast(
        &self,
        task: ForecastTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<Fitted<FittedForecasts>, Error>;

    /// Segments, as a response of `POST /cluster/fit`.
    async fn cluster(
        &self,
        task: ClusterTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<ClusterFitResponse>, Error>;
}
