//! Health, for probes of every generation.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use schemars::JsonSchema;
use seedtest_families::FAMILIES;
use serde::Serialize;

use crate::error::{ApiResult, Code};
use crate::openapi::Operation;
use crate::routing::{Access, Routes};
use crate::state::{App, Shared};

/// Services this process stands in for, by the first label of the host name it is called by.
pub(crate) const ALIASES: [&str; 6] = [
    "r-irt-plumber",
    "r-glmm-plumber",
    "r-brms-plumber",
    "r-forecast-plumber",
    "r-cluster-plumber",
    "r-analytics",
];

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn routes() -> Routes {
    let healthz = Operation::new("healthz", "Health, with the engines")
        .description(AS_TEXT)
        .answer::<Healthz>(200, "The service answers.")
        .or_text("text/plain");
    let live = Operation::new("livez", "Whether the process answers")
        .description("Asks nobody else: a service whose database is away is alive.")
        .answer::<Health>(200, "The process answers.")
        .or_text("text/plain");
    let ready = Operation::new("readyz", "Whether the service can do its work")
        .description("Asks the database. Not ready while it is away or the service stops.")
        .answer::<Health>(200, "The database answers.")
        .or_text("text/plain")
        .refusals(&[Code::Unavailable]);
    Routes::new("Service")
        .get("/livez", Access::open(), self::health, live)
        .get("/readyz", Access::open(), self::ready, ready)
        .get("/healthz", Access::open(), self::healthz, healthz)
        .get("/health", Access::open(), self::health, operation("health"))
}

const AS_TEXT: &str = "With `Accept: text/plain` the answer is `OK`.";

/// What is said of the short form.
pub(crate) fn operation(id: &str) -> Operation {
    Operation::new(id, "Health")
        .description(AS_TEXT)
        .answer::<Health>(200, "The service answers.")
        .or_text("text/plain")
}

#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    #[schemars(extend("const" = "ok"))]
    status: &'static str,
    /// Always true.
    ok: bool,
    /// The service this process stands in for, by the host it is called by.
    service: &'static str,
    /// Version of the program.
    version: String,
    /// When this was answered, RFC 3339.
    timestamp: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Healthz {
    #[serde(flatten)]
    health: Health,
    /// Versions of the models.
    engines: BTreeMap<&'static str, &'static str>,
    /// Version of all of them.
    engine_version: &'static str,
    /// Stan is not used.
    stan_version: Option<&'static str>,
}

async fn healthz(State(app): State<Shared>, headers: HeaderMap) -> Response {
    if wants_text(&headers) {
        return "OK".into_response();
    }
    let engines = FAMILIES.iter().map(|family| (family.name, VERSION)).collect();
    let health = now(&app, &headers);
    Json(Healthz { health, engines, engine_version: VERSION, stan_version: None }).into_response()
}

async fn ready(State(app): State<Shared>, headers: HeaderMap) -> ApiResult<Response> {
    app.readiness.check(&app.store).await?;
    Ok(health(State(app), headers).await)
}

pub(crate) async fn health(State(app): State<Shared>, headers: HeaderMap) -> Response {
    if wants_text(&headers) {
        return "OK".into_response();
    }
    Json(now(&app, &headers)).into_response()
}

fn now(app: &App, headers: &HeaderMap) -> Health {
    Health {
        status: "ok",
        ok: true,
        service: service(headers),
        version: app.config.version.clone(),
        timestamp: app.config.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
    }
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
