//! The one place where a visitor is let in or refused.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use minijinja::context;
use seedtest_pipeline::Lang;

use crate::cookies::Cookie;
use crate::fields::{FORM_TOKEN, Fields};
use crate::local_path::local_path;
use crate::refusal::{PageResult, Refusal};
use crate::render::{page_with, see_other};
use crate::resume;
use crate::routing::Access;
use crate::secrets::{form_token, same, secret};
use crate::session::{self, Bearer, add_cookie};
use crate::state::{Dashboard, Shared};
use crate::visitor::{SignedIn, Visitor};

/// Most bytes of a form, and how long it may be under way.
const LONGEST_FORM: usize = 256 << 10;
const SLOWEST_FORM: Duration = Duration::from_secs(30);
/// The header in which scripts of our own pages send what forms send in a field.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What htmx sends with its requests, and reads in answers.
const HTMX: HeaderName = HeaderName::from_static("hx-request");
const HTMX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// What stands before a page.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) dashboard: Shared,
    pub(crate) access: Access,
}

/// Lets a visitor through who may; the handler finds who it is, and what the form says, in the request.
pub(crate) async fn guard(
    State(Gate { dashboard, access }): State<Gate>,
    request: Request,
    next: Next,
) -> Response {
    match dashboard.is_on().await {
        Ok(true) => {}
        Ok(false) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return bare(&Refusal::from_store(&error)),
    }
    let bearer = request.extensions().get::<Bearer>().cloned();
    let query = request.uri().query().unwrap_or_default();
    let (visitor, guest) = match recognise(&dashboard, request.headers(), query, bearer).await {
        Ok(recognised) => recognised,
        Err(refused) => return bare(&refused),
    };
    let asked = Asked::of(&request);
    let answered = admit(&dashboard, access, &visitor, request, next).await;
    let mut response = match answered {
        Ok(response) => shown(&visitor, access, response),
        Err(refused) => refused.into_response(),
    };
    if let Some(refused) = response.extensions_mut().remove::<Refusal>() {
        response = say(&dashboard, &visitor, &asked, &refused);
    }
    if let Some(secret) = guest {
        add_cookie(&mut response, Cookie::Guest.set(&secret, dashboard.config.secure));
    }
    if let Some(seen) = visitor.seen(access.writes) {
        response.extensions_mut().insert(seen);
    }
    response
}

/// Who sent a request, and the secret for a browser that has none yet.
async fn recognise(
    dashboard: &Dashboard,
    headers: &HeaderMap,
    query: &str,
    bearer: Option<Bearer>,
) -> PageResult<(Visitor, Option<String>)> {
    let bearer = bearer.map(SignedIn::from);
    let by_cookie = match bearer {
        None => session::find(dashboard, headers).await?,
        Some(_) => None,
    };
    let (known, session_secret) = match by_cookie {
        Some((known, secret)) => (Some(known), Some(secret)),
        None => (bearer, None),
    };
    let known = known.or_else(|| dashboard.config.open.then(session::visitor_of_demo));
    let lang = language(known.as_ref(), query, headers, dashboard.config.lang);
    let sees_risk = known
        .as_ref()
        .is_some_and(|known| dashboard.config.risk_readers.include(known.person.role));
    // The forms of a session go by its secret, those of any other browser by one of their own.
    let of_browser =
        session_secret.or_else(|| Cookie::Guest.find(headers, dashboard.config.secure));
    let (of_forms, new) = if let Some(known) = of_browser {
        (known, None)
    } else {
        let new = secret()?;
        (new.clone(), Some(new))
    };
    Ok((Visitor::new(known, lang, &form_token(&of_forms), sees_risk), new))
}

/// The language somebody chose, in their account or in the query; else the first of the browser's that we have.
fn language(known: Option<&SignedIn>, query: &str, headers: &HeaderMap, usual: Lang) -> Lang {
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang");
    let asked = asked.and_then(|(_, value)| value.parse().ok());
    let of_browser = || {
        let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        accepted.split(',').find_map(|range| range.trim().get(..2)?.parse().ok())
    };
    asked.or_else(|| known.and_then(|known| known.lang)).or_else(of_browser).unwrap_or(usual)
}

