//! A sign-in at an identity provider, from the browser's leaving to its coming back (OpenID Connect, authorization code
//! with PKCE): all that has to be remembered is one secret in a cookie, from which state, nonce and verifier follow.

use axum::http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use seedtest_digest::keyed_hex;

use crate::cookies::Cookie;
use crate::local_path::local_path;
use crate::render::segment;
use crate::secrets::{same, secret};
use crate::session::HOME;
use crate::state::Dashboard;

/// A sign-in at an identity provider that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFlow {
    /// What comes back with the browser, and only with the one that left.
    pub state: String,
    /// What the provider puts into the token it makes.
    pub nonce: String,
    /// What shows the provider that who asks for the token is who sent the browser; 64 characters (RFC 7636).
    pub verifier: String,
    /// Where somebody gets who has signed in.
    pub next: String,
}

impl ProviderFlow {
    fn of(secret: &str, next: &str) -> Self {
        let of = |what: &str| keyed_hex(secret.as_bytes(), &[what, next]);
        Self {
            state: format!("{}.{}", of("state"), segment(next)),
            nonce: of("nonce"),
            verifier: of("verifier"),
            next: next.to_owned(),
        }
    }

    /// Begins one; with the header that gives the browser its cookie.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn begin(
        dashboard: &Dashboard,
        next: Option<&str>,
    ) -> Result<(Self, Option<HeaderValue>), getrandom::Error> {
        let secret = secret()?;
        let cookie = Cookie::Provider.set(&secret, dashboard.config.secure);
        Ok((Self::of(&secret, next.and_then(local_path).unwrap_or(HOME)), cookie))
    }

    /// The one that a browser comes back from; `None` = it did not leave from here, or long ago.
    pub fn resume(dashboard: &Dashboard, headers: &HeaderMap, state: &str) -> Option<Self> {
        let secret = Cookie::Provider.find(headers, dashboard.config.secure)?;
        Self::known(&secret, state)
    }

    fn known(secret: &str, state: &str) -> Option<Self> {
        let (_, next) = state.split_once('.')?;
        let next = percent_decode_str(next).decode_utf8().ok()?;
        let flow = Self::of(secret, local_path(&next)?);
        same(&flow.state, state).then_some(flow)
    }

    /// The header that takes the cookie away.
    pub fn end(dashboard: &Dashboard) -> Option<HeaderValue> {
        Cookie::Provider.clear(dashboard.config.secure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_back_is_who_left_and_goes_where_they_wanted_to() {
        let (one, other) = (secret().unwrap(), secret().unwrap());
        let flow = ProviderFlow::of(&one, "/classes/7%20a?week=2025-03-10");
        assert_eq!(ProviderFlow::known(&one, &flow.state), Some(flow.clone()));
        assert_eq!(ProviderFlow::known(&other, &flow.state), None);
        assert_eq!(ProviderFlow::known(&one, ""), None);
        let (mac, _) = flow.state.split_once('.').unwrap();
        for elsewhere in ["%2F%2Fevil.example", "%2Fhome", "https%3A%2F%2Fevil.example"] {
            assert_eq!(
                ProviderFlow::known(&one, &format!("{mac}.{elsewhere}")),
                None,
                "{elsewhere}"
            );
        }
        assert!(flow.nonce != flow.verifier && flow.verifier.len() == 64);
    }
}
