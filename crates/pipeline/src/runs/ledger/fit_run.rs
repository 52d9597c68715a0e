//! The line of a fit of a request in the ledger.

use std::time::Instant;

use chrono::{DateTime, Utc};
use seedtest_families::FitRecord;
use seedtest_store::{RunEnd, RunKind, RunStart, RunStatus, RunYield, Store};
use serde_json::json;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{PROGRAM_VERSION, run_id};
use crate::clock::Clock;
use crate::error::Error;

/// Requests up to this size are kept in the ledger, bytes; larger ones leave only their digest.
const KEPT_REQUEST: usize = 4 << 20;

/// A fit of a request as it begins.
#[derive(Debug, Clone)]
pub struct NewFit<'a> {
    /// Id, see [`fit_run_id`].
    pub run_id: String,
    /// Which model.
    pub model: &'static str,
    /// Who asked.
    pub actor: String,
    /// The request as it came.
    pub request: &'a str,
    /// Seed of the random numbers.
    pub seed: Option<i64>,
}

/// How the fit of a request ended.
#[derive(Debug, Clone, Copy)]
pub enum FitEnd<'a> {
    /// With a result, and what predicts from it later.
    Done(&'a FitRecord, Option<&'a RawValue>),
    /// There was too little to fit.
    Noop,
    /// With an error.
    Failed(&'a str),
    /// Nobody waited for it any more.
    Cancelled,
    /// The service stopped before there was a result.
    Interrupted,
}

/// The line of a fit in the ledger, begun and not yet closed.
#[derive(Debug)]
pub struct FitRun {
    run_id: String,
    began: Instant,
    clock: Clock,
    /// Whether its line was written, and the run promised, before it began.
    accepted: bool,
}

/// Id of a fit of `model`: `model-YYYYMMDD-HHMMSS-` and eight random digits, or a UUID.
pub fn fit_run_id(model: &str, now: DateTime<Utc>, uuid: bool) -> String {
    if uuid {
        return Uuid::new_v4().to_string();
    }
    run_id(model, &now.format("%Y%m%d-%H%M%S").to_string())
}

/// Accepts a fit that nobody waits for. When this returns, the fit is begun some day, whatever becomes of
/// this process.
pub async fn accept_fit(store: &Store, clock: Clock, fit: NewFit<'_>) -> Result<(), Error> {
    let request = fit.request;
    Ok(store.queue_run(&start(fit, clock.now(), true), Some(request)).await?)
}

fn start(fit: NewFit<'_>, now: DateTime<Utc>, kept: bool) -> RunStart {
    RunStart {
        run_id: fit.run_id,
        kind: RunKind::Fit,
        name: fit.model.to_string(),
        actor: fit.actor,
        program_version: PROGRAM_VERSION.to_string(),
        spec: json!({ "request_bytes": fit.request.len(), "request_kept": kept }),
        seed: fit.seed,
        started_at: now,
    }
}

impl FitRun {
    /// Begins the line of a fit whose caller waits.
    pub async fn open(store: &Store, clock: Clock, fit: NewFit<'_>) -> Result<Self, Error> {
        let (request, kept) = (fit.request, fit.request.len() <= KEPT_REQUEST);
        let start = start(fit, clock.now(), kept);
        store.open_awaited_run(&start, kept.then_some(request)).await?;
        Ok(Self { run_id: start.run_id, began: Instant::now(), clock, accepted: false })
    }

    /// Begins a fit that was accepted; `None` when it was cancelled meanwhile, or another process has it.
    pub async fn begin(
        store: &Store,
        clock: Clock,
        fit: NewFit<'_>,
    ) -> Result<Option<Self>, Error> {
        let start = start(fit, clock.now(), true);
        let begun = store.begin_queued_run(&start).await?;
        let run = Self { run_id: start.run_id, began: Instant::now(), clock, accepted: true };
        Ok(begun.then_some(run))
    }

    /// Closes the line, with what a caller who asks later is told.
    pub async fn close(
        self,
        store: &Store,
        end: FitEnd<'_>,
        result: Option<&str>,
    ) -> Result<(), Error> {
        let (record, model) = match end {
            FitEnd::Done(record, model) => (Some(record), model),
            _ => (None, None),
        };
        let run_end = RunEnd {
            status: match end {
                FitEnd::Done(..) => RunStatus::Done,
                FitEnd::Noop => RunStatus::Noop,
                FitEnd::Failed(_) => RunStatus::Failed,
                FitEnd::Cancelled => RunStatus::Cancelled,
                FitEnd::Interrupted => RunStatus::Interrupted,
            },
            input_digest: record.map(|record| record.input_digest.clone()),
            result_digest: record.map(|record| record.result_digest.clone()),
            verdict: record.map(|record| record.verdict.clone()),
            rows_written: None,
            seconds: self.began.elapsed().as_secs_f64(),
            error: if let FitEnd::Failed(error) = end { Some(error.to_string()) } else { None },
            finished_at: self.clock.now(),
        };
        let left = RunYield { model, result };
        let closed = if self.accepted {
            store.close_run(&self.run_id, &run_end, left).await
        } else {
            store.close_awaited_run(&self.run_id, &run_end, left).await
        };
        Ok(closed?)
    }
}
