//! The one place where a caller is let in or refused.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::access::{Access, Who};
use crate::auth::{Caller, has_credentials, internal_caller};
use crate::error::{ApiError, ApiResult, Code};
use crate::peer::Peer;
use crate::sign_in::signed_in_user;
use crate::state::{App, Shared};

/// What stands before a handler.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) app: Shared,
    pub(super) access: Access,
}

/// Lets a caller through who may; the handler finds who it is in the extensions of the request.
pub(super) async fn guard(
    State(Gate { app, access }): State<Gate>,
    mut request: Request,
    next: Next,
) -> ApiResult<Response> {
    let (caller, covered) = match access.who {
        Who::Everybody => return Ok(next.run(request).await),
        Who::Internal => {
            let caller = internal_caller(&app, &request);
            (caller.map_err(|refused| counted(&app, &request, refused))?, Ok(()))
        }
        Who::User(scopes) => {
            let user = signed_in_user(&app, request.headers()).await;
            let user = user.map_err(|refused| counted(&app, &request, refused))?;
            let covered = user.require(scopes);
            let caller = Caller::user(&user.user_id);
            request.extensions_mut().insert(user);
            (caller, covered)
        }
    };
    app.rate.admit(&caller.key)?;
    request.extensions_mut().insert(caller.clone());
    let mut response = match covered {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    };
    response.extensions_mut().insert(caller);
    Ok(response)
}

/// Counts a wrong token against its address; beyond the limit the refusal says so. Right tokens of the
/// address go on being let in: others may stand behind it as well.
fn counted(app: &App, request: &Request, refused: ApiError) -> ApiError {
    if refused.code != Code::Unauthorized || !has_credentials(request.headers()) {
        return refused;
    }
    let peer = request.extensions().get::<Peer>().copied().unwrap_or_default();
    match app.wrong_tokens.admit(&peer.to_string()) {
        Ok(()) => refused,
        Err(limited) => {
            ApiError { message: "too many wrong tokens from this address".into(), ..limited }
        }
    }
}

/// Turns a failure behind the mirror into one of the service that is mirrored; mistakes of the
/// caller stay what they are.
pub(super) async fn behind_the_mirror(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let failed = response.extensions().get::<ApiError>().filter(|e| e.code == Code::Internal);
    let Some(error) = failed else { return response };
    let message = format!("r-analytics error: {}", error.message);
    ApiError { code: Code::Upstream, message, ..error.clone() }.into_response()
}
