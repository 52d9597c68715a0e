//! The ledger of runs: every job run and every fit leaves a line from which it can be judged and,
//! where it was a fit, repeated.

mod fit_run;
mod spec;
mod verify;

use std::time::Instant;

use chrono::{DateTime, Utc};
use seedtest_store::{RunEnd, RunKind, RunStart, RunStatus, RunYield, Store};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;
use crate::registry::{JobEntry, Outcome, Settings};

pub use fit_run::{FitEnd, FitRun, NewFit, accept_fit, fit_run_id};
pub use verify::{Verification, verify_run};

/// What made a run: the version of the program and the form of its digests. The latter is raised whenever
/// the same input gets another digest; 2 = tables are digested with the lengths of their texts.
pub(crate) const PROGRAM_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+digests.2");

/// What came of an import.
pub(crate) struct ImportCounts {
    /// Rows written.
    pub(crate) rows: u64,
    /// Counts of everything that was read.
    pub(crate) counts: Value,
    /// Why it is a failure all the same.
    pub(crate) refused: Option<String>,
}

/// A run whose line is begun and not yet closed.
pub(crate) struct OpenRun {
    run_id: String,
    name: String,
    began: Instant,
    clock: Clock,
}

impl OpenRun {
    /// Begins the line of a job run.
    pub(crate) async fn job(
        store: &Store,
        entry: &JobEntry,
        settings: &Settings,
        clock: Clock,
        actor: &str,
    ) -> Result<Self, Error> {
        let now = clock.now();
        let start = job_start(store, entry, settings, now, actor);
        store.open_run(&start, None).await?;
        Ok(Self::begun(start, clock))
    }

    /// Begins a job run that was accepted under an id.
    ///
    /// # Errors
    /// [`Error::Withdrawn`] when it was cancelled meanwhile, or another process has it.
    pub(crate) async fn accepted(
        store: &Store,
        entry: &JobEntry,
        settings: &Settings,
        clock: Clock,
        run_id: &str,
    ) -> Result<Self, Error> {
        let start = job_start(store, entry, settings, clock.now(), "");
        let start = RunStart { run_id: run_id.to_string(), ..start };
        if !store.begin_queued_run(&start).await? {
            return Err(Error::Withdrawn { run_id: run_id.to_string() });
        }
        Ok(Self::begun(start, clock))
    }

    /// Begins the line of an import.
    pub(crate) async fn import(
        store: &Store,
        spec: Value,
        clock: Clock,
        actor: &str,
    ) -> Result<Self, Error> {
        Self::import_of("import", store, spec, clock, actor).await
    }

    /// Begins the line of what brings in something that was computed elsewhere, under a name of its own.
    pub(crate) async fn import_of(
        name: &'static str,
        store: &Store,
        spec: Value,
        clock: Clock,
        actor: &str,
    ) -> Result<Self, Error> {
        let start = work_start(name, spec, None, clock.now(), actor);
        store.open_run(&start, None).await?;
        Ok(Self::begun(start, clock))
    }

    /// Begins the line of a correction.
    pub(crate) async fn correction(
        store: &Store,
        name: &'static str,
        spec: Value,
        clock: Clock,
        actor: &str,
    ) -> Result<Self, Error> {
        let start = work_start(name, spec, None, clock.now(), actor);
        store.open_run(&start, None).await?;
        Ok(Self::begun(start, clock))
    }

    fn begun(start: RunStart, clock: Clock) -> Self {
        Self { run_id: start.run_id, name: start.name, began: Instant::now(), clock }
    }

    /// The id of its line.
    pub(crate) fn id(&self) -> &str {
        &self.run_id
    }

    /// The database for the results of this run.
    pub(crate) fn store(&self, store: &Store) -> Store {
        store.for_run(&self.run_id)
    }

    /// Closes the line with what came of the run, and what a caller who asks later is told.
    pub(crate) async fn close(
        self,
        store: &Store,
        result: &Result<Outcome, Error>,
        told: Option<&str>,
    ) -> Result<(), Error> {
        let record = result.as_ref().ok().and_then(|outcome| outcome.fit.as_ref());
        let end = RunEnd {
            input_digest: record.map(|record| record.input_digest.clone()),
            result_digest: record.map(|record| record.result_digest.clone()),
            verdict: record.map(|record| record.verdict.clone()),
            rows_written: result.as_ref().ok().map(|outcome| outcome.rows as i64),
            ..self.end(status(result), result.as_ref().err())
        };
        let left = RunYield { result: told, ..RunYield::default() };
        store.close_run(&self.run_id, &end, left).await?;
        if record.is_some() && end.status == RunStatus::Done {
            store.fit_made_again(&self.name, &self.run_id).await?;
        }
        Ok(())
    }

    /// Closes the line of an import with the rows it wrote and what it counted.
    pub(crate) async fn close_import(
        self,
        store: &Store,
        result: Result<ImportCounts, &Error>,
    ) -> Result<(), Error> {
        let status = match &result {
            Ok(found) if found.refused.is_some() => RunStatus::Failed,
            Ok(_) => RunStatus::Done,
            Err(error) => failure(error),
        };
        let mut end = self.end(status, result.as_ref().err().copied());
        if let Ok(ImportCounts { rows, counts, refused }) = result {
            end.rows_written = Some(rows as i64);
            end.verdict = Some(counts);
            end.error = refused;
        }
        Ok(store.close_run(&self.run_id, &end, RunYield::default()).await?)
    }

    fn end(&self, status: RunStatus, error: Option<&Error>) -> RunEnd {
        RunEnd {
            status,
            input_digest: None,
            result_digest: None,
            verdict: None,
            rows_written: None,
            seconds: self.began.elapsed().as_secs_f64(),
            error: error.map(ToString::to_string),
            finished_at: self.clock.now(),
        }
    }
}

fn job_start(
    store: &Store,
    entry: &JobEntry,
    settings: &Settings,
    now: DateTime<Utc>,
    actor: &str,
) -> RunStart {
    let spec = spec::write(entry, settings, store.time_zone(), now);
    let seed = settings.count("seed").ok().and_then(|seed| i64::try_from(seed).ok());
    work_start(entry.name, spec, seed, now, actor)
}

fn work_start(
    name: &str,
    spec: Value,
    seed: Option<i64>,
    now: DateTime<Utc>,
    actor: &str,
) -> RunStart {
    RunStart {
        run_id: run_id(name, &now.format("%Y%m%dT%H%M%S").to_string()),
        kind: RunKind::Job,
        name: name.to_string(),
        actor: actor.to_string(),
        program_version: PROGRAM_VERSION.to_string(),
        spec,
        seed,
        started_at: now,
    }
}

fn failure(error: &Error) -> RunStatus {
    match error {
        Error::Interrupted => RunStatus::Cancelled,
        _ => RunStatus::Failed,
    }
}

fn status(result: &Result<Outcome, Error>) -> RunStatus {
    match result {
        Err(error) => failure(error),
        Ok(outcome) if outcome.failed => RunStatus::Failed,
        Ok(outcome) if outcome.noop => RunStatus::Noop,
        Ok(_) => RunStatus::Done,
    }
}

/// A name a person can read, with enough of a random number that two never meet.
pub(crate) fn run_id(name: &str, when: &str) -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("{name}-{when}-{}", &random[..8])
}
