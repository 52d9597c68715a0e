//! Signing in at an identity provider (OpenID Connect Core 1.0, authorization code with PKCE, RFC 7636): the browser goes
//! there and comes back with a code, which the service turns into a signed token of who they are.

mod identity;
mod provider;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use seedtest_dashboard::{NOT_KNOWN, ProviderFlow, SignIn, signed_in};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::state::{App, Shared};
use identity::Identity;
pub(crate) use provider::Provider;
use provider::ProviderFault;

/// Where browsers leave to the provider.
const LEAVE: &str = "/sign-in/provider";
/// Where they come back.
const RETURN: &str = "/sign-in/provider/callback";

pub(crate) fn routes() -> Router<Shared> {
    Router::new().route(LEAVE, get(leave)).route(RETURN, get(come_back))
}

#[derive(Debug, Default, Deserialize)]
struct Target {
    next: Option<String>,
}

/// What an address says; of one that cannot be read nothing.
fn read<T: Default + DeserializeOwned>(uri: &Uri) -> T {
    Query::try_from_uri(uri).map(|Query(read)| read).unwrap_or_default()
}

async fn leave(State(app): State<Shared>, uri: Uri) -> Response {
    let Some(provider) = &app.provider else { return StatusCode::NOT_FOUND.into_response() };
    let target: Target = read(&uri);
    let begun = ProviderFlow::begin(&app.dashboard, target.next.as_deref());
    let (flow, cookie) = match begun {
        Ok(begun) => begun,
        Err(error) => return failed(&app, &error.into()),
    };
    match provider.address_for(&flow, &return_address(&app)).await {
        Ok(address) => to(&address, cookie),
        Err(fault) => failed(&app, &fault),
    }
}

/// The address of [`RETURN`] as browsers have it, which the provider knows.
fn return_address(app: &App) -> String {
    let base = app.dashboard.config.public_url.as_deref().unwrap_or_default();
    format!("{}{RETURN}", base.trim_end_matches('/'))
}

/// What the provider sends browsers back with.
#[derive(Debug, Default, Deserialize)]
struct Returned {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

async fn come_back(State(app): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    match enter(&app, read(&uri), &headers).await {
        Ok(mut response) => {
            add_cookie(&mut response, ProviderFlow::end(&app.dashboard));
            response
        }
        Err(fault) => failed(&app, &fault),
    }
}

async fn enter(
    app: &App,
    returned: Returned,
    headers: &HeaderMap,
) -> Result<Response, ProviderFault> {
    let provider = app.provider.as_ref().ok_or(ProviderFault::NoFlow)?;
    let flow = ProviderFlow::resume(&app.dashboard, headers, &returned.state);
    let flow = flow.ok_or(ProviderFault::NoFlow)?;
    if let Some(error) = returned.error {
        return Err(ProviderFault::Refused(error.chars().take(100).collect()));
    }
    let code = returned.code.ok_or(ProviderFault::NoFlow)?;
    let now = app.config.clock.now();
    let identity = provider.identity(&code, &flow, &return_address(app), now).await?;
    let who = known(app, identity).await?;
    tracing::info!(target: "seedtest::audit", name = who.name, "signed in by the provider");
    Ok(signed_in(&app.dashboard, headers, who, Some(&flow.next))
        .await
        .unwrap_or_else(|refused| refused))
}

/// Whom the installation knows by what the provider says: an account of that subject, one that was made for the address of
/// mail that the provider has verified, or somebody whose role the token names.
async fn known(app: &App, identity: Identity) -> Result<SignIn, ProviderFault> {
    let store = &app.store;
    let mut account = store.account_of_subject(&identity.subject).await?;
    if account.is_none()
        && let Some(mail) = &identity.verified_mail
    {
        account = store.account_of_login(&mail.to_lowercase()).await?;
        account = account.filter(|account| account.subject.is_none());
        if let Some(account) = account.as_ref().filter(|account| account.disabled_at.is_none()) {
            let mut tx = store.begin().await?;
            tx.set_subject(&account.account_id, &identity.subject).await?;
            tx.commit().await?;
        }
    }
    if let Some(account) = account {
        if account.disabled_at.is_some() {
            return Err(ProviderFault::NotKnown);
        }
        let person = seedtest_pipeline::Person::of_account(&account);
        let user_id = identity.subject.subject;
        return Ok(SignIn {
            account_id: Some(account.account_id),
            user_id,
            person,
            name: account.name,
        });
    }
    if !identity.names_role {
        return Err(ProviderFault::NotKnown);
    }
    let user_id = store.student_now(&identity.subject.subject).await?;
    let user = identity.principal.stored_as(user_id);
    Ok(SignIn { account_id: None, user_id: user.user_id, person: user.person, name: identity.name })
}

/// Back to the page where one signs in, which says what did not work.
fn failed(app: &App, fault: &ProviderFault) -> Response {
    tracing::warn!(target: "seedtest::audit", %fault, "a sign-in at the provider failed");
    let problem = if matches!(fault, ProviderFault::NotKnown) { NOT_KNOWN } else { "failed" };
    to(&format!("/sign-in?problem={problem}"), ProviderFlow::end(&app.dashboard))
}

fn to(address: &str, cookie: Option<HeaderValue>) -> Response {
    let Ok(address) = HeaderValue::from_str(address) else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, address);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    add_cookie(&mut response, cookie);
    response
}

fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
