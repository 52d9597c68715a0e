//! Runs as callers see them.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use seedtest_numerics::Progress;
use seedtest_store::Run;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::registry::{LiveRun, RunState};
use crate::error::{ApiError, ApiResult, ErrorBody};

/// A run of this process.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LiveRunJson<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    ok: bool,
    run_id: &'a str,
    /// `fit` or `job`.
    kind: &'static str,
    /// Model or job.
    name: &'static str,
    /// `queued`, `running`, `done`, `noop`, `failed` or `cancelled`.
    run_status: &'static str,
    queued_at: String,
    finished_at: Option<String>,
    /// How far the fit is.
    progress: Option<ProgressJson>,
    /// Why it failed.
    error_detail: Option<&'a ErrorBody>,
    /// What the synchronous route answers, or rows and log of a job; left out until there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    result: Option<&'a RawValue>,
}

/// How far a fit is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProgressJson {
    /// Iterations done.
    iteration: u64,
    /// Most iterations.
    max_iterations: u64,
    /// Value of the criterion: log-likelihood, log-posterior, deviance.
    objective: f64,
    /// Largest absolute component of its gradient, where the method has one.
    max_gradient: Option<f64>,
}

/// A line of the ledger.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StoredRunJson<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    ok: bool,
    run_id: &'a str,
    /// `fit` or `job`.
    kind: &'static str,
    /// Model or job.
    name: &'a str,
    /// `running`, `written`, `done`, `noop`, `failed` or `cancelled`.
    run_status: &'static str,
    /// Who asked for it.
    actor: &'a str,
    program_version: &'a str,
    seed: Option<i64>,
    started_at: String,
    finished_at: Option<String>,
    seconds: Option<f64>,
    /// Digest of what was fitted.
    input_digest: Option<&'a str>,
    /// Digest of the result.
    result_digest: Option<&'a str>,
    /// Convergence with numbers.
    verdict: Option<&'a Value>,
    rows_written: Option<i64>,
    /// Why it failed.
    error_detail: Option<&'a str>,
}

/// The newest lines of the ledger.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RunListJson<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    ok: bool,
    /// Newest first.
    runs: Vec<StoredRunJson<'a>>,
}

impl<'a> LiveRunJson<'a> {
    /// The run without its result.
    pub(super) fn new(run: &'a LiveRun, state: &'a RunState) -> Self {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self {
            status: "success",
            ok: true,
            run_id: &run.run_id,
            kind: run.kind,
            name: run.name,
            run_status: state.phase.word(),
            queued_at: time(run.queued_at),
            finished_at: state.finished_at.map(time),
            progress: state.progress.as_ref().map(ProgressJson::from),
            error_detail: state.error.as_ref(),
            result: None,
        }
    }

    /// The run with its result, where there is one.
    pub(super) fn with_result(run: &'a LiveRun, state: &'a RunState) -> ApiResult<Self> {
        let result = state.result.as_ref().map(|json| serde_json::from_slice(json)).transpose();
        let result = result.map_err(|error| ApiError::internal(&error))?;
        Ok(Self { result, ..Self::new(run, state) })
    }
}

impl From<&Progress> for ProgressJson {
    fn from(progress: &Progress) -> Self {
        Self {
            iteration: progress.iteration,
            max_iterations: progress.max_iterations,
            objective: progress.objective,
            max_gradient: progress.max_gradient,
        }
    }
}

impl<'a> From<&'a Run> for StoredRunJson<'a> {
    fn from(run: &'a Run) -> Self {
        let end = run.end.as_ref();
        Self {
            status: "success",
            ok: true,
            run_id: &run.start.run_id,
            kind: run.start.kind.name(),
            name: &run.start.name,
            run_status: run.status.name(),
            actor: &run.start.actor,
            program_version: &run.start.program_version,
            seed: run.start.seed,
            started_at: run.start.started_at.to_rfc3339(),
            finished_at: end.map(|end| end.finished_at.to_rfc3339()),
            seconds: end.map(|end| end.seconds),
            input_digest: end.and_then(|end| end.input_digest.as_deref()),
            result_digest: end.and_then(|end| end.result_digest.as_deref()),
            verdict: end.and_then(|end| end.verdict.as_ref()),
            rows_written: end.and_then(|end| end.rows_written),
            error_detail: end.and_then(|end| end.error.as_deref()),
        }
    }
}

impl<'a> RunListJson<'a> {
    pub(super) fn new(runs: &'a [Run]) -> Self {
        Self { status: "success", ok: true, runs: runs.iter().map(StoredRunJson::from).collect() }
    }
}
