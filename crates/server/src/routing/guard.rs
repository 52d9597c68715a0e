//! The one place where a caller is let in or refused.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::access::{Access, Object, Who};
use super::rights::Rights;
use crate::auth::{Caller, has_credentials, internal_caller};
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::peer::Peer;
use crate::sign_in::signed_in_user;
use crate::state::{App, Shared};
use crate::warnings::note_merged;

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
    let (caller, rights, covered) = match access.who {
        Who::Everybody => return Ok(next.run(request).await),
        Who::Internal(scopes) => {
            let caller =
                internal_caller(&app, request.method(), request.headers(), peer_of(&request)).await;
            let caller = caller.map_err(|refused| counted(&app, &request, refused))?;
            let covered = caller.require(scopes);
            let rights = Rights::of_internal(&caller, access.object);
            (caller, rights, covered)
        }
        Who::User(scopes) => {
            let user = signed_in_user(&app, request.method(), request.headers()).await;
            let user = user.map_err(|refused| counted(&app, &request, refused))?;
            let covered = user.require(scopes);
            // Runs go by the name in the token, a student's things by the id under which they are stored.
            let caller = Caller::user(&user.user_id);
            let user = as_stored(&app, access.object, user).await?;
            request.extensions_mut().insert(user.clone());
            let rights = Rights::of_user(user, &caller, access.object);
            (caller, rights, covered)
        }
    };
    app.rate.admit(&caller.key)?;
    let rights = Arc::new(rights);
    request.extensions_mut().insert(caller.clone());
    request.extensions_mut().insert(rights.clone());
    let mut response = match covered.and_then(|()| rights.before()) {
        Ok(()) => asked_for(&rights, next.run(request).await),
        Err(refused) => refused.into_response(),
    };
    response.extensions_mut().insert(caller);
    response.extensions_mut().insert(About { students: rights.students(), writes: access.writes });
    Ok(response)
}

/// The user by the id under which what is theirs is stored: that of the token, or the one that it became in a
/// merge, which the answer then says.
async fn as_stored(app: &App, object: Object, user: Arc<Principal>) -> ApiResult<Arc<Principal>> {
    if !matches!(object, Object::Own | Object::Student | Object::Exam) {
        return Ok(user);
    }
    let now = app.store.student_now(&user.user_id).await?;
    if now == user.user_id {
        return Ok(user);
    }
    note_merged(&user.user_id, &now);
    Ok(Arc::new(user.stored_as(now)))
}

fn peer_of(request: &Request) -> Peer {
    request.extensions().get::<Peer>().copied().unwrap_or_default()
}

/// Counts a wrong token against its address; beyond the limit the refusal says so. Right tokens of the
/// address go on being let in: others may stand behind it as well.
fn counted(app: &App, request: &Request, refused: ApiError) -> ApiError {
    if refused.code != Code::Unauthorized || !has_credentials(request.headers()) {
        return refused;
    }
    match app.wrong_tokens.admit(&peer_of(request).household()) {
        Ok(()) => refused,
        Err(limited) => {
            ApiError { message: "too many wrong tokens from this address".into(), ..limited }
        }
    }
}

/// What the audit log says of a request.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// The students whose data it was about.
    pub(crate) students: Vec<String>,
    /// Whether it changes what is stored.
    pub(crate) writes: bool,
}

/// An answer about somebody's things for which the handler did not ask whether the caller may have it is
/// a fault of ours, and is not sent.
fn asked_for(rights: &Rights, response: Response) -> Response {
    if response.status().is_success() && !rights.was_asked() {
        return ApiError::internal(&"a route did not ask whose things it answers").into_response();
    }
    response
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
