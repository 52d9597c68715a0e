//! All routes with what surrounds them.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::auth::require_token;
use crate::config::StartError;
use crate::error::{ApiError, Code};
use crate::jwt::require_user;
use crate::observe::{finish_errors, observe};
use crate::openapi::{Access, Operation, Routes};
use crate::state::Shared;
use crate::{
    analytics, events, growth, health, irt, openapi, platform, runs, stored_metrics, survival,
};

/// Every route, by who is let in; platform routes stand under `prefix`.
struct Groups {
    open: Routes,
    token: Routes,
    user: Routes,
}

fn groups(prefix: &str) -> Result<Groups, StartError> {
    let open = health::routes().merge(metrics_route()).merge(openapi::routes());
    let token = irt::routes()
        .merge(growth::routes())
        .merge(survival::routes())
        .merge(events::routes())
        .merge(platform::internal_routes())
        .merge(analytics::routes())
        .merge(runs::routes());
    Ok(Groups {
        open: open.for_access(Access::Open),
        token: token.for_access(Access::Token),
        user: platform::routes(prefix)?.merge(analytics::mirror()).for_access(Access::User),
    })
}

/// Every route with what is said of it.
pub(crate) fn routes(prefix: &str) -> Result<Routes, StartError> {
    let Groups { open, token, user } = groups(prefix)?;
    Ok(token.merge(user).merge(open))
}

/// The service as one router.
pub(crate) fn router(app: &Shared) -> Result<Router, StartError> {
    let Groups { open, token, user } = groups(&app.config.api_prefix)?;
    let token = token.into_router().route_layer(from_fn_with_state(app.clone(), require_token));
    let user = user.into_router().route_layer(from_fn_with_state(app.clone(), require_user));
    let router = Router::new()
        .merge(open.into_router())
        .merge(token)
        .merge(user)
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(from_fn(finish_errors))
        .layer(CompressionLayer::new().gzip(true))
        .layer(from_fn(observe));
    let router = match cors(&app.config.cors_origins)? {
        Some(cors) => router.layer(cors),
        None => router,
    };
    Ok(router.with_state(app.clone()))
}

fn metrics_route() -> Routes {
    let operation = Operation::new("metrics", "Numbers for Prometheus").text(
        200,
        "text/plain",
        "Prometheus text format, version 0.0.4.",
    );
    Routes::new("Service").get("/metrics", metrics, operation)
}

async fn metrics(State(app): State<Shared>) -> Response {
    stored_metrics::refresh(&app).await;
    let text = app.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn no_route(uri: Uri) -> ApiError {
    let path: String = uri.path().chars().take(100).collect();
    ApiError::new(Code::NotFound, format!("there is no route {path}"))
}

async fn no_method(method: Method, uri: Uri) -> ApiError {
    let path: String = uri.path().chars().take(100).collect();
    ApiError::new(Code::MethodNotAllowed, format!("{path} does not know {method}"))
}

/// The panic itself is printed by the panic hook; callers learn nothing of it.
fn panicked() -> Response {
    metrics::counter!("seedtest_panics_total").increment(1);
    ApiError::internal(&"a handler panicked").into_response()
}

fn cors(origins: &[String]) -> Result<Option<CorsLayer>, StartError> {
    if origins.is_empty() {
        return Ok(None);
    }
    let origins = origins
        .iter()
        .map(|origin| HeaderValue::from_str(origin))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| StartError::Setting {
            name: "--cors-origin",
            reason: error.to_string(),
        })?;
    let headers = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        HeaderName::from_static("x-internal-token"),
        HeaderName::from_static("x-request-id"),
    ];
    Ok(Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers(headers)
            .max_age(Duration::from_mins(10)),
    ))
}
