//! One's own account: password, language, other browsers.

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};
use seedtest_pipeline::Lang;
use seedtest_store::{Account, StoredSession};
use serde::Serialize;

use super::sign_in::verified;
use crate::accounts::lang_of;
use crate::fields::Fields;
use crate::pages::shown_at;
use crate::passwords;
use crate::refusal::{PageResult, Refusal};
use crate::render::{page_with, see_other};
use crate::session::{self, Household, Of};
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// The account of the visitor; who has none has nothing to change here.
async fn own(dashboard: &Dashboard, visitor: &Visitor) -> PageResult<Option<Account>> {
    let account_id = visitor.signed_in().and_then(|known| known.account_id.as_deref());
    match account_id {
        Some(account_id) => Ok(dashboard.store.account(account_id).await?),
        None => Ok(None),
    }
}

async fn own_or_refused(dashboard: &Dashboard, visitor: &Visitor) -> PageResult<Account> {
    own(dashboard, visitor).await?.ok_or_else(Refusal::not_found)
}

pub(super) async fn show(State(dashboard): State<Shared>, visitor: Visitor) -> PageResult {
    let account = own(&dashboard, &visitor).await?;
    form(&dashboard, &visitor, account.as_ref(), StatusCode::OK, None).await
}

/// A browser that is signed in, as its owner sees it.
#[derive(Serialize)]
struct OpenSession {
    /// What it is ended by; it opens nothing.
    id: String,
    began: String,
    seen: String,
    is_this: bool,
}

/// The browsers in which somebody is signed in, the one that was seen last first.
async fn open_sessions(
    dashboard: &Dashboard,
    visitor: &Visitor,
    account: &Account,
) -> PageResult<Vec<OpenSession>> {
    let (store, now) = (&dashboard.store, dashboard.clock.now());
    let idle = dashboard.config.idle;
    let is_open = |of: &StoredSession| now < of.expires_at && now < of.seen_at + idle;
    let this = visitor.signed_in().and_then(|known| known.session.as_deref());
    let session = |of: StoredSession| OpenSession {
        began: shown_at(store, of.created_at),
        seen: shown_at(store, of.seen_at),
        is_this: Some(of.digest.as_str()) == this,
        id: of.digest,
    };
    let all = store.sessions_of(&account.account_id).await?;
    Ok(all.into_iter().filter(is_open).map(session).collect())
}

async fn form(
    dashboard: &Dashboard,
    visitor: &Visitor,
    account: Option<&Account>,
    status: StatusCode,
    word: Option<&str>,
) -> PageResult {
    let sessions = match account {
        Some(account) => open_sessions(dashboard, visitor, account).await?,
        None => Vec::new(),
    };
    let values = context! {
        sessions => Value::from(Serde(&sessions)),
        login => account.map(|account| account.login.as_str()),
        has_password => account.is_some_and(|account| account.password_hash.is_some()),
        own_lang => account.and_then(lang_of).map(Lang::tag),
        word => word,
        shortest => passwords::SHORTEST,
    };
    page_with(dashboard, visitor, status, "account/own.html", values)
}

/// Another password, for who knows the one before; every other browser is signed out.
pub(super) async fn change_password(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    household: Option<Extension<Household>>,
    fields: Fields,
) -> PageResult {
    let account = own_or_refused(&dashboard, &visitor).await?;
    let Extension(household) = household.unwrap_or_default();
    let before = fields.get("old_password").unwrap_or_default();
    let again = |word| {
        let refused = StatusCode::UNPROCESSABLE_ENTITY;
        form(&dashboard, &visitor, Some(&account), refused, Some(word))
    };
    if account.password_hash.is_some()
        && let Err(refused) = verified(&dashboard, &household, &account.login, before).await
    {
        return if refused.status == StatusCode::UNAUTHORIZED {
            again("password.wrong").await
        } else {
            Err(refused)
        };
    }
    let new = fields.get("new_password").unwrap_or_default();
    if let Err(fault) = passwords::check(new, &account.login) {
        return again(fault.word()).await;
    }
    if fields.get("repeated_password") != Some(new) {
        return again("password.differs").await;
    }
    let hash = dashboard.passwords.hash(new.to_owned()).await?;
    let mut tx = dashboard.store.begin().await?;
    tx.set_password_hash(&account.account_id, &hash).await?;
    let secret = session::add(&mut tx, &dashboard, Of::account(&account.account_id)).await?;
    tx.commit().await?;
    tracing::info!(target: "seedtest::audit", login = account.login, "changed the password");
    let mut response = see_other("/account");
    session::give(&dashboard, &mut response, &secret);
    Ok(response)
}

/// Another language; none = what the browser asks for.
pub(super) async fn change_language(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    fields: Fields,
) -> PageResult {
    let mut account = own_or_refused(&dashboard, &visitor).await?;
    account.lang = match fields.text("lang") {
        None => None,
        Some(tag) => {
            let lang: Result<Lang, _> = tag.parse();
            let lang = lang.map_err(|_| Refusal::invalid("lang", "account.no_language"))?;
            Some(lang.tag().to_owned())
        }
    };
    let mut tx = dashboard.store.begin().await?;
    tx.change_account(&account).await?;
    tx.commit().await?;
    Ok(see_other("/account"))
}

/// Signs out one browser of the account; of another account there is none.
pub(super) async fn end_session(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    fields: Fields,
) -> PageResult {
    let account = own_or_refused(&dashboard, &visitor).await?;
    let digest = fields.get("session").unwrap_or_default();
    let mut tx = dashboard.store.begin().await?;
    let ended = tx.end_session_of(&account.account_id, digest).await?;
    tx.commit().await?;
    if ended == 0 {
        return Err(Refusal::not_found());
    }
    Ok(see_other("/account"))
}

/// Signs out every other browser.
pub(super) async fn end_other_sessions(
    State(dashboard): State<Shared>,
    visitor: Visitor,
) -> PageResult {
    let known = visitor.signed_in().ok_or_else(Refusal::signed_out)?;
    let ids = known.account_id.as_deref().zip(known.session.as_deref());
    let (account_id, session) = ids.ok_or_else(Refusal::not_found)?;
    let mut tx = dashboard.store.begin().await?;
    tx.end_other_sessions(account_id, session).await?;
    tx.commit().await?;
    Ok(see_other("/account"))
}
