//! Who of the platform's users calls: the signed token of a request, checked, or the session of a browser.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, header};
use seedtest_dashboard::{SessionCaller, SessionFault, session_caller};

use crate::bearer::bearer;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::state::App;

/// Who calls a route of the platform's users.
pub(crate) async fn signed_in_user(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
) -> ApiResult<Arc<Principal>> {
    if headers.contains_key(header::AUTHORIZATION) {
        return verified(app, headers).await.map(Arc::new);
    }
    if let Some(caller) = session(app, method, headers).await? {
        let user = Principal::of_session(&caller);
        return Ok(Arc::new(user));
    }
    let config = &app.config;
    let developer = || Arc::new(Principal::developer(&config.local_role));
    config.local_dev.then(developer).ok_or_else(missing)
}

/// Who is signed in in the browser that calls; `None` = nobody is.
pub(crate) async fn session(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
) -> ApiResult<Option<SessionCaller>> {
    if !headers.contains_key(header::COOKIE) {
        return Ok(None);
    }
    Ok(session_caller(&app.dashboard, method, headers).await?)
}

impl From<SessionFault> for ApiError {
    fn from(fault: SessionFault) -> Self {
        match fault {
            SessionFault::ForeignPage => Self::new(Code::Forbidden, fault.to_string())
                .hint("send the token of the page in the header x-csrf-token"),
            SessionFault::Store(error) => error.into(),
        }
    }
}

/// Whom the signed token of a request speaks for.
pub(crate) async fn verified(app: &App, headers: &HeaderMap) -> ApiResult<Principal> {
    let given = headers.get(header::AUTHORIZATION).ok_or_else(missing)?;
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
