//! The page of a link that sets the password of an account. The secret of the link is all it takes; it works once.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use minijinja::context;
use seedtest_store::{Account, Invitation};

use crate::cookies::Cookie;
use crate::fields::Fields;
use crate::passwords;
use crate::refusal::{PageResult, Refusal};
use crate::render::{page_with, see_other};
use crate::secrets::{digest, is_secret};
use crate::session::{self, HOME, Of};
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// Asks for a password, and changes nothing: programs open the links of letters, too.
pub(super) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(secret): Path<String>,
) -> PageResult {
    let (_, account) = invited(&dashboard, &secret).await?;
    form(&dashboard, &visitor, &account, StatusCode::OK, None)
}

fn form(
    dashboard: &Dashboard,
    visitor: &Visitor,
    account: &Account,
    status: StatusCode,
    word: Option<&str>,
) -> PageResult {
    let values =
        context! { login => &account.login, word => word, shortest => passwords::SHORTEST };
    page_with(dashboard, visitor, status, "account/invitation.html", values)
}

/// The invitation of a link that still works, and its account. All others look the same.
async fn invited(dashboard: &Dashboard, secret: &str) -> PageResult<(Invitation, Account)> {
    let over = || Refusal::new(StatusCode::NOT_FOUND, "account.no_invitation");
    if !is_secret(secret) {
        return Err(over());
    }
    let found = dashboard.store.invitation(&digest(secret)).await?.ok_or_else(over)?;
    if dashboard.clock.now() >= found.expires_at {
        return Err(over());
    }
    let account = dashboard.store.account(&found.account_id).await?;
    let account = account.filter(|account| account.disabled_at.is_none()).ok_or_else(over)?;
    Ok((found, account))
}

/// Sets the password and signs in.
pub(super) async fn accept(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(secret): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> PageResult {
    let (invitation, account) = invited(&dashboard, &secret).await?;
    let new = fields.get("new_password").unwrap_or_default();
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    if let Err(fault) = passwords::check(new, &account.login) {
        return form(&dashboard, &visitor, &account, refused, Some(fault.word()));
    }
    if fields.get("repeated_password") != Some(new) {
        return form(&dashboard, &visitor, &account, refused, Some("password.differs"));
    }
    let hash = dashboard.passwords.hash(new.to_owned()).await?;
    let mut tx = dashboard.store.begin().await?;
    // Of two who use the link at once one is too late.
    if !tx.take_invitation(&invitation.digest, dashboard.clock.now()).await? {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "account.no_invitation"));
    }
    tx.set_password_hash(&account.account_id, &hash).await?;
    if let Some(before) = Cookie::Session.find(&headers, dashboard.config.secure) {
        tx.end_session(&digest(&before)).await?;
    }
    let session = session::add(&mut tx, &dashboard, Of::account(&account.account_id)).await?;
    tx.commit().await?;
    tracing::info!(target: "seedtest::audit", login = account.login, "accepted an invitation");
    let mut response = see_other(HOME);
    session::give(&dashboard, &mut response, &session);
    Ok(response)
}
