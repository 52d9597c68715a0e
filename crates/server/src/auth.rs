//! Who calls the model routes: the tokens of the contract, in every header form, or a browser that is signed in.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use seedtest_dashboard::SessionCaller;

use crate::bearer::bearer;
use crate::error::{ApiError, ApiResult, Code};
use crate::peer::Peer;
use crate::routing::TokenScope;
use crate::sign_in::session;
use crate::state::App;
use crate::tokens::KnownToken;

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Name for logs and the ledger.
    pub(crate) name: String,
    /// What requests are counted by.
    pub(crate) key: String,
    /// What the token of an internal caller opens.
    scopes: Vec<TokenScope>,
}

impl Caller {
    /// A user of the platform.
    pub(crate) fn user(user_id: &str) -> Self {
        let name = format!("user {user_id}");
        Self { key: name.clone(), name, scopes: Vec::new() }
    }

    /// Somebody at an address, where no token is set: the owner of the machine, as far as the service
    /// knows.
    fn anonymous(peer: Peer) -> Self {
        let (name, key) = (format!("anonymous at {peer}"), peer.household());
        Self { name, key, scopes: TokenScope::ALL.into() }
    }

    /// Somebody at the pages, by their name there.
    pub(crate) fn of_page(actor: &str) -> Self {
        Self { name: actor.to_owned(), key: actor.to_owned(), scopes: Vec::new() }
    }

    /// Somebody who is signed in in a browser, and who calls a route of internal callers: operators may what any token
    /// may.
    fn of_session(caller: &SessionCaller) -> Self {
        let all = if caller.person.sees_everything() { TokenScope::ALL.into() } else { Vec::new() };
        Self { scopes: all, ..Self::of_page(&caller.actor) }
    }

    fn with_token(token: &KnownToken) -> Self {
        Self { name: token.name.clone(), key: token.name.clone(), scopes: token.scopes.clone() }
    }

    /// Whether the caller sees the runs of all.
    pub(crate) fn is_operator(&self) -> bool {
        self.scopes.contains(&TokenScope::Operator)
    }

    /// Refuses a caller whose token has none of these scopes.
    pub(crate) fn require(&self, scopes: &[TokenScope]) -> ApiResult<()> {
        if scopes.iter().any(|scope| self.scopes.contains(scope)) {
            return Ok(());
        }
        let named: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        let hint = format!("the token needs one of the scopes {}", named.join(", "));
        Err(ApiError::new(Code::InsufficientScope, "insufficient_scope").hint(hint))
    }
}

/// Who calls a route of internal callers: anybody where the service is open, else who carries a token that holds, or an
/// operator who is signed in in a browser.
pub(crate) async fn internal_caller(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    peer: Peer,
) -> ApiResult<Caller> {
    let presented = presented(headers);
    if presented.is_empty()
        && let Some(caller) = session(app, method, headers).await?
    {
        return Ok(Caller::of_session(&caller));
    }
    if app.tokens.are_none() && !presented.is_empty() {
        // The first token may be a moment old, and what its bearer begins now is asked for by name later.
        app.tokens.look_again(&app.store).await;
    }
    if app.is_open() {
        return Ok(Caller::anonymous(peer));
    }
    if presented.is_empty() {
        return Err(ApiError::new(Code::Unauthorized, "missing token")
            .hint("send Authorization: Bearer TOKEN or X-Internal-Token: TOKEN"));
    }
    let now = app.config.clock.now();
    if let Some(token) = app.tokens.matching(&presented, now) {
        return Ok(Caller::with_token(&token));
    }
    // One that was added a moment ago.
    app.tokens.look_again(&app.store).await;
    let token = app.tokens.matching(&presented, now);
    let token = token.ok_or_else(|| {
        ApiError::new(Code::Unauthorized, "invalid token")
            .hint("the token is unknown, has expired or was revoked")
    })?;
    Ok(Caller::with_token(&token))
}

/// Whether a request carries anything that is meant to open a route.
pub(crate) fn has_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key("x-internal-token")
}

/// Every token a request carries: the bearer token in any case of the word, and the header of
/// internal callers.
fn presented(headers: &HeaderMap) -> Vec<&[u8]> {
    let bearer =
        headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| bearer(value.as_bytes()));
    let internal = headers.get_all("x-internal-token").iter().map(HeaderValue::as_bytes);
    bearer.chain(internal).map(<[u8]>::trim_ascii).filter(|token| !token.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
    }

    #[test]
    fn every_header_form_carries_a_token() {
        for (name, value) in [
            ("authorization", "Bearer two"),
            ("authorization", "bearer  two "),
            ("x-internal-token", "two"),
        ] {
            assert_eq!(presented(&with(name, value)), [b"two"], "{name}: {value}");
        }
        let mut both = with("authorization", "Bearer wrong");
        both.insert("x-internal-token", HeaderValue::from_static("one"));
        assert_eq!(presented(&both), [&b"wrong"[..], &b"one"[..]]);
    }

    #[test]
    fn everything_else_carries_none() {
        for (name, value) in [
            ("authorization", "two"),
            ("authorization", "Bearer"),
            ("authorization", "Bearertwo"),
            ("authorization", "Basic two"),
            ("x-internal-token", ""),
            ("x-other", "two"),
        ] {
            assert!(presented(&with(name, value)).is_empty(), "{name}: {value}");
        }
    }
}
