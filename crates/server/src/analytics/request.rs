use axum::extract::Request;
use chrono::{NaiveDate, SecondsFormat};
use seedtest_wire::Id;

use crate::body::{Text, receive};
use crate::error::{ApiError, ApiResult, Code};
use crate::state::App;

/// The body of a request.
pub(super) async fn text(app: &App, request: Request) -> ApiResult<Text> {
    let limits = &app.config.limits;
    receive(request, limits.body, limits, &app.bodies).await?.unpack()
}

/// The canonical text id.
pub(super) fn id<'a>(given: &'a Id<'_>, name: &str) -> ApiResult<&'a str> {
    let text = given.as_str().trim();
    if text.is_empty() || text.contains('\0') {
        return Err(invalid(name, "a text without null characters"));
    }
    Ok(text)
}

pub(super) fn date(text: &str, name: &str) -> ApiResult<NaiveDate> {
    let parsed = text.trim().parse::<NaiveDate>().ok();
    let earliest = NaiveDate::default();
    parsed.filter(|date| *date >= earliest).ok_or_else(|| invalid(name, "a date as YYYY-MM-DD"))
}

pub(super) fn invalid(name: &str, expected: &str) -> ApiError {
    ApiError::new(Code::InvalidParameter, format!("invalid {name}"))
        .hint(format!("{name} is {expected}"))
}

/// The instant of an answer.
pub(super) fn timestamp(app: &App) -> String {
    app.config.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn failed(error: &seedtest_pipeline::Error) -> ApiError {
    ApiError::from_pipeline(error)
}
