//! From the line of an accepted run to its end: queued here or taken over, begun on a worker.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use seedtest_families::{FamilyEntry, find_family};
use seedtest_pipeline::{
    AcceptedJob, JobEntry, NewFit, NewJob, Outcome, Settings, accept_fit, accept_job, check_job,
    find_job, fit_run_id, given_settings,
};
use seedtest_store::{Run, RunKind};
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::jobs::{admit, settings};
use super::registry::LiveRun;
use crate::auth::Caller;
use crate::body::Received;
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{Job, deadline, error_text};
use crate::json;
use crate::state::{App, Shared};
use crate::workers::Place;

/// What there is to do.
enum Task {
    Fit(&'static FamilyEntry),
    Job(&'static JobEntry, Settings),
}

/// Accepts a fit: its request is in the ledger when this returns. What cannot be read, or asks for what there is
/// not, is refused before.
pub(super) async fn start_fit(
    app: &Shared,
    caller: &Caller,
    family: &'static FamilyEntry,
    body: Received,
) -> ApiResult<String> {
    let place = app.workers.enter()?;
    let text = unpack(body).await?;
    let request = json::text(&text)?;
    // The largest are looked at where they are fitted: to read one takes much of the memory of a fit.
    if text.len() <= app.config.limits.body {
        must_be_askable(app, family, request)?;
    }
    let clock = app.config.clock;
    let run_id = fit_run_id(family.name, clock.now(), false);
    let actor = caller.name.clone();
    let fit = NewFit { run_id: run_id.clone(), model: family.name, actor, request, seed: None };
    accept_fit(&app.store, clock, fit).await?;
    enqueue(app, app.runs.begin(&run_id, &caller.name), Task::Fit(family), place);
    Ok(run_id)
}

/// Refuses a request for a fit that would be refused before it begins.
fn must_be_askable(app: &App, family: &FamilyEntry, request: &str) -> ApiResult<()> {
    json::check(request.as_bytes())?;
    deadline(app, family.read(request)?.common.max_seconds, Instant::now())?;
    Ok(family.check(request)?)
}

/// Checks the settings in the body and accepts the job.
pub(super) async fn start_job(
    app: &Shared,
    caller: &Caller,
    entry: &'static JobEntry,
    body: Received,
) -> ApiResult<String> {
    let text = unpack(body).await?;
    let given: Map<String, Value> =
        if text.trim_ascii().is_empty() { Map::new() } else { json::read(&text)? };
    admit(caller, entry, &given)?;
    let settings = settings(app, entry, &given)?;
    let clock = app.config.clock;
    check_job(&app.store, clock, entry, &settings)?;
    let place = app.workers.enter()?;
    let run_id = fit_run_id(entry.name, clock.now(), false);
    let job = NewJob { run_id: &run_id, entry, given: &given, actor: &caller.name };
    accept_job(&app.store, clock, job).await?;
    enqueue(app, app.runs.begin(&run_id, &caller.name), Task::Job(entry, settings), place);
    Ok(run_id)
}

/// A large body is unpacked beside the threads that answer.
async fn unpack(body: Received) -> ApiResult<crate::body::Text> {
    if !body.is_packed() {
        return body.unpack();
    }
    let unpacked = tokio::task::spawn_blocking(move || body.unpack()).await;
    unpacked.map_err(|error| ApiError::internal(&error))?
}

/// Queues what processes that are gone, or this one in bad times, left in the ledger.
pub(crate) async fn resume(app: &Shared) -> Result<usize, seedtest_store::Error> {
    let now = app.config.clock.now();
    let mut resumed = 0;
    for run in app.store.adopt_queued_runs(now).await? {
        let run_id = &run.start.run_id;
        if app.runs.get(run_id).is_some() {
            continue;
        }
        match task(app, &run) {
            Ok(task) => {
                // It was let in before; the queue may be longer for that.
                let place = app.workers.enter_again();
                enqueue(app, app.runs.begin(run_id, &run.start.actor), task, place);
                resumed += 1;
            }
            Err(reason) => app.store.fail_run(run_id, &reason, now).await?,
        }
    }
    Ok(resumed)
}

fn task(app: &App, run: &Run) -> Result<Task, String> {
    let name = &run.start.name;
    match run.start.kind {
        RunKind::Fit => {
            let family = find_family(name);
            family.map(Task::Fit).ok_or_else(|| format!("this version fits no model {name}"))
        }
        RunKind::Job => {
            let entry = find_job(name).ok_or_else(|| format!("this version has no job {name}"))?;
            let settings = settings(app, entry, &given_settings(&run.start.spec));
            settings.map(|settings| Task::Job(entry, settings)).map_err(|error| error.message)
        }
    }
}

fn enqueue(app: &Shared, run: Arc<LiveRun>, task: Task, place: Place) {
    let app = app.clone();
    tokio::spawn(async move {
        let work = {
            let (app, run) = (app.clone(), run.clone());
            move || {
                work_on(&app, &run, task);
                Ok(())
            }
        };
        if place.run(work).await.is_err() {
            let (run_id, now) = (&run.run_id, app.config.clock.now());
            let failed = app.store.fail_run(run_id, "the work broke off", now).await;
            if let Err(error) = failed {
                tracing::error!(%error, run_id, "a line of the ledger stays open");
            }
        }
        app.runs.end(&run);
    });
}

/// Runs on a worker. A service that is about to stop begins nothing: the run stays queued.
fn work_on(app: &Shared, run: &Arc<LiveRun>, task: Task) {
    if app.leaving.is_cancelled() || run.cancel.is_cancelled() {
        return;
    }
    run.running();
    let worked = match task {
        Task::Fit(family) => fit(app, run, family),
        Task::Job(entry, settings) => job(app, run, entry, &settings),
    };
    if let Err(error) = worked {
        // Its line stays queued and is looked at again, or says what was wrong with the run.
        tracing::error!(error = error.message, run_id = run.run_id, "a run did not end well");
    }
}

fn fit(app: &Shared, run: &Arc<LiveRun>, family: &'static FamilyEntry) -> ApiResult<()> {
    let stored = Handle::current().block_on(app.store.run(&run.run_id))?;
    let Some(request) = stored.and_then(|run| run.request) else {
        let gone = app.store.fail_run(&run.run_id, "its request is gone", now(app));
        return Ok(Handle::current().block_on(gone)?);
    };
    let listener = run.clone();
    let job = Job {
        app: app.clone(),
        family,
        actor: run.actor.clone(),
        gone: run.cancel.clone(),
        listener: Some(Box::new(move |progress| listener.progress(progress))),
    };
    job.work_on(&run.run_id, &request)
}

fn job(
    app: &Shared,
    run: &LiveRun,
    entry: &'static JobEntry,
    settings: &Settings,
) -> ApiResult<()> {
    let explain =
        |error: &seedtest_pipeline::Error| error_text(&ApiError::from_pipeline(error), app);
    let accepted = AcceptedJob {
        store: &app.store,
        clock: app.config.clock,
        entry,
        settings,
        run_id: &run.run_id,
        explain: &explain,
    };
    let outcome = Handle::current().block_on(accepted.run());
    let status = outcome.as_ref().map_or("failed", word);
    metrics::counter!("seedtest_job_runs_total", "job" => entry.name, "status" => status)
        .increment(1);
    match outcome {
        Ok(_) => Ok(()),
        Err(error) => match ApiError::from_pipeline(&error) {
            // Cancelled, which its line says.
            refused if refused.code == Code::Cancelled => Ok(()),
            refused => Err(refused),
        },
    }
}

fn word(outcome: &Outcome) -> &'static str {
    if outcome.failed {
        "failed"
    } else if outcome.noop {
        "noop"
    } else {
        "done"
    }
}

fn now(app: &App) -> DateTime<Utc> {
    app.config.clock.now()
}
