use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use axum::{Extension, Router};

use super::{each, health_of_mirror};
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::{Principal, require_user};
use crate::state::Shared;

/// The routes under `/analytics` for people with a signed token. They stand at the root and under the
/// prefix of the platform, because clients know both.
pub(crate) fn mirror(app: &Shared) -> Router<Shared> {
    let health = ("/health", health_of_mirror(), &["reports:view"] as &[&str]);
    let routes = each().into_iter().chain([health]).fold(
        Router::new(),
        |router, (path, handler, scopes)| {
            router.route(&format!("/analytics{path}"), guarded(handler, scopes))
        },
    );
    routes.route_layer(from_fn_with_state(app.clone(), require_user))
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
