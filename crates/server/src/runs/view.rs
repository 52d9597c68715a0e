//! Runs as callers see them.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use seedtest_numerics::Progress;
use seedtest_store::{Run, RunStatus};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{ApiError, ApiResult, ErrorBody};

/// A run, as the ledger has it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RunJson<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Always true.
    ok: bool,
    /// Id of the run.
    run_id: &'a str,
    /// `fit` or `job`.
    kind: &'static str,
    /// Model or job.
    name: &'a str,
    /// `queued`, `running`, `done`, `noop`, `failed`, `cancelled` or `interrupted` (its process ended before
    /// it did).
    run_status: &'static str,
    /// Who asked for it.
    actor: &'a str,
    /// Version of the program that ran it.
    program_version: &'a str,
    /// Seed of its random numbers, where it draws some.
    seed: Option<i64>,
    /// When it was accepted; null for a run whose caller waited.
    queued_at: Option<String>,
    /// When it began; null while it waits.
    started_at: Option<String>,
    /// When it ended; null until then.
    finished_at: Option<String>,
    /// Time from begin to end, seconds.
    seconds: Option<f64>,
    /// Digest of what was fitted.
    input_digest: Option<&'a str>,
    /// Digest of the result.
    result_digest: Option<&'a str>,
    /// Convergence with numbers.
    verdict: Option<&'a Value>,
    /// Rows a job wrote; null for a fit.
    rows_written: Option<i64>,
    /// How far the fit is, while this process works on it.
    progress: Option<ProgressJson>,
    /// Why it failed.
    error_detail: Option<ErrorDetail<'a>>,
    /// What the synchronous route answers, or rows and log of a job; left out until there is one, in lists,
    /// and where it had to make room for newer ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    result: Option<&'a RawValue>,
}

/// Why a run failed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ErrorDetail<'a> {
    /// As the synchronous route answers.
    #[schemars(with = "ErrorBody")]
    Answer(&'a RawValue),
    /// As the ledger has it.
    Line {
        /// What is wrong.
        message: &'a str,
    },
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

/// The newest lines of the ledger.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RunListJson<'a> {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Always true.
    ok: bool,
    /// Newest first.
    runs: Vec<RunJson<'a>>,
}

impl<'a> RunJson<'a> {
    /// The line of a run, with how far it is.
    pub(super) fn new(run: &'a Run, progress: Option<&Progress>) -> Self {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let waits = run.status == RunStatus::Queued;
        let end = run.end.as_ref();
        let error = end.and_then(|end| end.error.as_deref());
        Self {
            status: "success",
            ok: true,
            run_id: &run.start.run_id,
            kind: run.start.kind.name(),
            name: &run.start.name,
            run_status: word(run.status),
            actor: &run.start.actor,
            program_version: &run.start.program_version,
            seed: run.start.seed,
            queued_at: run.queued_at.map(time),
            started_at: Some(run.start.started_at).filter(|_| !waits).map(time),
            finished_at: end.map(|end| time(end.finished_at)),
            seconds: end.map(|end| end.seconds),
            input_digest: end.and_then(|end| end.input_digest.as_deref()),
            result_digest: end.and_then(|end| end.result_digest.as_deref()),
            verdict: end.and_then(|end| end.verdict.as_ref()),
            rows_written: end.and_then(|end| end.rows_written),
            progress: progress.map(ProgressJson::from),
            error_detail: error.map(|message| ErrorDetail::Line { message }),
            result: None,
        }
    }

    /// With what the run left, as JSON: the answer, or why there is none.
    pub(super) fn with_result(mut self, run: &Run, left: Option<&'a str>) -> ApiResult<Self> {
        let Some(left) = left else { return Ok(self) };
        let left: &RawValue =
            serde_json::from_str(left).map_err(|error| ApiError::internal(&error))?;
        match run.status {
            RunStatus::Done | RunStatus::Noop => self.result = Some(left),
            _ if self.error_detail.is_some() => {
                self.error_detail = Some(ErrorDetail::Answer(left));
            }
            // A job that ran to its end and has to be reported as failed.
            _ => self.result = Some(left),
        }
        Ok(self)
    }
}

/// How far a run is, in a word. One whose results are stored has still to write its last line.
pub(super) fn word(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Written => RunStatus::Running.name(),
        other => other.name(),
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

impl<'a> RunListJson<'a> {
    pub(super) fn new(runs: &'a [Run]) -> Self {
        Self {
            status: "success",
            ok: true,
            runs: runs.iter().map(|run| RunJson::new(run, None)).collect(),
        }
    }
}
