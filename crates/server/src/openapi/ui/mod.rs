//! `GET /docs`: the description as pages, by Swagger UI out of this binary. A policy in the header
//! keeps the browser from asking anybody else for anything.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::DESCRIPTION;
use super::operation::Operation;
use super::packed::Packed;
use crate::error::ApiResult;
use crate::routing::{Access, Routes};
use crate::state::Shared;

const PAGE: &str = include_str!("page.html");
const START: &str = include_str!("start.js");
static SCRIPT: Packed =
    Packed::of_binary(include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz")));
static STYLE: Packed =
    Packed::of_binary(include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz")));

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub(super) fn routes() -> Routes {
    let file = |id, media| {
        Operation::new(id, "A file of the page of this description").text(200, media, "The file.")
    };
    Routes::new(DESCRIPTION)
        .get(
            "/",
            Access::open(),
            front,
            Operation::new("front", "The way to the pages, or to that of this description").text(
                307,
                "text/plain",
                "Look at `/home` where there are people who can sign in, else at `/docs`.",
            ),
        )
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

/// On to the pages where somebody can use them.
async fn front(State(app): State<Shared>) -> Response {
    let has_pages = app.dashboard.is_on().await.unwrap_or(false);
    let (location, text) =
        if has_pages { ("home", "Look at /home.\n") } else { ("docs", "Look at /docs.\n") };
    let headers = [(header::LOCATION, location), (header::CONTENT_TYPE, TEXT)];
    (StatusCode::TEMPORARY_REDIRECT, headers, text).into_response()
}

async fn page() -> Response {
    let headers = [(header::CONTENT_TYPE, HTML), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, PAGE).into_response()
}

async fn start() -> Response {
    ([(header::CONTENT_TYPE, JAVASCRIPT)], START).into_response()
}

async fn script(headers: HeaderMap) -> ApiResult<Response> {
    SCRIPT.answer(&headers, JAVASCRIPT)
}

async fn style(headers: HeaderMap) -> ApiResult<Response> {
    STYLE.answer(&headers, CSS)
}
