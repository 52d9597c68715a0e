//! `/v1/runs`: fits and jobs nobody waits for.

mod events;
mod jobs;
mod registry;

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use seedtest_pipeline::{find_job, fit_run_id};
use seedtest_store::{Run, RunFilter};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth::Caller;
use crate::body::{Received, receive};
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{Answer, Job, Model, json_body};
use crate::models::{MODELS, find_model};
use crate::state::{App, Shared};
use crate::workers::Place;
pub(crate) use registry::Runs;
use registry::{LiveRun, Phase};

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/runs", post(start).get(list))
        .route("/v1/runs/{run_id}", get(show).delete(cancel))
        .route("/v1/runs/{run_id}/events", get(events::events))
}

/// What to run: a model, with its fit request as the body, or a job, with its settings.
#[derive(Debug, Deserialize)]
struct What {
    model: Option<String>,
    job: Option<String>,
}

async fn start(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Query(what): Query<What>,
    request: Request,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let run = match (what.model.as_deref(), what.job.as_deref()) {
        (Some(name), None) => {
            let model = find_model(name).ok_or_else(|| unknown("model", name))?;
            start_fit(&app, &caller, model, body)?
        }
        (None, Some(name)) => {
            let entry = find_job(name).ok_or_else(|| unknown("job", name))?;
            jobs::start(&app, &caller, entry, body)?
        }
        _ => {
            let message = "say either ?model=NAME or ?job=NAME";
            return Err(ApiError::new(Code::InvalidParameter, message));
        }
    };
    let location = format!("/v1/runs/{}", run.run_id);
    Ok((StatusCode::ACCEPTED, [("location", location)], Json(run.json(&run.state())))
        .into_response())
}

fn unknown(kind: &str, name: &str) -> ApiError {
    let shown: String = name.chars().take(60).collect();
    let models: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
    ApiError::new(Code::InvalidParameter, format!("no {kind} is called {shown:?}"))
        .hint(format!("models: {}; jobs: see `seedtest job list`", models.join(", ")))
}

fn start_fit(
    app: &Shared,
    caller: &Caller,
    model: Model,
    body: Received,
) -> ApiResult<Arc<LiveRun>> {
    let place = app.workers.enter()?;
    let now = app.config.clock.now();
    let run = app.runs.begin(fit_run_id(model.name, now, false), "fit", model.name, now);
    tokio::spawn(fit(app.clone(), run.clone(), model, caller.name.clone(), place, body));
    Ok(run)
}

async fn fit(
    app: Shared,
    run: Arc<LiveRun>,
    model: Model,
    actor: String,
    place: Place,
    body: Received,
) {
    let listener = run.clone();
    let job = Job {
        app: app.clone(),
        model,
        actor,
        gone: run.cancel.clone(),
        run_id: Some(run.run_id.clone()),
        listener: Some(Box::new(move |progress| listener.progress(progress))),
    };
    let answer = job.run(place, body).await;
    let now = app.config.clock.now();
    match answer {
        _ if run.cancel.is_cancelled() => run.end(Phase::Cancelled, None, None, now),
        Ok(Answer { body, record: Some(_), .. }) => run.end(Phase::Done, Some(body), None, now),
        Ok(Answer { body, record: None, .. }) => run.end(Phase::Noop, Some(body), None, now),
        Err(error) => run.end(Phase::Failed, None, Some(error.body()), now),
    }
}

async fn show(State(app): State<Shared>, Path(run_id): Path<String>) -> ApiResult<Response> {
    let Some(run) = app.runs.get(&run_id) else {
        return Ok(Json(stored_json(&stored(&app, &run_id).await?)).into_response());
    };
    let state = run.state();
    let mut text = run.json(&state).to_string().into_bytes();
    if let Some(result) = &state.result {
        text.pop();
        text.extend_from_slice(b",\"result\":");
        text.extend_from_slice(result);
        text.push(b'}');
    }
    Ok(json_body(text))
}

/// A line of the ledger; U+0000 is in no id, and PostgreSQL does not even look for it.
async fn stored(app: &App, run_id: &str) -> ApiResult<Run> {
    let found = if run_id.contains('\0') { None } else { app.store.run(run_id).await? };
    found.ok_or_else(|| no_run(run_id))
}

fn no_run(run_id: &str) -> ApiError {
    let shown: String = run_id.chars().take(60).collect();
    ApiError::new(Code::NotFound, format!("no run is called {shown:?}"))
}

async fn cancel(State(app): State<Shared>, Path(run_id): Path<String>) -> ApiResult<Response> {
    let Some(run) = app.runs.get(&run_id) else {
        let ended = stored(&app, &run_id).await?;
        let message = format!("the run is {} and not of this process", ended.status.name());
        return Err(ApiError::new(Code::Conflict, message));
    };
    let phase = run.state().phase;
    if phase.ended() {
        return Err(ApiError::new(Code::Conflict, format!("the run is {}", phase.word())));
    }
    if run.kind == "job" && phase == Phase::Running {
        return Err(ApiError::new(Code::Conflict, "a job that runs goes on to its end")
            .hint("jobs write in one transaction; only queued ones can be cancelled"));
    }
    run.cancel.cancel();
    Ok((StatusCode::ACCEPTED, Json(run.json(&run.state()))).into_response())
}

#[derive(Debug, Deserialize)]
struct ListFilter {
    name: Option<String>,
    limit: Option<u32>,
}

async fn list(
    State(app): State<Shared>,
    Query(filter): Query<ListFilter>,
) -> ApiResult<Json<Value>> {
    let limit = filter.limit.unwrap_or(20).clamp(1, 200);
    let runs = app.store.runs(RunFilter { name: filter.name.as_deref(), limit }).await?;
    let runs: Vec<Value> = runs.iter().map(stored_json).collect();
    Ok(Json(json!({ "status": "success", "ok": true, "runs": runs })))
}

/// A line of the ledger.
fn stored_json(run: &Run) -> Value {
    let end = run.end.as_ref();
    json!({
        "status": "success",
        "ok": true,
        "run_id": run.start.run_id,
        "kind": run.start.kind.name(),
        "name": run.start.name,
        "run_status": run.status.name(),
        "actor": run.start.actor,
        "program_version": run.start.program_version,
        "seed": run.start.seed,
        "started_at": run.start.started_at.to_rfc3339(),
        "finished_at": end.map(|end| end.finished_at.to_rfc3339()),
        "seconds": end.map(|end| end.seconds),
        "input_digest": end.and_then(|end| end.input_digest.clone()),
        "result_digest": end.and_then(|end| end.result_digest.clone()),
        "verdict": end.and_then(|end| end.verdict.clone()),
        "rows_written": end.and_then(|end| end.rows_written),
        "error_detail": end.and_then(|end| end.error.clone()),
    })
}
