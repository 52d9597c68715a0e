//! Statements of the Experience API 1.0.3 and 2.0 (IEEE 9274.1.1): those that tell of an answer go into the log.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use seedtest_ingest::System;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Identified, PUT, dated, fault, sent, take};
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{encode, json_body};
use crate::openapi::{BODY, Operation, Parameter};
use crate::routing::{Rights, Routes};
use crate::state::{App, Shared};

const VERSION: HeaderName = HeaderName::from_static("x-experience-api-version");
/// What a message calls one of them.
const WHAT: &str = "statement";
const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";

pub(super) fn routes() -> Routes {
    let put = Operation::new("putStatements", "Answers as xAPI statements")
        .description(
            "One statement or a list of them, version 1.0.3 or 2.0 (header X-Experience-API-Version). Those that \
             tell of an answer (answered, completed, scored, passed, failed, attempted, mastered, evaluated, with \
             success or score) go into the log of answers and update the ability of the student; others are taken \
             note of by their id and not kept. All are taken in, or none. A statement that is known by its id \
             changes nothing; one that voids another takes its answer out, whichever of the two comes first. An answer \
             that is taken out counts again when another statement tells of it, and is then what that one says.",
        )
        .parameter(
            Parameter::header("X-Experience-API-Version", "2.0.0 or 1.0.3.").example(json!("2.0.0")),
        )
        .body::<StatementsRequest>(include_str!("../../requests/put_statements.json"))
        .answer::<StatementIds>(200, "Ids of the statements, in their order.")
        .refusals(&BODY)
        .refusals(&[Code::Conflict]);
    Routes::new("Events").post("/xapi/statements", PUT, post, put)
}

/// One statement, or a list of them.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it describes what is read as JSON")]
enum StatementsRequest {
    /// One.
    One(Map<String, Value>),
    /// Several.
    Several(Vec<Map<String, Value>>),
}

/// Ids of statements.
#[derive(serde::Serialize, JsonSchema)]
struct StatementIds(Vec<String>);

async fn post(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> Response {
    let (version, answer) = match version(request.headers()) {
        Ok(version) => (version, ids(&app, &rights, request).await),
        Err(error) => ("2.0.0", Err(error)),
    };
    let mut response = match answer {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    response.headers_mut().insert(VERSION, HeaderValue::from_static(version));
    response
}

/// The version that the answer is of.
fn version(headers: &HeaderMap) -> ApiResult<&'static str> {
    let given = headers.get(VERSION).and_then(|version| version.to_str().ok()).unwrap_or_default();
    let is_of = |release: &str| {
        given.strip_prefix(release).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    match given {
        _ if is_of("1.0") => Ok("1.0.3"),
        _ if is_of("2.0") => Ok("2.0.0"),
        _ => Err(ApiError::new(
            Code::InvalidParameter,
            format!("X-Experience-API-Version: {given:?} is no version that is read"),
        )
        .hint("send the header X-Experience-API-Version: 2.0.0, or 1.0.3")),
    }
}

async fn ids(app: &App, rights: &Rights, request: Request) -> ApiResult<Response> {
    let statements = match sent(app, request).await? {
        Value::Array(statements) => statements,
        one => vec![one],
    };
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(statements.len());
    for (at, statement) in statements.into_iter().enumerate() {
        let statement = identified(app, at, statement)?;
        if !seen.insert(statement.id.clone()) {
            let hint = "send each statement once";
            return Err(fault(WHAT, at, "an earlier one of the list has the same id", hint));
        }
        all.push(statement);
    }
    let ids: Vec<String> = all.iter().map(|statement| statement.id.clone()).collect();
    take(app, rights, System::Xapi, WHAT, all).await?;
    Ok(json_body(encode(&StatementIds(ids))?).into_response())
}

/// A statement with its id, made where it has none, and its time.
fn identified(app: &App, at: usize, statement: Value) -> ApiResult<Identified> {
    let Value::Object(mut document) = statement else {
        return Err(fault(WHAT, at, "it is no object", "send an object or a list of objects"));
    };
    for part in ["actor", "verb", "object"] {
        if !document.get(part).is_some_and(Value::is_object) {
            let hint = "a statement has an actor, a verb and an object";
            return Err(fault(WHAT, at, &format!("it has no {part}"), hint));
        }
    }
    let verb = document["verb"]["id"].as_str().unwrap_or_default();
    if verb.is_empty() {
        return Err(fault(WHAT, at, "its verb has no id", "the id of a verb is an address"));
    }
    let voids = if verb == VOIDED { Some(voided(at, &document)?) } else { None };
    let id = match document.get("id") {
        None | Some(Value::Null) => made_id(&document),
        Some(Value::String(id)) => Uuid::try_parse(id).map(|id| id.to_string()).map_err(|_| {
            fault(
                WHAT,
                at,
                &format!("its id {id:?} is no UUID"),
                "leave the id out to have one made",
            )
        })?,
        Some(other) => {
            let problem = format!("its id {other} is no text");
            return Err(fault(WHAT, at, &problem, "leave the id out to have one made"));
        }
    };
    let content = Value::Object(document.clone()).to_string();
    dated(&mut document, "timestamp", app.config.clock.now());
    Ok(Identified { id, content, document, voids })
}

/// The id of the statement that a statement voids.
fn voided(at: usize, document: &Map<String, Value>) -> ApiResult<String> {
    let id = document["object"]["id"].as_str();
    let id = id.and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(|| {
        let hint = r#"object is {"objectType":"StatementRef","id":"the UUID of that statement"}"#;
        fault(WHAT, at, "it voids no statement", hint)
    })?;
    Ok(id.to_string())
}

/// The same for the same statement, so that sending it twice is like once. Without a time nothing tells a
/// repetition from a second answer.
fn made_id(document: &Map<String, Value>) -> String {
    if !document.contains_key("timestamp") {
        return Uuid::new_v4().to_string();
    }
    let content = Value::Object(document.clone()).to_string();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes()).to_string()
}
