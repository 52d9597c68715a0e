//! `/v1/runs`: fits and jobs nobody waits for.

mod events;
mod jobs;
mod registry;
mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use seedtest_families::{FAMILIES, FamilyEntry, find_family};
use seedtest_pipeline::{find_job, fit_run_id};
use seedtest_store::{Run, RunFilter};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::auth::Caller;
use crate::body::{Received, receive};
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{Answer, Job, encode, json_body};
use crate::openapi::{BODY, Operation, Parameter, WORKER};
use crate::parts::{ReadId, ReadQuery};
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::{App, Shared};
use crate::workers::Place;
pub(crate) use registry::Runs;
use registry::{LiveRun, Phase};
use view::{LiveRunJson, RunListJson, StoredRunJson};

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
             the job. One of `model` and `job` says which.",
        )
        .parameter(
            Parameter::query("model", "Model to fit.").schema(model_names()).example(json!("irt")),
        )
        .parameter(Parameter::query("job", "Job to run, as in `seedtest job list`."))
        .optional_body::<Map<String, Value>>(include_str!("../../requests/start_run.json"))
        .answer::<LiveRunJson<'_>>(202, "Queued; `Location` is where to look.")
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
        .answer::<LiveRunJson<'_>>(
            200,
            "A run of this process, with its result while that is kept, or a line of the ledger.",
        )
        .or::<StoredRunJson<'_>>()
        .refusals(&[Code::InvalidParameter, Code::NotFound]);
    let cancel = Operation::new("cancelRun", "Cancel a run")
        .description("Fits stop after the iteration at hand; jobs only while they are queued.")
        .parameter(run_id())
        .answer::<LiveRunJson<'_>>(202, "It will stop.")
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

/// What to run: a model, with its fit request as the body, or a job, with its settings.
#[derive(Debug, Deserialize)]
struct What {
    model: Option<String>,
    job: Option<String>,
}

async fn start(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    ReadQuery(what): ReadQuery<What>,
    request: Request,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let run = match (what.model.as_deref(), what.job.as_deref()) {
        (Some(name), None) => {
            let family = find_family(name).ok_or_else(|| unknown("model", name))?;
            caller.require(&[TokenScope::Fit])?;
            start_fit(&app, &caller, family, body)?
        }
        (None, Some(name)) => {
            let entry = find_job(name).ok_or_else(|| unknown("job", name))?;
            caller.require(&[TokenScope::Jobs])?;
            jobs::start(&app, &caller, entry, body)?
        }
        _ => {
            let message = "say either ?model=NAME or ?job=NAME";
            return Err(ApiError::new(Code::InvalidParameter, message));
        }
    };
    let location = format!("/v1/runs/{}", run.run_id);
    let body = Json(LiveRunJson::new(&run, &run.state())).into_response();
    Ok((StatusCode::ACCEPTED, [("location", location)], body).into_response())
}

fn unknown(kind: &str, name: &str) -> ApiError {
    let shown: String = name.chars().take(60).collect();
    ApiError::new(Code::InvalidParameter, format!("no {kind} is called {shown:?}"))
        .hint(format!("models: {}; jobs: see `seedtest job list`", names().join(", ")))
}

fn start_fit(
    app: &Shared,
    caller: &Caller,
    family: &'static FamilyEntry,
    body: Received,
) -> ApiResult<Arc<LiveRun>> {
    let place = app.workers.enter()?;
    let now = app.config.clock.now();
    let run =
        app.runs.begin(fit_run_id(family.name, now, false), "fit", family.name, &caller.name, now);
    tokio::spawn(fit(app.clone(), run.clone(), family, caller.name.clone(), place, body));
    Ok(run)
}

async fn fit(
    app: Shared,
    run: Arc<LiveRun>,
    family: &'static FamilyEntry,
    actor: String,
    place: Place,
    body: Received,
) {
    let listener = run.clone();
    let job = Job {
        app: app.clone(),
        family,
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
        Err(error) if error.code == Code::Cancelled => {
            run.end(Phase::Cancelled, None, Some(error.body(None, now)), now);
        }
        Err(error) => run.end(Phase::Failed, None, Some(error.body(None, now)), now),
    }
}

async fn show(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(run_id): ReadId,
) -> ApiResult<Response> {
    let Some(run) = app.runs.get(&run_id) else {
        let run = stored(&app, &run_id).await?;
        rights.run(&run.start.actor)?;
        return Ok(Json(StoredRunJson::from(&run)).into_response());
    };
    rights.run(&run.actor)?;
    let state = run.state();
    Ok(json_body(encode(&LiveRunJson::with_result(&run, &state)?)?))
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
    let Some(run) = app.runs.get(&run_id) else {
        let ended = stored(&app, &run_id).await?;
        rights.run(&ended.start.actor)?;
        let message = format!("the run is {} and not of this process", ended.status.name());
        return Err(ApiError::new(Code::Conflict, message));
    };
    rights.run(&run.actor)?;
    let phase = run.state().phase;
    if phase.ended() {
        return Err(ApiError::new(Code::Conflict, format!("the run is {}", phase.word())));
    }
    if run.kind == "job" && phase == Phase::Running {
        return Err(ApiError::new(Code::Conflict, "a job that runs goes on to its end")
            .hint("jobs write in one transaction; only queued ones can be cancelled"));
    }
    run.cancel.cancel();
    Ok((StatusCode::ACCEPTED, Json(LiveRunJson::new(&run, &run.state()))).into_response())
}

#[derive(Debug, Deserialize)]
struct ListFilter {
    name: Option<String>,
    limit: Option<u32>,
}

async fn list(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadQuery(filter): ReadQuery<ListFilter>,
) -> ApiResult<Response> {
    let limit = filter.limit.unwrap_or(20).clamp(1, 200);
    let runs = app
        .store
        .runs(RunFilter { name: filter.name.as_deref(), actor: rights.runs_of(), limit })
        .await?;
    Ok(Json(RunListJson::new(&runs)).into_response())
}
