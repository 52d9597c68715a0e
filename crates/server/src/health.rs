//! Health, for probes of every generation.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde_json::json;

use crate::state::Shared;

/// Services this process stands in for, by the first label of the host name it is called by.
const ALIASES: [&str; 6] = [
    "r-irt-plumber",
    "r-glmm-plumber",
    "r-brms-plumber",
    "r-forecast-plumber",
    "r-cluster-plumber",
    "r-analytics",
];

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) async fn healthz(State(app): State<Shared>, headers: HeaderMap) -> Response {
    if wants_text(&headers) {
        return "OK".into_response();
    }
    Json(json!({
        "status": "ok",
        "ok": true,
        "service": service(&headers),
        "version": VERSION,
        "timestamp": app.config.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        "engines": { "irt": VERSION, "growth": VERSION, "survival": VERSION },
        "engine_version": VERSION,
        "stan_version": null,
    }))
    .into_response()
}

pub(crate) async fn health(State(app): State<Shared>, headers: HeaderMap) -> Response {
    if wants_text(&headers) {
        return "OK".into_response();
    }
    Json(json!({
        "status": "ok",
        "ok": true,
        "service": service(&headers),
        "version": VERSION,
        "timestamp": app.config.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
    }))
    .into_response()
}

fn wants_text(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.trim_start().starts_with("text/plain"))
}

fn service(headers: &HeaderMap) -> &'static str {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let label = host.split(['.', ':']).next().unwrap_or_default();
    ALIASES.into_iter().find(|alias| alias.eq_ignore_ascii_case(label)).unwrap_or("seedtest")
}
