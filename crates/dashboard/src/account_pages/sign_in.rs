//! Signing in with a password, and signing out.

use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use minijinja::context;
use seedtest_pipeline::Person;
use seedtest_store::Account;
use serde::Deserialize;

use crate::accounts::{lang_of, login};
use crate::fields::Fields;
use crate::local_path::local_path;
use crate::refusal::{PageResult, Refusal};
use crate::render::{page, page_with, see_other};
use crate::resume::{self, Kept};
use crate::secrets::form_token;
use crate::session::{self, HOME, Household, Of, longest_of};
use crate::state::{Dashboard, Shared};
use crate::throttle;
use crate::visitor::{SignedIn, Visitor};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Target {
    #[serde(default)]
    next: String,
    /// What did not work at the identity provider.
    #[serde(default)]
    problem: String,
}

/// What `problem` says of somebody whom the provider knows and nobody here.
pub const NOT_KNOWN: &str = "not_known";

/// The form. Who is signed in is sent on.
pub(super) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    uri: Uri,
) -> PageResult {
    let target = Query::try_from_uri(&uri).map(|Query(target): Query<Target>| target);
    let target = target.unwrap_or_default();
    let next = local_path(&target.next).unwrap_or_default();
    let word = match target.problem.as_str() {
        "" => None,
        NOT_KNOWN => Some("account.not_known"),
        _ => Some("account.provider_failed"),
    };
    if visitor.signed_in().is_some() {
        return Ok(see_other(if next.is_empty() { HOME } else { next }));
    }
    let values = context! {
        next => next,
        login => "",
        word => word,
        about => context! {},
        provider => &dashboard.config.provider,
        resume_path => "",
        resume_fields => "",
    };
    page(&dashboard, &visitor, "account/sign_in.html", values)
}

/// Checks the password. A login that does not exist takes as long and is told the same as a wrong password.
pub(super) async fn check(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    household: Option<Extension<Household>>,
    headers: HeaderMap,
    fields: Fields,
) -> PageResult {
    let Extension(household) = household.unwrap_or_default();
    let typed = fields.get("login").unwrap_or_default();
    let kept = Kept::of(&fields);
    let password = fields.get("password").unwrap_or_default();
    let refused = match verified(&dashboard, &household, typed, password).await {
        Ok(account) => return begin(&dashboard, &visitor, &headers, &account, &fields, kept).await,
        Err(refused) => refused,
    };
    if refused.status.is_server_error() {
        return Err(refused);
    }
    let about: std::collections::BTreeMap<_, _> = refused.about.iter().cloned().collect();
    let values = context! {
        next => fields.get("next").and_then(local_path).unwrap_or_default(),
        login => typed,
        word => refused.word,
        about => about,
        provider => &dashboard.config.provider,
        resume_path => kept.as_ref().map_or("", Kept::path),
        resume_fields => kept.as_ref().map_or(String::new(), Kept::text),
    };
    let mut page = page_with(&dashboard, &visitor, refused.status, "account/sign_in.html", values)?;
    if let Some(wait) = refused.retry_after {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        page.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
    }
    Ok(page)
}

/// The account of a login and its password.
pub(super) async fn verified(
    dashboard: &Dashboard,
    household: &Household,
    typed: &str,
    password: &str,
) -> PageResult<Account> {
    use throttle::Of::{Address, Login};
    let wrong = || Refusal::new(StatusCode::UNAUTHORIZED, "account.wrong");
    let login = login(typed).map_err(|_| wrong())?;
    let throttle = &dashboard.throttle;
    let waits = [throttle.wait(Login, &login), throttle.wait(Address, &household.0)];
    if let Some(wait) = longest_of(waits) {
        tracing::warn!(target: "seedtest::audit", login, address = household.0, "sign-in refused: too many attempts");
        return Err(Refusal::wait(wait));
    }
    throttle.attempt(Login, &login);
    throttle.attempt(Address, &household.0);
    let account = dashboard.store.account_of_login(&login).await?;
    let account = account.filter(|account| account.disabled_at.is_none());
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = dashboard.passwords.is_right(password.to_owned(), hash).await?;
    let Some(account) = account.filter(|_| is_right) else {
        tracing::warn!(target: "seedtest::audit", login, address = household.0, "sign-in refused");
        return Err(wrong());
    };
    throttle.right(Login, &login);
    throttle.right(Address, &household.0);
    tracing::info!(target: "seedtest::audit", login, address = household.0, "signed in");
    Ok(account)
}

/// The session, and on to where somebody wanted to go; a form that came too late is shown first.
async fn begin(
    dashboard: &Dashboard,
    visitor: &Visitor,
    headers: &HeaderMap,
    account: &Account,
    fields: &Fields,
    kept: Option<Kept>,
) -> PageResult {
    let secret = session::begin(dashboard, headers, Of::account(&account.account_id)).await?;
    let mut response = match kept {
        Some(kept) => {
            let now = as_signed_in(dashboard, visitor, account, &secret);
            resume::offer(dashboard, &now, &kept)?
        }
        None => see_other(fields.get("next").and_then(local_path).unwrap_or(HOME)),
    };
    session::give(dashboard, &mut response, &secret);
    Ok(response)
}

/// The visitor of the session that has just begun: the page that answers the sign-in has forms of it.
fn as_signed_in(
    dashboard: &Dashboard,
    visitor: &Visitor,
    account: &Account,
    secret: &str,
) -> Visitor {
    let person = Person::of_account(account);
    let sees_risk = dashboard.config.risk_readers.include(person.role);
    let known = SignedIn {
        person,
        name: account.name.clone(),
        actor: format!("account {}", account.login),
        account_id: Some(account.account_id.clone()),
        session: Some(crate::secrets::digest(secret)),
        lang: lang_of(account),
    };
    let lang = known.lang.unwrap_or(visitor.lang());
    Visitor::new(Some(known), lang, &form_token(secret), sees_risk)
}

/// Ends the session.
pub(super) async fn leave(
    State(dashboard): State<Shared>,
    visitor: Visitor,
) -> PageResult<Response> {
    if let Some(digest) = visitor.signed_in().and_then(|known| known.session.as_deref()) {
        let mut tx = dashboard.store.begin().await?;
        tx.end_session(digest).await?;
        tx.commit().await?;
    }
    let mut response = see_other("/sign-in");
    session::take(&dashboard, &mut response);
    Ok(response)
}
