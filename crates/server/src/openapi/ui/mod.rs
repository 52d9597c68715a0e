//! `GET /docs`: the description as pages, by Swagger UI out of this binary. A policy in the header
//! keeps the browser from asking anybody else for anything.

use std::io::Read;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;

use super::operation::Operation;
use crate::error::{ApiError, ApiResult};
use crate::routing::{Access, Routes};

const PAGE: &str = include_str!("page.html");
const START: &str = include_str!("start.js");
const SCRIPT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"));
const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"));

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub(super) fn routes() -> Routes {
    let file = |id, media| {
        Operation::new(id, "A file of the page of this description").text(200, media, "The file.")
    };
    Routes::new("Description")
        .get(
            "/docs",
            Access::open(),
            page,
            Operation::new("docs", "This description as a page").text(
                200,
                "text/html",
                "The page.",
            ),
        )
        .get("/docs/start.js", Access::open(), start, file("docsStart", "text/javascript"))
        .get(
            "/docs/swagger-ui-bundle.js",
            Access::open(),
            script,
            file("docsScript", "text/javascript"),
        )
        .get("/docs/swagger-ui.css", Access::open(), style, file("docsStyle", "text/css"))
}

async fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HTML),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, PAGE).into_response()
}

async fn start() -> Response {
    ([(header::CONTENT_TYPE, JAVASCRIPT)], START).into_response()
}

async fn script(headers: HeaderMap) -> ApiResult<Response> {
    packed(&headers, JAVASCRIPT, SCRIPT)
}

async fn style(headers: HeaderMap) -> ApiResult<Response> {
    packed(&headers, CSS, STYLE)
}

/// A file as it lies in the binary, or unpacked for a caller who cannot do so.
fn packed(headers: &HeaderMap, media: &'static str, bytes: &'static [u8]) -> ApiResult<Response> {
    let common = [(header::CONTENT_TYPE, media), (header::VARY, "accept-encoding")];
    if takes_gzip(headers) {
        return Ok((common, [(header::CONTENT_ENCODING, "gzip")], bytes).into_response());
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).map_err(|error| ApiError::internal(&error))?;
    Ok((common, plain).into_response())
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::ACCEPT_ENCODING).iter();
    codings.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(
        |coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        },
    )
}
