//! Who of the platform's users calls: the signed token of a request, checked.

use std::sync::Arc;

use axum::http::{HeaderMap, header};

use crate::bearer::bearer;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::state::App;

/// Who calls a route of the platform's users.
pub(crate) async fn signed_in_user(app: &App, headers: &HeaderMap) -> ApiResult<Arc<Principal>> {
    identify(app, headers).await.map(Arc::new)
}

async fn identify(app: &App, headers: &HeaderMap) -> ApiResult<Principal> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        let config = &app.config;
        let developer = || Principal::developer(&config.local_role);
        return config.local_dev.then(developer).ok_or_else(missing);
    };
    let token = bearer(given.as_bytes()).and_then(|token| std::str::from_utf8(token).ok());
    let token = token.filter(|token| !token.is_empty()).ok_or_else(missing)?;
    match &app.jwt {
        Some(verifier) => verifier.verify(token, app.config.clock.now()).await,
        None => Err(ApiError::new(Code::Unauthorized, "no token can be verified here")
            .hint("start the service with JWT_PUBLIC_KEY or JWT_JWKS_URL set")),
    }
}

fn missing() -> ApiError {
    ApiError::new(Code::Unauthorized, "Missing Authorization")
        .hint("send Authorization: Bearer TOKEN with a token of the platform")
}
