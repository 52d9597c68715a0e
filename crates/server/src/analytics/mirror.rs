use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;

use super::{Route, TAG, each, health_of_mirror};
use crate::error::{ApiError, ApiResult, Code};
use crate::health;
use crate::jwt::Principal;
use crate::openapi::Routes;
use crate::state::Shared;

/// The routes under `/analytics` for people with a signed token. They stand at the root and under the
/// prefix of the platform, because clients know both.
pub(crate) fn mirror() -> Routes {
    const HEALTH: &[&str] = &["reports:view"];
    let health = health::operation("healthOfMirror").all_scopes(HEALTH);
    let health_route = guarded(health_of_mirror(), HEALTH);
    let routes = Routes::new(TAG).add("get", "/analytics/health", health_route, health);
    each().into_iter().fold(routes, |routes, route| {
        let Route { path, handler, operation, scopes } = route;
        let operation = operation.all_scopes(scopes).called("Mirror");
        routes.add("post", &format!("/analytics{path}"), guarded(handler, scopes), operation)
    })
}

fn guarded(handler: MethodRouter<Shared>, scopes: &'static [&'static str]) -> MethodRouter<Shared> {
    handler.route_layer(from_fn_with_state(scopes, with_all_scopes))
}

async fn with_all_scopes(
    State(scopes): State<&'static [&'static str]>,
    Extension(user): Extension<Arc<Principal>>,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    user.require_all(scopes)?;
    let response = next.run(request).await;
    let failed = response.extensions().get::<ApiError>().filter(|e| e.code == Code::Internal);
    Ok(match failed {
        Some(error) => {
            let message = format!("r-analytics error: {}", error.message);
            let upstream = ApiError { code: Code::Upstream, message, ..error.clone() };
            upstream.into_response()
        }
        None => response,
    })
}
