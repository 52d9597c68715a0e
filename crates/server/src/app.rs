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

use crate::browser_headers::browser_headers;
use crate::config::{Config, StartError};
use crate::error::{ApiError, Code};
use crate::observe::{finish_errors, known_method, observe};
use crate::openapi::Operation;
use crate::pages::pages;
use crate::routing::{Access, Routes};
use crate::state::Shared;
use crate::web_pages::no_foreign_pages;
use crate::{
    cat, events, families, health, oidc, openapi, questions, runs, statements, stored_metrics,
    unsubscribe,
};

/// Every route; those of the platform stand under `prefix`.
pub(crate) fn routes(prefix: &str) -> Result<Routes, StartError> {
    Ok(health::routes()
        .merge(metrics_route())
        .merge(openapi::routes())
        .merge(families::routes())
        .merge(cat::routes())
        .merge(events::routes())
        .merge(statements::routes())
        .merge(runs::routes())
        .merge(unsubscribe::routes())
        .merge(questions::routes(prefix)?))
}

/// Whether there is a router for this set-up.
pub(crate) fn check(config: &Config) -> Result<(), StartError> {
    routes(&config.api_prefix)?;
    cors(&config.cors_origins).map(drop)
}

/// The service as one router.
pub(crate) fn router(app: &Shared) -> Result<Router, StartError> {
    let router = routes(&app.config.api_prefix)?
        .into_router(app)
        .merge(pages(app))
        .merge(oidc::routes())
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(from_fn_with_state(app.clone(), no_foreign_pages))
        .layer(from_fn_with_state(app.clone(), finish_errors))
        .layer(CompressionLayer::new().gzip(true))
        .layer(from_fn(observe));
    let router = match cors(&app.config.cors_origins)? {
        Some(cors) => router.layer(cors),
        None => router,
    };
    Ok(router.layer(from_fn(browser_headers)).with_state(app.clone()))
}

fn metrics_route() -> Routes {
    let operation = Operation::new("metrics", "Numbers for Prometheus").text(
        200,
        "text/plain",
        "Prometheus text format, version 0.0.4.",
    );
    Routes::new("Service").get("/metrics", Access::open(), metrics, operation)
}

async fn metrics(State(app): State<Shared>) -> Response {
    stored_metrics::refresh(&app).await;
    let text = app.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

pub(crate) async fn no_route(uri: Uri) -> ApiError {
    let path: String = uri.path().chars().take(100).collect();
    ApiError::new(Code::NotFound, format!("there is no route {path}"))
}

async fn no_method(method: Method, uri: Uri) -> ApiError {
    let path: String = uri.path().chars().take(100).collect();
    let method = match known_method(&method) {
        "other" => "this method",
        known => known,
    };
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
    let origins = origins.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>()?;
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

/// An origin of pages: a scheme, a host, a port. There is no word for all of them: a page of anybody would be let in.
fn origin(text: &str) -> Result<HeaderValue, StartError> {
    let refused = || StartError::Setting {
        name: "--cors-origin",
        reason: format!("{text:?} is no origin; write it as https://app.example"),
    };
    let (scheme, host) = text.split_once("://").ok_or_else(refused)?;
    let plain = |c: char| c.is_ascii_graphic() && !"/*?#@,".contains(c);
    if scheme.is_empty() || host.is_empty() || !host.chars().all(plain) {
        return Err(refused());
    }
    HeaderValue::from_str(text).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_those_of_pages_and_not_all_of_them() {
        for text in ["https://app.example", "http://localhost:3000", "http://[::1]:8080"] {
            assert!(origin(text).is_ok(), "{text}");
        }
        for text in ["*", "", "null", "app.example", "http://", "http://*.example", "http://a/b"] {
            assert!(cors(&[text.to_string()]).is_err(), "{text}");
        }
    }
}
