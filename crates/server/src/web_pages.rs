//! A service that asks for no token is meant for programs of its own machine. Browsers of that machine
//! show pages of anybody: what such a page could send is refused here, by the name the service is called
//! by (a page may have pointed a name of its own at this address: DNS rebinding), by the origin of the
//! page, and by the type of the body, which no page can set without being asked first.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use seedtest_pipeline::UNSUBSCRIBE;

use crate::auth::has_credentials;
use crate::body::is_json;
use crate::config::Config;
use crate::error::{ApiError, ApiResult, Code};
use crate::health::ALIASES;
use crate::pages::is_page;
use crate::state::{App, Shared};

const INTERNAL_TOKEN: HeaderName = HeaderName::from_static("x-internal-token");
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Lets a request through that no page of somebody else can have sent, or that needs a token anyway.
pub(crate) async fn no_foreign_pages(
    State(app): State<Shared>,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    one_of_each(request.headers())?;
    if request.version() == Version::HTTP_11 && !request.headers().contains_key(header::HOST) {
        return Err(ApiError::new(Code::Malformed, "the header host is missing").hint("send it"));
    }
    let is_page = is_page(&request);
    let is_open = is_open(&app, request.headers()) || is_page && app.dashboard.config.open;
    // A page for leavers asks for a token of its own.
    if is_open && request.uri().path() != UNSUBSCRIBE {
        check(&app.config, &request)?;
        // Forms of our pages have a token of theirs.
        if !is_page {
            check_body(&request)?;
        }
    }
    Ok(next.run(request).await)
}

/// Headers of which a request has one at most: of two, who stands before the service may read the one and this
/// service the other (RFC 9112, 3.2).
const ONCE: [HeaderName; 6] = [
    header::HOST,
    header::ORIGIN,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::AUTHORIZATION,
    INTERNAL_TOKEN,
];

fn one_of_each(headers: &HeaderMap) -> ApiResult<()> {
    let twice = ONCE.into_iter().find(|name| headers.get_all(name).iter().nth(1).is_some());
    let refused = |name: &HeaderName| {
        ApiError::new(Code::Malformed, format!("the header {name} stands twice"))
            .hint("send it once")
    };
    twice.map_or(Ok(()), |name| Err(refused(&name)))
}

/// Whether the request may get somewhere without a token.
fn is_open(app: &App, headers: &HeaderMap) -> bool {
    app.is_open() || app.config.local_dev && !has_credentials(headers)
}

fn check(config: &Config, request: &Request) -> ApiResult<()> {
    let headers = request.headers();
    // A request may name the host in its first line, and then that is the one that counts.
    let host = request.uri().authority().map(Authority::as_str);
    let host = host.or_else(|| text(headers, &header::HOST));
    if host.is_some_and(|host| !is_own_name(config, host)) {
        return Err(foreign("the service is not called by this name", HOST_HINT));
    }
    let origin = text(headers, &header::ORIGIN);
    if origin.is_some_and(|origin| !is_own_origin(config, origin, host)) {
        return Err(foreign("a web page of another origin may not call this service", ORIGIN_HINT));
    }
    let elsewhere = text(headers, &SITE).is_some_and(|site| site == "cross-site");
    let followed_link = text(headers, &MODE).is_some_and(|mode| mode == "navigate");
    if origin.is_none() && elsewhere && !(followed_link && request.method() == Method::GET) {
        return Err(foreign("a web page of another site may not call this service", ORIGIN_HINT));
    }
    Ok(())
}

fn check_body(request: &Request) -> ApiResult<()> {
    let headers = request.headers();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && request.method() != Method::DELETE && !is_json(headers) {
        return Err(ApiError::new(
            Code::UnsupportedMediaType,
            "without a token only bodies that are declared as JSON are read",
        )
        .hint("send Content-Type: application/json"));
    }
    Ok(())
}

const HOST_HINT: &str = "call it by its address or as localhost; its setting allow-host allows other names, and with a token any will do";
const ORIGIN_HINT: &str = "its setting cors-origin allows origins of web pages";

