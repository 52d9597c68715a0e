//! The pages beside the routes: what the service tells them of a request, and what it makes of their answers.

use std::collections::HashSet;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use seedtest_dashboard::{Bearer, Household, Seen, entries, router};

use crate::app::no_route;
use crate::auth::Caller;
use crate::error::ApiResult;
use crate::peer::Peer;
use crate::routing::About;
use crate::sign_in::verified;
use crate::state::{App, Shared};

/// The paths of the pages, as they are matched.
static PATHS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| entries().into_iter().map(|page| page.path).collect());

/// Whether a request is for a page.
pub(crate) fn is_page(request: &Request) -> bool {
    let matched = request.extensions().get::<MatchedPath>();
    matched.is_some_and(|path| PATHS.contains(path.as_str()))
}

/// Every page.
pub(crate) fn pages(app: &Shared) -> Router<Shared> {
    router(&app.dashboard).layer(from_fn_with_state(app.clone(), around)).with_state(())
}

/// Says who a token in the header speaks for, and where the request comes from; what was seen goes into the audit log.
async fn around(
    State(app): State<Shared>,
    mut request: Request,
    next: Next,
) -> ApiResult<Response> {
    let path = request.uri().clone();
    let peer = request.extensions().get::<Peer>().copied().unwrap_or_default();
    request.extensions_mut().insert(Household(peer.household()));
    if let Some(bearer) = bearer(&app, request.headers()).await? {
        request.extensions_mut().insert(bearer);
    }
    let mut response = next.run(request).await;
    let is_off = response.status() == StatusCode::NOT_FOUND
        && !response.headers().contains_key(header::CONTENT_TYPE);
    if is_off {
        return Ok(no_route(path).await.into_response());
    }
    if let Some(Seen { actor, students, writes }) = response.extensions_mut().remove::<Seen>() {
        response.extensions_mut().insert(Caller::of_page(&actor));
        response.extensions_mut().insert(About { students, writes });
    }
    Ok(response)
}

/// The person whom a token of the platform speaks for, by the id under which what is theirs is stored.
async fn bearer(app: &App, headers: &HeaderMap) -> ApiResult<Option<Bearer>> {
    if app.jwt.is_none() || !headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let user = verified(app, headers).await?;
    let now = app.store.student_now(&user.user_id).await?;
    let user = user.stored_as(now);
    Ok(Some(Bearer { person: user.person, user_id: user.user_id }))
}
