//! Who calls the model routes: the tokens of the contract, in every header form.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use subtle::{Choice, ConstantTimeEq};

use crate::bearer::bearer;
use crate::config::Token;
use crate::error::{ApiError, ApiResult, Code};
use crate::peer::Peer;
use crate::state::App;

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Name for logs and the ledger.
    pub(crate) name: String,
    /// What requests are counted by.
    pub(crate) key: String,
}

impl Caller {
    /// A user of the platform.
    pub(crate) fn user(user_id: &str) -> Self {
        let name = format!("user {user_id}");
        Self { key: name.clone(), name }
    }
}

/// Who calls a route of internal callers: anybody when no token is set, else who carries one.
pub(crate) fn internal_caller(app: &App, request: &Request) -> ApiResult<Caller> {
    let peer = request.extensions().get::<Peer>().copied().unwrap_or_default();
    identify(&app.config.tokens, request.headers(), peer)
}

fn identify(tokens: &[Token], headers: &HeaderMap, peer: Peer) -> ApiResult<Caller> {
    if tokens.is_empty() {
        let key = peer.to_string();
        return Ok(Caller { name: format!("anonymous at {key}"), key });
    }
    let presented = presented(headers);
    if presented.is_empty() {
        return Err(ApiError::new(Code::Unauthorized, "missing token")
            .hint("send Authorization: Bearer TOKEN or X-Internal-Token: TOKEN"));
    }
    for secret in presented {
        if let Some(token) = matching(tokens, secret) {
            return Ok(Caller { name: token.name.clone(), key: token.name.clone() });
        }
    }
    Err(ApiError::new(Code::Unauthorized, "invalid token"))
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

/// Compares with every token in a time that does not depend on where they differ.
fn matching<'a>(tokens: &'a [Token], secret: &[u8]) -> Option<&'a Token> {
    let mut found = None;
    for token in tokens {
        let equal: Choice = token.secret.as_bytes().ct_eq(secret);
        if bool::from(equal) && found.is_none() {
            found = Some(token);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Vec<Token> {
        ["one", "two"].map(|t| Token { name: t.to_uppercase(), secret: t.into() }).into()
    }

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
    }

    #[test]
    fn every_header_form_opens() {
        for (name, value) in [
            ("authorization", "Bearer two"),
            ("authorization", "bearer  two "),
            ("x-internal-token", "two"),
        ] {
            let caller = identify(&tokens(), &with(name, value), Peer::default()).unwrap();
            assert_eq!(caller.name, "TWO");
        }
    }

    #[test]
    fn everything_else_does_not() {
        for (name, value) in [
            ("authorization", "two"),
            ("authorization", "Bearer"),
            ("authorization", "Bearertwo"),
            ("authorization", "Basic two"),
            ("authorization", "Bearer tw"),
            ("authorization", "Bearer two2"),
            ("x-internal-token", ""),
            ("x-other", "two"),
        ] {
            let refused = identify(&tokens(), &with(name, value), Peer::default()).unwrap_err();
            assert_eq!(refused.code, Code::Unauthorized, "{name}: {value}");
        }
        let mut both = with("authorization", "Bearer wrong");
        both.insert("x-internal-token", HeaderValue::from_static("one"));
        assert!(identify(&tokens(), &both, Peer::default()).is_ok());
    }

    #[test]
    fn without_tokens_everybody_is_let_in() {
        assert!(identify(&[], &HeaderMap::new(), Peer::default()).is_ok());
    }
}
