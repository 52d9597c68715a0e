//! Sessions: from a cookie to the person, and from a sign-in to a cookie.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use seedtest_pipeline::{Person, Role};
use seedtest_store::{Store, StoredSession, Tx};
use serde_json::Value as Json;

use crate::accounts::lang_of;
use crate::cookies::Cookie;
use crate::guard::{has_token, is_same_site};
use crate::local_path::local_path;
use crate::refusal::{PageResult, Refusal};
use crate::render::see_other;
use crate::secrets;
use crate::state::Dashboard;
use crate::visitor::SignedIn;

/// A session is said to have been seen at most so often: a page is no write.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The address or network a request comes from, set by the service: wrong passwords are counted by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Household(pub String);

/// Somebody whom a token in the header of the request speaks for, set by the service, which has verified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// What they may see.
    pub person: Person,
    /// Their id in the token.
    pub user_id: String,
}

/// Somebody whom a token of the platform or of an identity provider speaks for, and who is to stay signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Their account here; `None` = the token says what they may see.
    pub account_id: Option<String>,
    /// Without an account: their id in the token.
    pub user_id: String,
    /// Without an account: what they may see.
    pub person: Person,
    /// Name to show.
    pub name: String,
}

impl From<Bearer> for SignedIn {
    fn from(bearer: Bearer) -> Self {
        Self {
            person: bearer.person,
            actor: actor_of_user(&bearer.user_id),
            name: bearer.user_id,
            account_id: None,
            session: None,
            lang: None,
        }
    }
}

/// As the service calls a user of the platform.
fn actor_of_user(user_id: &str) -> String {
    format!("user {user_id}")
}

/// Whoever reaches pages that are open to everybody.
pub(crate) fn visitor_of_demo() -> SignedIn {
    SignedIn {
        person: Person::of_role(Role::Operator),
        name: "demo".into(),
        actor: "demo".into(),
        account_id: None,
        session: None,
        lang: None,
    }
}

/// Who is signed in by the cookie of a request, and the secret of the session. A session that is over, or whose account
/// was disabled, is nobody's.
pub(crate) async fn find(
    dashboard: &Dashboard,
    headers: &HeaderMap,
) -> Result<Option<(SignedIn, String)>, seedtest_store::Error> {
    let Some(secret) = Cookie::Session.find(headers, dashboard.config.secure) else {
        return Ok(None);
    };
    let digest = secrets::digest(&secret);
    let Some(session) = dashboard.store.web_session(&digest).await? else { return Ok(None) };
    let now = dashboard.clock.now();
    if now >= session.expires_at || now >= session.seen_at + dashboard.config.idle {
        return Ok(None);
    }
    let seen = now - session.seen_at >= SEEN_EVERY;
    let Some(known) = signed_in_by(&dashboard.store, session).await? else { return Ok(None) };
    if seen {
        touch(&dashboard.store, &digest, now).await?;
    }
    Ok(Some((known, secret)))
}

async fn signed_in_by(
    store: &Store,
    session: StoredSession,
) -> Result<Option<SignedIn>, seedtest_store::Error> {
    let digest = session.digest;
    if let Some(account_id) = &session.account_id {
        let account = store.account(account_id).await?;
        let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
            return Ok(None);
        };
        return Ok(Some(SignedIn {
            person: Person::of_account(&account),
            actor: format!("account {}", account.login),
            lang: lang_of(&account),
            name: account.name,
            account_id: session.account_id,
            session: Some(digest),
        }));
    }
    let Some((user_id, claims)) = session.user_id.zip(session.claims) else { return Ok(None) };
    // What another version wrote is signed in to again.
    let Ok(claims) = serde_json::from_value::<Claims>(claims) else { return Ok(None) };
    Ok(Some(SignedIn {
        person: claims.person,
        actor: actor_of_user(&user_id),
        name: claims.name,
        account_id: None,
        session: Some(digest),
        lang: None,
    }))
}

async fn touch(
    store: &Store,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<(), seedtest_store::Error> {
    let mut tx = store.begin().await?;
    tx.touch_session(digest, now).await?;
    tx.commit().await
}

/// What a session keeps of somebody without an account.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Claims {
    person: Person,
    name: String,
}

