//! What is common to all requests: an id, a trace, a log line, metrics, errors with the id in the
//! body. What is logged on the way, on whichever thread, carries id and trace.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::peer::Peer;
use crate::state::Shared;

/// Id of a request, given by the caller or made here.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(String);

const HEADER: &str = "x-request-id";
const LONGEST_ID: usize = 64;

pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let trace = trace_id(request.headers());
    let id = RequestId(request_id(request.headers(), &trace));
    let method = known_method(request.method());
    let safe = request.method().is_safe();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none".to_string(), |path| path.as_str().to_string());
    let peer = request.extensions().get::<Peer>().copied().unwrap_or_default();
    request.extensions_mut().insert(id.clone());
    metrics::gauge!("http_requests_in_progress").increment(1.0);
    let guard = InProgress;
    let span = tracing::info_span!("request", request_id = id.0, trace_id = trace);
    let mut response = next.run(request).instrument(span).await;
    drop(guard);
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HEADER, value);
    }
    let line = Line { id: &id.0, trace: &trace, method, safe, route: &route, peer };
    line.write(&response, began);
    response
}

/// Counts down when a request is answered or given up.
struct InProgress;

impl Drop for InProgress {
    fn drop(&mut self) {
        metrics::gauge!("http_requests_in_progress").decrement(1.0);
    }
}

/// Writes the body of errors, which names the request.
pub(crate) async fn finish_errors(
    State(app): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let now = app.config.clock.now();
        let body = error.body(id.as_ref().map(|id| id.0.as_str()), now);
        *response.body_mut() = Body::from(serde_json::to_vec(&body).unwrap_or_default());
    }
    response
}

struct Line<'a> {
    id: &'a str,
    trace: &'a str,
    method: &'static str,
    /// Whether the method asks for nothing to be changed.
    safe: bool,
    route: &'a str,
    peer: Peer,
}

impl Line<'_> {
    fn write(&self, response: &Response, began: Instant) {
        let Self { id, trace, method, safe, route, peer } = self;
        let seconds = began.elapsed().as_secs_f64();
        let status = response.status().as_u16();
        let caller = response.extensions().get::<Caller>().map(|caller| caller.name.as_str());
        let labels = [
            ("method", (*method).to_string()),
            ("endpoint", (*route).to_string()),
            ("status", status.to_string()),
        ];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_duration_seconds", "endpoint" => (*route).to_string())
            .record(seconds);
        tracing::info!(
            target: "seedtest::http",
            request_id = id, trace_id = trace, method, route, status, seconds, caller, %peer,
            "request"
        );
        if let Some(caller) = caller.filter(|_| !safe) {
            tracing::info!(
                target: "seedtest::audit",
                request_id = id, method, route, status, caller, %peer,
                "write"
            );
        }
    }
}

/// The method by its name, or `other`: a name that a caller makes up is neither a label of a metric, each
/// of which is kept for good, nor a word of the log.
pub(crate) fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// The id the caller gave, else that of the trace.
fn request_id(headers: &HeaderMap, trace: &str) -> String {
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        let known = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
        !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(known)
    };
    given.filter(plain).unwrap_or(trace).to_string()
}

/// The trace a request belongs to, from the W3C header `traceparent`; without one, a new trace.
fn trace_id(headers: &HeaderMap) -> String {
    let parent = headers.get("traceparent").and_then(|parent| parent.to_str().ok());
    let id = parent.and_then(|parent| parent.split('-').nth(1));
    let is_id = |id: &&str| {
        id.len() == 32 && id.bytes().all(|c| c.is_ascii_hexdigit()) && id.bytes().any(|c| c != b'0')
    };
    id.filter(is_id).map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_string)
}
