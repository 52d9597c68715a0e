//! Headers that keep a browser from making more of an answer than it is: from guessing its type, showing it in a
//! frame, telling others where it came from, and keeping what is somebody's.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::auth::Caller;

/// What every answer says that does not say otherwise itself.
static ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
];

/// Adds the headers; answers to callers who said who they are, and refusals, are kept by nobody on the way.
pub(crate) async fn browser_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_somebodys = response.extensions().get::<Caller>().is_some();
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    let headers = response.headers_mut();
    for (name, value) in &ALWAYS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if is_somebodys || is_refusal {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}
