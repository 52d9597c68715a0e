//! The page where recipients of reports get no more letters. The token of the letter is all it takes: it is long,
//! random, and opens nothing else.

use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use seedtest_pipeline::{Leaver, UNSUBSCRIBE, opt_out};
use seedtest_report::{Lang, Leaving, Renderer};
use serde::Deserialize;
use serde_json::json;

use crate::error::{ApiError, ApiResult, Code};
use crate::openapi::{Operation, Parameter};
use crate::routing::{Access, Routes};
use crate::state::{App, Shared};

/// Longer ones are no tokens.
const LONGEST_TOKEN: usize = 128;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

pub(crate) fn routes() -> Routes {
    let operation = |id, summary, description, done| {
        Operation::new(id, summary)
            .description(description)
            .parameter(token())
            .parameter(lang())
            .text(200, "text/html", done)
            .text(400, "text/html", "What the address names is no token.")
            .text(404, "text/html", "The token is that of no letter.")
            .refusals(&[Code::Unavailable])
    };
    let ask = operation(
        "askToUnsubscribe",
        "The page where one gets no more letters",
        "It asks and changes nothing: programs open the links of letters, too.",
        "The page with its button.",
    );
    let leave = operation(
        "unsubscribe",
        "No more letters to the recipient of a letter",
        "What mail programs send for one click (RFC 8058), and the button of the page. The body is not read.",
        "No more letters are sent.",
    );
    Routes::new("Service").get(UNSUBSCRIBE, Access::open(), self::ask, ask).post(
        UNSUBSCRIBE,
        Access::open().writing(),
        self::leave,
        leave,
    )
}

fn token() -> Parameter {
    Parameter::query("token", "The token that the letter names.")
        .required()
        .example(json!("0f8fad5bd9cb469fa16570867728950e"))
}

fn lang() -> Parameter {
    Parameter::query("lang", "Language of the page.").schema(json!({"enum": ["ko", "en"]}))
}

/// What the address of a letter says.
#[derive(Debug, Default, Deserialize)]
struct Letter {
    #[serde(default)]
    token: String,
    #[serde(default)]
    lang: String,
}

impl Letter {
    /// Of an address that cannot be read nothing.
    fn of(uri: &Uri) -> Self {
        Query::try_from_uri(uri).map(|Query(letter)| letter).unwrap_or_default()
    }

    /// A text that can be a token.
    fn token(&self) -> Option<&str> {
        let is_plain = self.token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = (1..=LONGEST_TOKEN).contains(&self.token.len());
        Some(self.token.as_str()).filter(|_| is_plain && fits)
    }
}

async fn ask(State(app): State<Shared>, uri: Uri) -> ApiResult<Response> {
    let letter = Letter::of(&uri);
    match letter.token() {
        Some(_) => page(&app, &letter, StatusCode::OK, Leaving::Asked),
        None => page(&app, &letter, StatusCode::BAD_REQUEST, Leaving::Unknown),
    }
}

async fn leave(State(app): State<Shared>, uri: Uri) -> ApiResult<Response> {
    let letter = Letter::of(&uri);
    let Some(token) = letter.token() else {
        return page(&app, &letter, StatusCode::BAD_REQUEST, Leaving::Unknown);
    };
    if opt_out(&app.store, app.config.clock, Leaver::Token(token)).await?.students > 0 {
        page(&app, &letter, StatusCode::OK, Leaving::Left)
    } else {
        page(&app, &letter, StatusCode::NOT_FOUND, Leaving::Unknown)
    }
}

fn page(app: &App, letter: &Letter, status: StatusCode, leaving: Leaving) -> ApiResult<Response> {
    let lang: Lang = letter.lang.parse().unwrap_or_default();
    let custom = (*app.config.reports.custom).clone();
    let page = Renderer::with(lang, custom).and_then(|renderer| renderer.leaving(leaving));
    let page = page.map_err(|error| ApiError::internal(&error))?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((status, headers, page).into_response())
}
