//! Whether a session is open, for scripts of pages that were opened in an earlier one.

use axum::Json;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::refusal::PageResult;
use crate::visitor::Visitor;

#[derive(Serialize)]
struct Session<'v> {
    /// What requests of scripts have to carry; `None` = nobody is signed in.
    csrf: Option<&'v str>,
}

/// The token of the session that is open now. No page of another site can read the answer.
pub(super) async fn now(visitor: Visitor) -> PageResult {
    let csrf = visitor.signed_in().map(|_| visitor.form_token());
    Ok(Json(Session { csrf }).into_response())
}
