//! Jobs of the registry, started over HTTP.

use std::sync::Arc;

use seedtest_pipeline::{
    JobContext, JobEntry, JobLog, LogFormat, Outcome, Settings, fit_run_id, run_job,
};
use serde_json::{Map, Value, json};

use super::registry::{LiveRun, Phase};
use crate::auth::Caller;
use crate::body::Received;
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::state::{App, Shared};

/// Checks the settings in the body (an object of texts, numbers and switches) and queues the job.
pub(super) fn start(
    app: &Shared,
    caller: &Caller,
    entry: &'static JobEntry,
    body: Received,
) -> ApiResult<Arc<LiveRun>> {
    let text = body.unpack()?;
    let given: Map<String, Value> =
        if text.trim_ascii().is_empty() { Map::new() } else { json::read(&text)? };
    let settings = settings(app, entry, &given)?;
    let place = app.workers.enter()?;
    let now = app.config.clock.now();
    let run =
        app.runs.begin(fit_run_id(entry.name, now, false), "job", entry.name, &caller.name, now);
    let (app, actor, followed) = (app.clone(), caller.name.clone(), run.clone());
    tokio::spawn(async move {
        let work = {
            let (app, run) = (app.clone(), run.clone());
            move || execute(&app, &run, entry, &settings, &actor)
        };
        let ended = place.run(work).await;
        let now = app.config.clock.now();
        match ended {
            Ok((phase, result)) => run.end(phase, result, None, now),
            Err(error) => run.end(Phase::Failed, None, Some(error.body(None, now)), now),
        }
    });
    Ok(followed)
}

fn settings(app: &App, entry: &JobEntry, given: &Map<String, Value>) -> ApiResult<Settings> {
    if let Some(stray) = given.keys().find(|key| !entry.settings.iter().any(|s| s.key == **key)) {
        let known: Vec<&str> = entry.settings.iter().map(|setting| setting.key).collect();
        let shown: String = stray.chars().take(60).collect();
        let message = format!("{} has no setting {shown:?}", entry.name);
        return Err(ApiError::new(Code::InvalidParameter, message)
            .hint(format!("settings: {}", known.join(", "))));
    }
    let text = |key: &str| match given.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let environment = |name: &str| app.config.environment.get(name);
    Settings::resolve(entry, text, environment).map_err(ApiError::from)
}

fn execute(
    app: &App,
    run: &LiveRun,
    entry: &'static JobEntry,
    settings: &Settings,
    actor: &str,
) -> ApiResult<(Phase, Option<Vec<u8>>)> {
    if run.cancel.is_cancelled() {
        return Ok((Phase::Cancelled, None));
    }
    run.running();
    let mut written = Vec::new();
    let outcome = {
        let mut log = JobLog::new(&mut written, LogFormat::Text, app.config.clock, false);
        let context = JobContext {
            store: &app.store,
            clock: app.config.clock,
            settings,
            log: &mut log,
            actor,
        };
        tokio::runtime::Handle::current().block_on(run_job(entry, context))
    };
    let outcome = outcome?;
    let phase = phase(&outcome);
    metrics::counter!("seedtest_job_runs_total", "job" => entry.name, "status" => phase.word())
        .increment(1);
    let log = String::from_utf8_lossy(&written);
    let result = json!({
        "rows": outcome.rows,
        "log": log.lines().collect::<Vec<_>>(),
    });
    Ok((phase, Some(result.to_string().into_bytes())))
}

fn phase(outcome: &Outcome) -> Phase {
    if outcome.failed {
        Phase::Failed
    } else if outcome.noop {
        Phase::Noop
    } else {
        Phase::Done
    }
}
