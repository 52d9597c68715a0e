//! Refusals: every kind with its word and status, and which kind an error of the crates below is.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use seedtest_fault::{FaultKind, without_flags};
use serde::Serialize;

/// Every kind of refusal. Statuses and words are mapped here and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON or not the JSON of this route.
    Malformed,
    /// A parameter does not say what it must.
    InvalidParameter,
    /// A calibration without answers.
    NoObservations,
    /// No credentials, or wrong ones.
    Unauthorized,
    /// The credentials do not cover this route.
    InsufficientScope,
    /// The credentials are somebody else's.
    Forbidden,
    /// There is no such route, run or row.
    NotFound,
    /// The route does not know the method.
    MethodNotAllowed,
    /// The body did not arrive in time.
    RequestTimeout,
    /// There is no stored model to use.
    NoModel,
    /// The state does not allow it.
    Conflict,
    /// The body is too large.
    TooLarge,
    /// The body is of a type or encoding that is not read.
    UnsupportedMediaType,
    /// The data cannot be used by the model.
    UnusableData,
    /// Too many requests of this caller.
    RateLimited,
    /// The queue of fits is full.
    Busy,
    /// The caller or the process gave up before there was a result.
    Cancelled,
    /// The feature is switched off.
    Disabled,
    /// Something went wrong here.
    Internal,
    /// A service behind this one failed.
    Upstream,
    /// The time budget ran out before there was a result.
    Deadline,
    /// The database does not answer now.
    Unavailable,
}

impl Code {
    /// The status of the response.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::InvalidParameter | Self::NoObservations => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::NoModel | Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UnusableData => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited | Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::Cancelled | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Disabled => StatusCode::NOT_IMPLEMENTED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Upstream => StatusCode::BAD_GATEWAY,
            Self::Deadline => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The word in the body.
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::InvalidParameter => "invalid_parameter",
            Self::NoObservations => "no_observations",
            Self::Unauthorized => "unauthorized",
            Self::InsufficientScope => "insufficient_scope",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RequestTimeout => "request_timeout",
            Self::NoModel => "no_model",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::UnusableData => "unusable_data",
            Self::RateLimited => "rate_limited",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
            Self::Disabled => "disabled",
            Self::Internal => "internal",
            Self::Upstream => "upstream",
            Self::Deadline => "deadline",
            Self::Unavailable => "unavailable",
        }
    }
}

impl From<FaultKind> for Code {
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::Malformed => Self::Malformed,
            FaultKind::Setting => Self::InvalidParameter,
            FaultKind::NoObservations => Self::NoObservations,
            FaultKind::Data => Self::UnusableData,
            FaultKind::TooLarge => Self::TooLarge,
            FaultKind::NoModel => Self::NoModel,
            FaultKind::NotFound => Self::NotFound,
            FaultKind::Conflict => Self::Conflict,
            FaultKind::Cancelled => Self::Cancelled,
            FaultKind::Deadline => Self::Deadline,
            FaultKind::Upstream => Self::Upstream,
            FaultKind::Away => Self::Unavailable,
            FaultKind::SetUp | FaultKind::Storage | FaultKind::Files | FaultKind::Internal => {
                Self::Internal
            }
        }
    }
}

/// When to ask again for what the database has.
const AWAY: Duration = Duration::from_secs(5);

/// A refusal as the caller sees it.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// The body of a refusal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct ErrorBody {
    #[schemars(extend("const" = "error"))]
    status: &'static str,
    /// Always false.
    #[schemars(extend("const" = false))]
    ok: bool,
    /// The kind of refusal.
    error: Code,
    /// What is wrong.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// When it was refused, RFC 3339.
    timestamp: String,
    /// Id of the request, as in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// What a handler returns.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: bounded(message.into()), hint: None, retry_after: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(bounded(hint.into())), ..self }
    }

    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// Something went wrong here. The cause is logged, not sent.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(Code::Internal, "the request could not be completed")
            .hint("try again; the log has the cause under the request id of this response")
    }

    /// The database does not answer. The cause is logged, not sent.
    fn away(cause: &dyn std::fmt::Display) -> Self {
        tracing::warn!(%cause, "the database does not answer");
        Self::new(Code::Unavailable, "the database does not answer")
            .hint("send the request again later; Retry-After says when")
            .retry_after(AWAY)
    }

    /// The body of an answer at `now`.
    pub(crate) fn body(&self, request_id: Option<&str>, now: DateTime<Utc>) -> ErrorBody {
        ErrorBody {
            status: "error",
            ok: false,
            error: self.code,
            message: self.message.clone(),
            hint: self.hint.clone(),
            timestamp: now.to_rfc3339_opts(SecondsFormat::Millis, true),
            request_id: request_id.map(str::to_string),
        }
    }
}

