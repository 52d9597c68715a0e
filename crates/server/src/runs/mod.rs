//! `/v1/runs`: fits and jobs nobody waits for.

mod events;
mod jobs;
mod queue;
mod registry;
mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, IntoResponseParts, Response};
use seedtest_families::{FAMILIES, find_family};
use seedtest_pipeline::find_job;
use seedtest_store::{Run, RunFilter, RunKind};
use serde_json::{Map, Value, json};

use crate::auth::Caller;
use crate::body::receive;
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{encode, json_body};
use crate::openapi::{BODY, Operation, Parameter, WORKER};
use crate::parts::{Params, ReadId};
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::{App, Shared};
pub(crate) use queue::resume;
pub(crate) use registry::Runs;
use view::{RunJson, RunListJson, word};

/// Whoever may start one of the kinds of runs; which one is in the query.
const START: Access = Access::internal(&[TokenScope::Fit, TokenScope::Jobs]).writing();
/// Whose run it is decides.
const LOOK: Access =
    Access::internal(&[TokenScope::Read, TokenScope::Fit, TokenScope::Jobs, TokenScope::Operator])
        .about(Object::Run);
const CANCEL: Access = Access::internal(&[TokenScope::Fit, TokenScope::Jobs, TokenScope::Operator])
    .about(Object::Run)
    .writing();

pub(crate) fn routes() -> Routes {
    let run_id = || Parameter::path("run_id", "Id of the run.");
    let start = Operation::new("startRun", "Start a fit or a job")
        .description(
            "The body is the request of the model's fit route, or an object with the settings of \
             the job. One of `model` and `job` says which. When this answers, the run is written down: one \
             that waits survives the end of the service and is begun by the next one, one that was begun \
             is then `interrupted`. Jobs that let go of what belongs to others, and settings that say where \
             data go or which files are read, need the scope `operator` besides.",
        )
        .parameter(
            Parameter::query("model", "Model to fit.").schema(model_names()).example(json!("irt")),
        )
        .parameter(Parameter::query("job", "Job to run, as in `seedtest job list`."))
        .optional_body::<Map<String, Value>>(include_str!("../../requests/start_run.json"))
        .answer::<RunJson<'_>>(202, "Queued; `Location` is where to look.")
        .link("getRun", "run_id", "$response.body#/run_id")
        .refusals(&BODY)
        .refusals(&WORKER);
    let list = Operation::new("listRuns", "The newest runs of the ledger")
        .parameter(Parameter::query("name", "Only runs of this model or job."))
        .parameter(
            Parameter::query(
                "limit",
                "Most runs; beyond the bounds the nearest counts. Default 20.",
            )
            .schema(json!({"type": "integer", "minimum": 1, "maximum": 200}))
            .example(json!(5)),
        )
        .answer::<RunListJson<'_>>(
            200,
            "Fits and jobs that the caller asked for; with the scope `operator` those of all.",
        )
        .refusals(&[Code::InvalidParameter]);
    let show = Operation::new("getRun", "A run")
        .parameter(run_id())
        .answer::<RunJson<'_>>(200, "The run, with its result while that is kept.")
        .refusals(&[Code::InvalidParameter, Code::NotFound]);
    let cancel = Operation::new("cancelRun", "Cancel a run")
        .description(
            "Fits stop after the iteration at hand; jobs, and runs another process works on, only while \
             they are queued.",
        )
        .parameter(run_id())
        .answer::<RunJson<'_>>(202, "It will stop.")
        .refusals(&[Code::InvalidParameter, Code::NotFound, Code::Conflict]);
    let events = Operation::new("followRun", "Progress of a run")
        .description(
            "Server-sent events: `queued`, `running`, `progress` after iterations (`iteration`, \
             `max_iterations`, `objective`, `max_gradient`), at last one that is called as the run \
             ended, with the run without its result.",
        )
        .parameter(run_id())
        .text(200, "text/event-stream", "Events until the run has ended.")
        .refusals(&[Code::InvalidParameter, Code::NotFound]);
    Routes::new("Runs")
        .post("/v1/runs", START, self::start, start)
        .get("/v1/runs", LOOK, self::list, list)
        .get("/v1/runs/{run_id}", LOOK, self::show, show)
        .delete("/v1/runs/{run_id}", CANCEL, self::cancel, cancel)
        .get("/v1/runs/{run_id}/events", LOOK, events::events, events)
}

