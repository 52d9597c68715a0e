//! Events of Caliper Analytics 1.2 (1EdTech) in their envelope: answers to assessment items, and grades.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use seedtest_ingest::System;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Identified, PUT, fault, sent, take};
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{encode, json_body};
use crate::openapi::{BODY, Operation};
use crate::routing::{Rights, Routes};
use crate::state::Shared;

/// What a message calls one of them.
const WHAT: &str = "event";

pub(super) fn routes() -> Routes {
    let put = Operation::new("putCaliperEvents", "Answers as Caliper events")
        .description(
            "An envelope of Caliper 1.2. AssessmentItemEvent (Completed, with a score) and GradeEvent (Graded) go into \
             the log of answers and update the ability of the student; other events are counted and not kept. All \
             are taken in, or none. An event that is known by its id changes nothing.",
        )
        .body::<CaliperEnvelope>(include_str!("../../requests/put_caliper_events.json"))
        .answer::<CaliperAnswer>(200, "What became of the events.")
        .refusals(&BODY)
        .refusals(&[Code::Conflict]);
    Routes::new("Events").post("/caliper/events", PUT, post, put)
}

/// An envelope.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "it describes what is read as JSON")]
struct CaliperEnvelope {
    /// The system that sends.
    sensor: Option<String>,
    /// When it was sent, RFC 3339.
    #[serde(rename = "sendTime")]
    send_time: Option<String>,
    /// Version of the data, as `http://purl.imsglobal.org/ctx/caliper/v1p2`.
    #[serde(rename = "dataVersion")]
    data_version: Option<String>,
    /// Events, and descriptions of things, which are not kept.
    data: Vec<Map<String, Value>>,
}

#[derive(Serialize, JsonSchema)]
struct CaliperAnswer {
    #[schemars(extend("const" = "success"))]
    status: &'static str,
    /// Always true.
    ok: bool,
    /// Answers that are new.
    stored: u64,
    /// Answers that were there already.
    known: u64,
    /// Events that tell of no answer.
    others: u64,
}

async fn post(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Response> {
    let Value::Object(mut envelope) = sent(&app, request).await? else {
        return Err(no_envelope("the body is no object"));
    };
    let Some(Value::Array(data)) = envelope.remove("data") else {
        return Err(no_envelope("the envelope has no list `data`"));
    };
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(data.len());
    for (at, event) in data.into_iter().enumerate() {
        let event = identified(at, event)?;
        if !seen.insert(event.id.clone()) {
            let problem = "an earlier one of the envelope has the same id";
            return Err(fault(WHAT, at, problem, "send each event once"));
        }
        all.push(event);
    }
    let received = take(&app, &rights, System::Caliper, WHAT, all).await?;
    let answer = CaliperAnswer {
        status: "success",
        ok: true,
        stored: received.stored,
        known: received.known,
        others: received.others,
    };
    Ok(json_body(encode(&answer)?).into_response())
}

fn no_envelope(problem: &str) -> ApiError {
    ApiError::new(Code::InvalidParameter, problem)
        .hint(r#"send {"sensor":"…","sendTime":"…","dataVersion":"…","data":[…]}"#)
}

fn identified(at: usize, event: Value) -> ApiResult<Identified> {
    let Value::Object(document) = event else {
        return Err(fault(WHAT, at, "it is no object", "data is a list of objects"));
    };
    let id = match document.get("id") {
        Some(Value::String(id)) if !id.trim().is_empty() => id.clone(),
        None | Some(Value::Null) => {
            let content = Value::Object(document.clone()).to_string();
            Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes()).urn().to_string()
        }
        Some(other) => {
            let problem = format!("its id {other} is no address");
            return Err(fault(WHAT, at, &problem, "ids are addresses, as urn:uuid:…"));
        }
    };
    let content = Value::Object(document.clone()).to_string();
    Ok(Identified { id, content, document, voids: None })
}