impl IntoResponse for ApiError {
    /// The id of the request is put into the body further out.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.code == Code::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl ApiError {
    /// A refusal for an error of that kind.
    fn of(kind: FaultKind, error: &dyn std::fmt::Display, hint: Option<String>) -> Self {
        if matches!(kind, FaultKind::Storage | FaultKind::Away) {
            metrics::counter!("db_errors_total").increment(1);
        }
        let told = || without_flags(&error.to_string()).into_owned();
        // A hint that leads to the help of a command leads nobody here.
        let hint = hint.filter(|hint| !hint.contains("--help`"));
        let hint = hint.map(|hint| without_flags(&hint).into_owned());
        match Code::from(kind) {
            Code::Internal => Self::internal(error),
            Code::Unavailable => Self::away(error),
            Code::InvalidParameter => {
                let hint = hint.unwrap_or_else(|| SETTINGS.to_string());
                Self::new(Code::InvalidParameter, told()).hint(hint)
            }
            code => Self { hint: hint.map(bounded), ..Self::new(code, told()) },
        }
    }

    pub(crate) fn from_pipeline(error: &seedtest_pipeline::Error) -> Self {
        match error {
            seedtest_pipeline::Error::Store(error) => Self::from_store(error),
            other => Self::of(other.kind(), other, other.hint()),
        }
    }

    fn from_store(error: &seedtest_store::Error) -> Self {
        if error.is_unstorable_text() {
            return unstorable_text();
        }
        Self::of(error.kind(), error, error.hint())
    }
}

/// What to do about a setting that says nothing else.
const SETTINGS: &str = "GET /docs shows what each field accepts, the reference of jobs what each of their settings does";

impl From<seedtest_families::Error> for ApiError {
    fn from(error: seedtest_families::Error) -> Self {
        Self::of(error.kind(), &error, error.hint())
    }
}

impl From<seedtest_pipeline::Error> for ApiError {
    fn from(error: seedtest_pipeline::Error) -> Self {
        Self::from_pipeline(&error)
    }
}

impl From<seedtest_store::Error> for ApiError {
    fn from(error: seedtest_store::Error) -> Self {
        Self::from_store(&error)
    }
}

/// Most characters of a message that are sent from its beginning, and from its end.
const SENT: (usize, usize) = (1500, 500);

/// A message that may quote what a caller sent, of which there can be megabytes: its beginning, which says
/// what is wrong, and its end, which says what would be right.
fn bounded(text: String) -> String {
    let (head, tail) = SENT;
    // A character is a byte at least.
    if text.len() <= head + tail {
        return text;
    }
    let all = text.chars().count();
    if all <= head + tail {
        return text;
    }
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(all - tail).collect();
    format!("{start} [… {} characters …] {end}", all - head - tail)
}

fn unstorable_text() -> ApiError {
    ApiError::new(Code::InvalidParameter, "a text holds the character U+0000")
        .hint("ids are texts without control characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_quotes_a_megabyte_by_its_ends() {
        let said = |text: &str| ApiError::new(Code::Malformed, text).message;
        let long = format!("model: unknown model `{}`; it is 2PL", "é".repeat(1_000_000));
        let sent = said(&long);
        assert!(sent.chars().count() < 2_100, "{}", sent.chars().count());
        assert!(sent.starts_with("model: unknown model `é") && sent.ends_with("é`; it is 2PL"));
        assert!(sent.contains("[… 998034 characters …]"), "{sent}");
        let most = "é".repeat(2_000);
        assert_eq!(said(&most), most);
    }

    #[test]
    fn words_are_those_of_the_body() {
        let schema = schemars::schema_for!(Code);
        let words = schema.get("oneOf").unwrap().as_array().unwrap();
        assert_eq!(words.len(), 22);
        for code in [Code::Malformed, Code::NoObservations, Code::UnsupportedMediaType] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.word());
        }
    }
}