fn model_names() -> Value {
    json!({"type": "string", "enum": names()})
}

fn names() -> Vec<&'static str> {
    FAMILIES.iter().map(|family| family.name).collect()
}

/// Runs what `model` names, with its fit request as the body, or the job that `job` names, with its settings.
async fn start(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    params: Params,
    request: Request,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let run_id = match (params.text("model"), params.text("job")) {
        (Some(name), None) => {
            let family = find_family(name).ok_or_else(|| unknown("model", name))?;
            caller.require(&[TokenScope::Fit])?;
            queue::start_fit(&app, &caller, family, body).await?
        }
        (None, Some(name)) => {
            let entry = find_job(name).ok_or_else(|| unknown("job", name))?;
            queue::start_job(&app, &caller, entry, body).await?
        }
        _ => {
            let message = "say either ?model=NAME or ?job=NAME";
            return Err(ApiError::new(Code::InvalidParameter, message));
        }
    };
    accepted(&app, &run_id, [("location", format!("/v1/runs/{run_id}"))]).await
}

/// The answer to a request that is dealt with later.
async fn accepted(app: &App, run_id: &str, headers: impl IntoResponseParts) -> ApiResult<Response> {
    let run = stored(app, run_id).await?;
    let body = Json(RunJson::new(&run, None)).into_response();
    Ok((StatusCode::ACCEPTED, headers, body).into_response())
}

fn unknown(kind: &str, name: &str) -> ApiError {
    let shown: String = name.chars().take(60).collect();
    ApiError::new(Code::InvalidParameter, format!("no {kind} is called {shown:?}"))
        .hint(format!("models: {}; jobs: see `seedtest job list`", names().join(", ")))
}

async fn show(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(run_id): ReadId,
) -> ApiResult<Response> {
    // Before the line: one that ends in between is shown as ended.
    let live = app.runs.get(&run_id).and_then(|run| run.state().progress);
    let run = stored(&app, &run_id).await?;
    rights.run(&run.start.actor)?;
    let progress = live.filter(|_| run.end.is_none());
    let left = match run.end {
        Some(_) => app.store.run_result(&run_id).await?,
        None => None,
    };
    let shown = RunJson::new(&run, progress.as_ref()).with_result(&run, left.as_deref())?;
    Ok(json_body(encode(&shown)?))
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

async fn cancel(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(run_id): ReadId,
) -> ApiResult<Response> {
    let run = stored(&app, &run_id).await?;
    rights.run(&run.start.actor)?;
    if run.end.is_some() {
        let message = format!("the run is {}", word(run.status));
        return Err(ApiError::new(Code::Conflict, message));
    }
    let live = app.runs.get(&run_id);
    if app.store.cancel_queued_run(&run_id, app.config.clock.now()).await? {
        if let Some(live) = live {
            // Its place in the queue comes to nothing.
            live.cancel.cancel();
            app.runs.end(&live);
        }
        return accepted(&app, &run_id, ()).await;
    }
    let Some(live) = live else {
        return Err(ApiError::new(Code::Conflict, "another process works on the run")
            .hint("it goes on to its end; only what waits can be cancelled from here"));
    };
    if run.start.kind == RunKind::Job {
        return Err(ApiError::new(Code::Conflict, "a job that runs goes on to its end")
            .hint("jobs write in one transaction; only queued ones can be cancelled"));
    }
    live.cancel.cancel();
    accepted(&app, &run_id, ()).await
}

/// Runs in a list where nobody says how many, and at most.
const LISTED: u32 = 20;
const MOST_LISTED: u32 = 200;

async fn list(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    params: Params,
) -> ApiResult<Response> {
    let expected = format!("a whole number from 1 to {MOST_LISTED}");
    let limit = params.parsed("limit", &expected)?.unwrap_or(LISTED).clamp(1, MOST_LISTED);
    let runs = app
        .store
        .runs(RunFilter { name: params.text("name"), actor: rights.runs_of(), limit })
        .await?;
    Ok(Json(RunListJson::new(&runs)).into_response())
}
