//! `POST /v1/events`, `GET /v1/events`: what happened to a student, and the worker that deals with
//! it.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike, Utc};
use schemars::JsonSchema;
use seedtest_pipeline::{Event, EventKind, JobLog, LogFormat, Outbox, drain_events, put_event};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::body::receive;
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{encode, json_body};
use crate::json;
use crate::openapi::{BODY, Operation};
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::Shared;

const PUT: Access = Access::internal(&[TokenScope::Events]).about(Object::Student).writing();
const COUNT: Access = Access::internal(&[TokenScope::Events, TokenScope::Read]);

/// Largest body of an event, bytes.
const EVENT_BODY: usize = 16 << 10;
/// How often the outbox is looked at.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) fn routes() -> Routes {
    let put = Operation::new("putEvent", "What happened to a student")
        .description(
            "The event is kept when this answers, and dealt with soon: a finished session updates \
             the ability, silence refreshes P and S. The same event twice is one event.",
        )
        .body::<EventRequest>(include_str!("../requests/put_event.json"))
        .answer::<EventAccepted>(202, "Kept.")
        .refusals(&BODY);
    let status = Operation::new("countEvents", "How many events wait")
        .answer::<EventCounts>(200, "Counts of all events.");
    Routes::new("Events").post("/v1/events", PUT, self::put, put).get(
        "/v1/events",
        COUNT,
        self::status,
        status,
    )
}

/// Years in which something can have happened, as those of answers that are imported.
const YEARS: RangeInclusive<i32> = 1990..=2100;

/// What happened.
#[derive(Debug, Deserialize, JsonSchema)]
struct EventRequest {
    /// `session_finished` or `student_silent`.
    kind: String,
    /// Student.
    #[serde(alias = "student_id", alias = "student", alias = "user")]
    #[schemars(extend("x-aliases" = ["student_id", "student", "user"]))]
    user_id: String,
    /// When it happened. Default: now.
    at: Option<DateTime<Utc>>,
    /// What tells it from other events of the kind and the student.
    #[serde(alias = "session_id")]
    #[schemars(extend("x-aliases" = ["session_id"]))]
    key: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventAccepted {
    #[schemars(extend("const" = "accepted"))]
    status: &'static str,
    /// Always true.
    ok: bool,
    /// Id of the event, the same for the same event.
    event_id: String,
    /// `false` where the same event was put before.
    new: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventCounts {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Always true.
    ok: bool,
    /// Not dealt with yet.
    waiting: i64,
    /// Dealt with.
    done: i64,
    /// Given up after several attempts.
    dead: i64,
}

/// The event is durable when this answers.
async fn put(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, EVENT_BODY, limits, &app.bodies).await?;
    let text = body.unpack()?;
    let request: EventRequest = json::read(&text)?;
    let Some(kind) = EventKind::find(&request.kind) else {
        let names: Vec<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        let message = format!("kind: no event is called {:?}", request.kind);
        return Err(ApiError::new(Code::InvalidParameter, message)
            .hint(format!("events: {}", names.join(", "))));
    };
    let user_id = rights.student(&app.store, request.user_id.trim()).await?;
    let clock = app.config.clock;
    let at = request.at.unwrap_or_else(|| clock.now());
    if !YEARS.contains(&at.year()) {
        let message = format!("at: {at} is not of the years {} to {}", YEARS.start(), YEARS.end());
        return Err(ApiError::new(Code::InvalidParameter, message).hint("say when it happened"));
    }
    let event = Event { kind, user_id, at, key: request.key };
    let put = put_event(&app.store, clock, &event).await;
    let (event_id, is_new) = put?;
    let body = EventAccepted { status: "accepted", ok: true, event_id, new: is_new };
    Ok((StatusCode::ACCEPTED, json_body(encode(&body)?)).into_response())
}

async fn status(State(app): State<Shared>) -> ApiResult<Response> {
    let counts = app.store.event_counts().await?;
    let body = EventCounts {
        status: "success",
        ok: true,
        waiting: counts.waiting,
        done: counts.done,
        dead: counts.dead,
    };
    Ok(json_body(encode(&body)?))
}

/// The thread that deals with events as they come, until the service is about to stop.
pub(crate) struct Draining(JoinHandle<()>);

impl Draining {
    pub(crate) fn start(app: &Shared) -> Self {
        let (app, runtime) = (app.clone(), Handle::current());
        // Jobs borrow across awaits, so that their future stays on one thread.
        Self(tokio::task::spawn_blocking(move || runtime.block_on(drain(&app))))
    }

    /// Waits until the event at hand is dealt with. One that is not is taken up again by the next process
    /// when its lease has ended.
    pub(crate) async fn ended(self) {
        let _ = self.0.await;
    }
}

async fn drain(app: &Shared) {
    let worker = loop {
        match app.store.worker_name(app.config.clock.now()).await {
            Ok(worker) => break worker,
            Err(_) if app.leaving.is_cancelled() => return,
            Err(error) => tracing::error!(%error, "the outbox cannot be read"),
        }
        tokio::time::sleep(PAUSE).await;
    };
    let environment = |name: &str| app.config.environment.get(name);
    let outbox = Outbox { store: &app.store, clock: app.config.clock, worker: &worker };
    while !app.leaving.is_cancelled() {
        let mut silent = std::io::sink();
        let mut log = JobLog::new(&mut silent, LogFormat::Text, app.config.clock, false);
        let drained = drain_events(outbox, &environment, &app.leaving, &mut log).await;
        match drained {
            Ok(drained) => {
                for (fate, count) in
                    [("done", drained.done), ("retried", drained.retried), ("dead", drained.dead)]
                {
                    metrics::counter!("seedtest_events_total", "fate" => fate)
                        .increment(u64::from(count));
                }
            }
            Err(error) => tracing::error!(%error, "the outbox cannot be read"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