/// Signs somebody in: a new session under a new secret, whatever the browser had before, and on to `next`.
///
/// # Errors
/// When the database refuses; as a response.
pub async fn signed_in(
    dashboard: &Dashboard,
    headers: &HeaderMap,
    who: SignIn,
    next: Option<&str>,
) -> Result<Response, Response> {
    use axum::response::IntoResponse;
    let claims = match who.account_id {
        Some(_) => None,
        None => Some(Claims { person: who.person, name: who.name }),
    };
    let begun = async {
        let claims = claims.map(serde_json::to_value).transpose();
        let claims = claims.map_err(|error| Refusal::internal(&error))?;
        let user_id = Some(who.user_id).filter(|_| who.account_id.is_none());
        let secret =
            begin(dashboard, headers, Of { account_id: who.account_id, user_id, claims }).await?;
        let mut response = see_other(next.and_then(local_path).unwrap_or(HOME));
        give(dashboard, &mut response, &secret);
        Ok(response)
    };
    begun.await.map_err(|refused: Refusal| refused.into_response())
}

/// Where somebody gets who signs in to nothing in particular.
pub(crate) const HOME: &str = "/home";

/// Whose session it is to be.
pub(crate) struct Of {
    pub(crate) account_id: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) claims: Option<Json>,
}

impl Of {
    pub(crate) fn account(account_id: &str) -> Self {
        Self { account_id: Some(account_id.to_owned()), user_id: None, claims: None }
    }
}

/// Begins a session; the one the browser had ends. Gives the secret for its cookie.
pub(crate) async fn begin(
    dashboard: &Dashboard,
    headers: &HeaderMap,
    of: Of,
) -> PageResult<String> {
    let mut tx = dashboard.store.begin().await?;
    if let Some(before) = Cookie::Session.find(headers, dashboard.config.secure) {
        tx.end_session(&secrets::digest(&before)).await?;
    }
    let secret = add(&mut tx, dashboard, of).await?;
    tx.commit().await?;
    Ok(secret)
}

pub(crate) async fn add(tx: &mut Tx, dashboard: &Dashboard, of: Of) -> PageResult<String> {
    let secret = secrets::secret()?;
    // The database keeps microseconds.
    let now = dashboard.clock.now().trunc_subsecs(6);
    let session = StoredSession {
        digest: secrets::digest(&secret),
        account_id: of.account_id,
        user_id: of.user_id,
        claims: of.claims,
        created_at: now,
        seen_at: now,
        expires_at: now + dashboard.config.longest,
    };
    tx.add_session(&session).await?;
    tx.forget_sessions(now, now - dashboard.config.idle).await?;
    Ok(secret)
}

/// Puts the cookie of a new session into an answer.
pub(crate) fn give(dashboard: &Dashboard, response: &mut Response, secret: &str) {
    let secure = dashboard.config.secure;
    add_cookie(response, Cookie::Session.set(secret, secure));
    add_cookie(response, Cookie::Guest.clear(secure));
}

/// Takes the cookie of a session away.
pub(crate) fn take(dashboard: &Dashboard, response: &mut Response) {
    add_cookie(response, Cookie::Session.clear(dashboard.config.secure));
    // What the browser keeps of the pages of one person is not for the next one.
    let value = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert(header::HeaderName::from_static("clear-site-data"), value);
}

pub(crate) fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Who calls a route of the service from a page: by the cookie of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCaller {
    /// What they may see.
    pub person: Person,
    /// Their name in the log and in the ledger.
    pub actor: String,
}

/// Why a call with the cookie of a session is not answered.
#[derive(Debug, thiserror::Error)]
pub enum SessionFault {
    /// It would change something, and none of our own pages sent it.
    #[error("a call that changes something needs the token of a page")]
    ForeignPage,
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] seedtest_store::Error),
}

/// Who calls with the cookie of a session; `None` = nobody does. What would change something has to have the token of
/// one of our own pages.
///
/// # Errors
/// It has not, or the database refuses.
pub async fn session_caller(
    dashboard: &Dashboard,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<SessionCaller>, SessionFault> {
    let Some((known, secret)) = find(dashboard, headers).await? else { return Ok(None) };
    let changes = !matches!(*method, Method::GET | Method::HEAD);
    if changes && !(is_same_site(headers) && has_token(headers, &secrets::form_token(&secret))) {
        return Err(SessionFault::ForeignPage);
    }
    Ok(Some(SessionCaller { person: known.person, actor: known.actor }))
}

/// Of two waits the longer one.
pub(crate) fn longest_of(waits: [Option<Duration>; 2]) -> Option<Duration> {
    waits.into_iter().flatten().max()
}
