//! `POST /xapi/statements`, `POST /caliper/events`: answers as learning systems send them.

mod caliper;
mod xapi;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use seedtest_ingest::{RejectReason, Sent, System, read_sent};
use seedtest_pipeline::{Received, ReceivedStatement, Refused, receive_statements};
use serde_json::{Map, Value};

use crate::body::receive;
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::App;

const PUT: Access = Access::internal(&[TokenScope::Events]).about(Object::Student).writing();

/// Largest body, bytes: some thousand statements.
const BODY_BYTES: usize = 4 << 20;
/// An answer may lie so far ahead: clocks of other systems are not ours.
const AHEAD_MICROS: i64 = 86_400_000_000;

pub(crate) fn routes() -> Routes {
    xapi::routes().merge(caliper::routes())
}

/// A document with the id by which it is known.
struct Identified {
    id: String,
    /// As it was sent.
    content: String,
    document: Map<String, Value>,
    /// The id of the statement that it voids.
    voids: Option<String>,
}

/// What a request sent, as JSON: one object or a list.
async fn sent(app: &App, request: axum::extract::Request) -> ApiResult<Value> {
    let body = receive(request, BODY_BYTES, &app.config.limits, &app.bodies).await?;
    let text = body.unpack()?;
    json::check_any(&text)?;
    json::typed(&text)
}

/// Takes documents in: all of them or none.
async fn take(
    app: &App,
    rights: &Rights,
    system: System,
    what: &str,
    all: Vec<Identified>,
) -> ApiResult<Received> {
    let documents: Vec<&Map<String, Value>> = all.iter().map(|of| &of.document).collect();
    let latest = app.config.clock.now().timestamp_micros().saturating_add(AHEAD_MICROS);
    let Sent { mut answers, faults, .. } =
        read_sent(system, &documents, app.store.time_zone(), latest);
    if let Some(fault) = faults.first() {
        let message = format!("{what} {}: {} {:?}", fault.index, fault.reason, fault.value);
        return Err(ApiError::new(Code::InvalidParameter, message).hint(hint(fault.reason)));
    }
    for answer in &answers {
        let ids = [Some(&answer.student), Some(&answer.item), answer.topic.as_ref()];
        let more = [answer.session.as_ref(), answer.subject.as_ref()];
        let mut all = ids.into_iter().chain(more).flatten();
        if let Some(id) = all.find(|id| id.contains(char::is_control)) {
            let problem = format!("its id {id:?} has control characters");
            return Err(fault(what, answer.index, &problem, "ids are texts of one line"));
        }
    }
    // A route that is about students asks for one, also where nothing tells of any.
    rights.nobody();
    let mut students: BTreeMap<String, String> = BTreeMap::new();
    for answer in &mut answers {
        let now = match students.get(&answer.student) {
            Some(now) => now.clone(),
            None => rights.student(&app.store, &answer.student).await?,
        };
        let given = std::mem::replace(&mut answer.student, now.clone());
        students.insert(given, now);
    }
    let mut statements: Vec<ReceivedStatement> = all
        .into_iter()
        .map(|Identified { id, content, voids, .. }| ReceivedStatement {
            id,
            content,
            answer: None,
            voids,
        })
        .collect();
    for answer in answers {
        let index = answer.index;
        statements[index].answer = Some(answer);
    }
    let taken = receive_statements(&app.store, app.config.clock, system.name(), &statements).await;
    let received = taken.map_err(|refused| refusal(what, refused))?;
    for student in &received.changed {
        rights.student(&app.store, student).await?;
    }
    Ok(received)
}

/// What a document needs so that it is read, without the flags of the command line.
fn hint(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::BadTime | RejectReason::MissingTime => {
            "times are RFC 3339, as 2025-03-12T09:30:00Z"
        }
        RejectReason::InTheFuture => "an answer cannot come more than a day from now",
        RejectReason::BadCorrect => "a result is an object, and success is true or false",
        RejectReason::BadPoints => {
            "a score is raw from min to max with max above min, or scaled from -1 to 1; one below 0 tells of an \
             answer only beside success; scoreGiven is from 0 to maxScore"
        }
        RejectReason::BadEncoding => "texts are UTF-8 without U+0000",
        other => other.hint(),
    }
}

fn refusal(what: &str, refused: Refused) -> ApiError {
    match refused {
        Refused::OtherContent(at) => ApiError::new(
            Code::Conflict,
            format!("{what} {at}: another one with this id and other content was taken in before"),
        )
        .hint("give every statement an id of its own; what is once sent is not changed but voided"),
        Refused::Contradiction(at) => ApiError::new(
            Code::Conflict,
            format!("{what} {at}: it contradicts an answer of the same student, item and instant"),
        )
        .hint(
            "void the earlier statement, in this request or before it, and its answer is what this one says; or \
             give the second attempt its own time",
        ),
        Refused::Voided(at) => ApiError::new(
            Code::Conflict,
            format!("{what} {at}: its answer was voided by the operator and says otherwise"),
        )
        .hint(
            "the operator puts it right with `seedtest answer correct` and lets it count again with \
             `seedtest answer restore`",
        ),
        Refused::Error(error) => ApiError::from_pipeline(&error),
    }
}

/// A fault of the document at a place, counted from 0.
fn fault(what: &str, at: usize, problem: &str, hint: &str) -> ApiError {
    ApiError::new(Code::InvalidParameter, format!("{what} {at}: {problem}")).hint(hint)
}

/// A document that has no time is of now.
fn dated(document: &mut Map<String, Value>, key: &str, now: DateTime<Utc>) {
    let has_time = document.get(key).is_some_and(|at| !at.is_null());
    if !has_time {
        document.insert(key.to_owned(), Value::String(now.to_rfc3339()));
    }
}
