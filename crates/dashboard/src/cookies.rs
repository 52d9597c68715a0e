//! Cookies of the pages, each with one secret.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::secrets::is_secret;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The session of somebody who signed in.
    Session,
    /// A browser whose forms are to be its own before anybody signs in.
    Guest,
    /// A browser that is on its way to an identity provider and back.
    Provider,
}

impl Cookie {
    /// Over TLS a name that no page of a neighbouring host can set (`__Host-`, RFC 6265bis).
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-seedtest_session",
            (Self::Session, false) => "seedtest_session",
            (Self::Guest, true) => "__Host-seedtest_guest",
            (Self::Guest, false) => "seedtest_guest",
            (Self::Provider, true) => "__Host-seedtest_provider",
            (Self::Provider, false) => "seedtest_provider",
        }
    }

    /// The secret in the cookie, where it holds one. Of two of a name neither counts.
    pub(crate) fn find(self, headers: &HeaderMap, secure: bool) -> Option<String> {
        let name = self.name(secure);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        let mut values =
            pairs.filter(|(found, _)| found.trim() == name).map(|(_, value)| value.trim());
        let value = values.next().filter(|value| is_secret(value))?;
        values.next().is_none().then(|| value.to_owned())
    }

    /// The header that gives a browser the cookie until it is closed; that of a way to a provider for ten minutes.
    pub(crate) fn set(self, secret: &str, secure: bool) -> Option<HeaderValue> {
        let age = if self == Self::Provider { "; Max-Age=600" } else { "" };
        self.header(secret, age, secure)
    }

    /// The header that takes it away.
    pub(crate) fn clear(self, secure: bool) -> Option<HeaderValue> {
        self.header("", "; Max-Age=0", secure)
    }

    fn header(self, value: &str, age: &str, secure: bool) -> Option<HeaderValue> {
        let (name, secure) = (self.name(secure), if secure { "; Secure" } else { "" });
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
        HeaderValue::from_str(&text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut all = HeaderMap::new();
        for line in lines {
            all.append(header::COOKIE, HeaderValue::from_static(line));
        }
        all
    }

    const ONE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn a_cookie_is_found_among_others_and_not_by_half_its_name() {
        let line = "a=1; seedtest_session=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef ;b=2";
        assert_eq!(Cookie::Session.find(&headers(&[line]), false).as_deref(), Some(ONE));
        assert_eq!(Cookie::Guest.find(&headers(&[line]), false), None);
        assert_eq!(Cookie::Session.find(&headers(&[line]), true), None);
    }

    #[test]
    fn of_two_neither_counts_and_what_was_not_made_here_is_none() {
        let line =
            "seedtest_session=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        assert_eq!(Cookie::Session.find(&headers(&[line, line]), false), None);
        assert_eq!(Cookie::Session.find(&headers(&["seedtest_session=abc"]), false), None);
        assert_eq!(Cookie::Session.find(&headers(&["seedtest_session=../../x"]), false), None);
    }

    #[test]
    fn scripts_do_not_see_it_and_other_sites_do_not_send_it() {
        let plain = Cookie::Session.set(ONE, false).unwrap();
        assert_eq!(
            plain.to_str().unwrap(),
            format!("seedtest_session={ONE}; Path=/; HttpOnly; SameSite=Lax")
        );
        let secure = Cookie::Session.set(ONE, true).unwrap();
        assert!(secure.to_str().unwrap().starts_with("__Host-"));
        assert!(secure.to_str().unwrap().ends_with("; Secure"));
        assert!(Cookie::Guest.clear(false).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }
}
