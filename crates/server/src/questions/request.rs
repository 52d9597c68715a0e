//! What a question says in its address and its body.

use axum::extract::Request;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use seedtest_wire::Id;
use serde::de::DeserializeOwned;

use crate::body::{Text, receive};
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
pub(super) use crate::parts::{Params, invalid};
use crate::routing::Rights;
use crate::state::App;

/// Longest id of a user, session or topic, bytes.
const LONGEST_ID: usize = 256;

impl Params {
    /// The student asked about, whom the caller may ask about.
    pub(super) async fn student(&self, app: &App, rights: &Rights) -> ApiResult<String> {
        student_of(app, rights, self.text("user_id"), "user_id").await
    }
}

/// An id that is there and can be one.
pub(crate) fn id<'a>(given: Option<&'a str>, name: &str) -> ApiResult<&'a str> {
    let text = given.map(str::trim).unwrap_or_default();
    if text.is_empty() || text.len() > LONGEST_ID || text.contains('\0') {
        return Err(ApiError::new(Code::InvalidParameter, format!("invalid {name}"))
            .hint(format!("{name} is a text of 1 to {LONGEST_ID} bytes")));
    }
    Ok(text)
}

/// The student a request is about, whom the caller may ask about, by the id under which they are stored.
pub(super) async fn student_of(
    app: &App,
    rights: &Rights,
    given: Option<&str>,
    name: &str,
) -> ApiResult<String> {
    rights.student(&app.store, id(given, name)?).await
}

/// The id in a body of JSON, which is no longer than ids are.
pub(crate) fn id_of<'a>(given: &'a Id<'_>, name: &str) -> ApiResult<&'a str> {
    let text = given.as_str().trim();
    if text.is_empty() || text.contains('\0') {
        return Err(invalid(name, "a text without null characters"));
    }
    Ok(text)
}

/// Refuses a question about a student of whom nothing is stored: an answer full of nulls would say that there is
/// such a student.
pub(super) async fn known_student(app: &App, student_id: &str) -> ApiResult<()> {
    if app.store.knows_student(student_id).await? {
        return Ok(());
    }
    Err(ApiError::new(Code::NotFound, "nothing is known of this student")
        .hint("check student_id; answers come with `seedtest import`"))
}

/// A day from 1970 on.
pub(crate) fn date(text: &str, name: &str) -> ApiResult<NaiveDate> {
    let parsed = text.trim().parse::<NaiveDate>().ok();
    let earliest = NaiveDate::default();
    parsed.filter(|date| *date >= earliest).ok_or_else(|| invalid(name, "a date as YYYY-MM-DD"))
}

/// The body of a request.
pub(crate) async fn text(app: &App, request: Request) -> ApiResult<Text> {
    let limits = &app.config.limits;
    receive(request, limits.body, limits, &app.bodies).await?.unpack()
}

/// The body as `T`.
pub(super) async fn body<T: DeserializeOwned>(app: &App, request: Request) -> ApiResult<T> {
    json::read(&text(app, request).await?)
}

/// The body as `T`, or what `T` is without one.
pub(super) async fn body_or_default<T>(app: &App, request: Request) -> ApiResult<T>
where
    T: DeserializeOwned + Default,
{
    let text = text(app, request).await?;
    if text.trim_ascii().is_empty() { Ok(T::default()) } else { json::read(&text) }
}

/// An instant of an answer, as it was stored.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The instant of an answer.
pub(super) fn timestamp(app: &App) -> String {
    app.config.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
}