/// The page, if the visitor may see it and the form is one of ours.
async fn admit(
    dashboard: &Dashboard,
    access: Access,
    visitor: &Visitor,
    mut request: Request,
    next: Next,
) -> PageResult {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !is_same_site(request.headers()) {
        return Err(Refusal::foreign_form());
    }
    if changes && !access.streams {
        request = read_form(request).await?;
    }
    if visitor.signed_in().is_none() && access.least.is_some() {
        return signed_out(dashboard, visitor, &request);
    }
    let is_own = !changes || is_own_form(visitor, &request);
    if !is_own && !is_from_own_page(request.headers()) {
        return Err(Refusal::foreign_form());
    }
    if !access.lets_in(visitor.role()) {
        return Err(Refusal::of_role());
    }
    if !is_own {
        return of_another_session(dashboard, visitor, &request);
    }
    request.extensions_mut().insert(visitor.clone());
    Ok(next.run(request).await)
}

/// Whether no page of another site sent the request: by what browsers say of it, else by the origin. What says neither
/// is no browser of today; the token decides.
pub(crate) fn is_same_site(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(&SITE) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(&header::ORIGIN) else { return true };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.zip(text(&header::HOST)).is_some_and(|(page, own)| page.eq_ignore_ascii_case(own))
}

/// Whether a browser says that one of our own pages sent the request.
fn is_from_own_page(headers: &HeaderMap) -> bool {
    headers.get(SITE).is_some_and(|site| site == "same-origin")
}

/// A form of one of our own pages that was opened in another session: somebody has signed in anew in another tab. What
/// was filled in is shown, to be sent by the person; passwords are typed again.
fn of_another_session(dashboard: &Dashboard, visitor: &Visitor, request: &Request) -> PageResult {
    let fields = request.extensions().get::<Fields>().filter(|_| visitor.signed_in().is_some());
    let kept = fields.and_then(|fields| resume::Kept::of_form(request.uri().path(), fields));
    match kept {
        Some(kept) => resume::offer_anew(dashboard, visitor, &kept),
        None => Err(Refusal::foreign_form()),
    }
}

/// Reads the fields of a form, which are small.
async fn read_form(request: Request) -> PageResult<Request> {
    let (mut parts, body) = request.into_parts();
    let read = Limited::new(body, LONGEST_FORM).collect();
    let read = tokio::time::timeout(SLOWEST_FORM, read).await.map_err(|_| Refusal::too_slow())?;
    let bytes = read.map_err(|_| Refusal::too_large())?.to_bytes();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let fields = if is_form { Fields::read(&bytes) } else { Fields::default() };
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Whether a form, or a script, has the token of the visitor's own pages.
fn is_own_form(visitor: &Visitor, request: &Request) -> bool {
    let own = visitor.form_token();
    let of_field = request.extensions().get::<Fields>().and_then(|fields| fields.get(FORM_TOKEN));
    has_token(request.headers(), own) || of_field.is_some_and(|token| same(token, own))
}

/// Whether a script of one of our own pages sent the request.
pub(crate) fn has_token(headers: &HeaderMap, own: &str) -> bool {
    let token = headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
    token.is_some_and(|token| same(token, own))
}

/// Nobody is signed in where somebody has to be: the way to the sign-in and back, and a form that was filled in is
/// kept on that way.
fn signed_out(dashboard: &Dashboard, visitor: &Visitor, request: &Request) -> PageResult {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    let to_sign_in = sign_in_path(if is_get { path } else { session::HOME });
    if request.headers().contains_key(HTMX) {
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        if let Ok(value) = HeaderValue::from_str(&to_sign_in) {
            response.headers_mut().insert(HTMX_REDIRECT, value);
        }
        return Ok(response);
    }
    if is_get {
        return Ok(see_other(&to_sign_in));
    }
    match request.extensions().get::<Fields>() {
        Some(fields) => resume::ask(dashboard, visitor, path, fields),
        None => Err(Refusal::signed_out()),
    }
}

fn sign_in_path(next: &str) -> String {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("/sign-in?next={next}")
}

/// An answer about somebody for which the handler did not ask whether the visitor may see them is a fault of ours, and
/// is not sent. An address that could not be read leads nowhere: what the router says of it is not for people.
fn shown(visitor: &Visitor, access: Access, response: Response) -> Response {
    if response.status().is_success() && !visitor.was_asked(access.object) {
        return Refusal::internal(&"a page did not ask whom it is about").into_response();
    }
    let is_ours = response.extensions().get::<Refusal>().is_some();
    if response.status() == StatusCode::BAD_REQUEST && !is_ours {
        return Refusal::not_found().into_response();
    }
    response
}

/// Where a request came from, for a page that leads back.
struct Asked {
    back: Option<String>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let referrer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
        let path = referrer.and_then(|text| text.parse::<Uri>().ok());
        let path = path.and_then(|uri| Some(uri.path_and_query()?.as_str().to_owned()));
        Self { back: path.filter(|path| local_path(path).is_some()) }
    }
}