fn foreign(message: &str, hint: &str) -> ApiError {
    ApiError::new(Code::Forbidden, message).hint(hint)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // What is no text is no name of this service either.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Whether a host is an address, this machine, or a name the service is known by. An address cannot be
/// pointed elsewhere.
fn is_own_name(config: &Config, host: &str) -> bool {
    let name = without_port(host);
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let known = |own: &str| own.eq_ignore_ascii_case(name);
    bare.parse::<IpAddr>().is_ok()
        || known("localhost")
        || ALIASES.into_iter().any(known)
        || config.hosts.iter().any(|own| known(own))
}

/// Whether an origin is that of the service, or one that is allowed.
fn is_own_origin(config: &Config, origin: &str, host: Option<&str>) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let own = authority.zip(host).is_some_and(|(page, host)| page.eq_ignore_ascii_case(host));
    own || config.cors_origins.iter().any(|allowed| allowed == origin)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn refusal(method: &str, headers: &[(&str, &str)]) -> Option<Code> {
        let hosts = vec!["seedtest.school.example".to_string()];
        let cors_origins = vec!["http://app.example".to_string()];
        let config = Config { cors_origins, hosts, ..Config::default() };
        let mut request = axum::http::Request::builder().method(method).uri("/irt/score");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let checked = check(&config, &request).and_then(|()| check_body(&request));
        checked.err().map(|refused| refused.code)
    }

    #[test]
    fn names_that_anybody_can_point_here_are_refused() {
        for host in ["127.0.0.1:8000", "[::1]:8000", "localhost", "LOCALHOST:1", "10.1.2.3"] {
            assert_eq!(refusal("GET", &[("host", host)]), None, "{host}");
        }
        for host in ["seedtest.school.example:80", "r-irt-plumber"] {
            assert_eq!(refusal("GET", &[("host", host)]), None, "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "a@b"]
        {
            assert_eq!(refusal("GET", &[("host", host)]), Some(Code::Forbidden), "{host}");
        }
    }

    #[test]
    fn a_host_in_the_first_line_is_the_one_that_counts() {
        let config = Config::default();
        let refused = |uri: &str| {
            let request = axum::http::Request::builder().uri(uri).header("host", "localhost");
            check(&config, &request.body(Body::empty()).unwrap()).is_err()
        };
        assert!(!refused("http://127.0.0.1:8000/docs"));
        assert!(refused("http://evil.example/docs"));
        assert!(refused("http://localhost@evil.example/docs"));
    }

    #[test]
    fn what_stands_twice_is_refused() {
        let twice = |name: &'static str| {
            let name = HeaderName::from_static(name);
            let values = ["a", "b"].map(axum::http::HeaderValue::from_static);
            HeaderMap::from_iter(values.map(|value| (name.clone(), value)))
        };
        for name in [
            "host",
            "origin",
            "content-type",
            "content-encoding",
            "authorization",
            "x-internal-token",
        ] {
            let refused = one_of_each(&twice(name)).unwrap_err();
            assert_eq!(refused.code, Code::Malformed, "{name}");
            assert!(refused.message.contains(name), "{}", refused.message);
        }
        assert!(one_of_each(&twice("x-other")).is_ok());
    }

    #[test]
    fn pages_of_others_are_refused_and_the_own_page_is_not() {
        let json = ("content-type", "application/json");
        let from =
            |origin| refusal("POST", &[json, ("host", "localhost:8000"), ("origin", origin)]);
        assert_eq!(from("http://localhost:8000"), None);
        assert_eq!(from("http://app.example"), None);
        for origin in ["http://localhost:3000", "https://evil.example", "null", ""] {
            assert_eq!(from(origin), Some(Code::Forbidden), "{origin}");
        }
        let site =
            |mode| refusal("GET", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode)]);
        assert_eq!((site("navigate"), site("no-cors")), (None, Some(Code::Forbidden)));
    }

    #[test]
    fn what_a_page_may_send_without_asking_is_no_body() {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
            let refused = refusal("POST", &[("content-type", kind)]);
            assert_eq!(refused, Some(Code::UnsupportedMediaType), "{kind}");
        }
        assert_eq!(refusal("POST", &[]), Some(Code::UnsupportedMediaType));
        assert_eq!(refusal("DELETE", &[]), None);
        assert_eq!(refusal("POST", &[("content-type", "application/json; charset=utf-8")]), None);
    }
}