/// The page of a refusal.
fn say(dashboard: &Dashboard, visitor: &Visitor, asked: &Asked, refused: &Refusal) -> Response {
    let about: std::collections::BTreeMap<_, _> = refused.about.iter().cloned().collect();
    let values = context! {
        status => refused.status.as_u16(),
        word => refused.word,
        about => about,
        back => &asked.back,
    };
    let page = page_with(dashboard, visitor, refused.status, "refusal.html", values);
    let mut response = page.unwrap_or_else(|_| bare(refused));
    if let Some(wait) = refused.retry_after {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A refusal where there can be no page.
fn bare(refused: &Refusal) -> Response {
    let mut response = refused.clone().into_response();
    response.extensions_mut().remove::<Refusal>();
    let text = refused.status.canonical_reason().unwrap_or("refused");
    *response.body_mut() = Body::from(text);
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_a_page_of_another_site_sends_is_told_apart() {
        let host = ("host", "school.example");
        for (pairs, own) in [
            (&[host, ("sec-fetch-site", "same-origin")][..], true),
            (&[host, ("sec-fetch-site", "none")], true),
            (&[host, ("sec-fetch-site", "same-site")], false),
            (
                &[host, ("sec-fetch-site", "cross-site"), ("origin", "https://school.example")],
                false,
            ),
            (&[host, ("origin", "https://school.example")], true),
            (&[host, ("origin", "https://evil.example")], false),
            (&[host, ("origin", "https://school.example.evil.example")], false),
            (&[host, ("origin", "null")], false),
            (&[host], true),
        ] {
            assert_eq!(is_same_site(&headers(pairs)), own, "{pairs:?}");
        }
    }

    #[test]
    fn the_way_back_is_on_this_service() {
        let back = |referrer: &'static str| {
            let request = Request::builder().header("referer", referrer).body(Body::empty());
            Asked::of(&request.unwrap()).back
        };
        assert_eq!(
            back("http://x.example/classes/7a?week=1").as_deref(),
            Some("/classes/7a?week=1")
        );
        assert_eq!(back("javascript:alert(1)"), None);
        assert_eq!(back("http://x.example//evil.example/"), None);
    }

    #[test]
    fn the_language_is_the_one_somebody_chose() {
        let lang = |query: &str, accepted: &str| {
            let accepted = HeaderValue::from_bytes(accepted.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accepted)]);
            language(None, query, &headers, Lang::Ko)
        };
        assert_eq!(lang("", "de-DE,en;q=0.8,ko;q=0.5"), Lang::En);
        assert_eq!(lang("lang=ko", "en"), Lang::Ko);
        assert_eq!(lang("lang=xx", "fr"), Lang::Ko);
        assert_eq!(lang("", "한국어"), Lang::Ko);
    }
}
