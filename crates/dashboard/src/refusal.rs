//! Why a page was not shown or a form not taken.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use seedtest_fault::FaultKind;

/// What a page answers with.
pub(crate) type PageResult<T = Response> = Result<T, Refusal>;

/// Why a page was not shown or a form not taken. What people read of it is made by the guard, in their language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Key of the sentence that says so.
    pub(crate) word: &'static str,
    /// What of the form it is about, and the value.
    pub(crate) about: Vec<(&'static str, String)>,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, word: &'static str) -> Self {
        Self { status, word, about: Vec::new(), retry_after: None }
    }

    /// There is no such thing, or it is none of theirs: who may not see a thing does not learn whether it is there.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "refusal.not_found")
    }

    /// A page for other roles.
    pub(crate) fn of_role() -> Self {
        Self::new(StatusCode::FORBIDDEN, "refusal.role")
    }

    /// Somebody has to sign in first.
    pub(crate) fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "refusal.signed_out")
    }

    /// A form that none of our own pages sent, or one of a session that is over.
    pub(crate) fn foreign_form() -> Self {
        Self::new(StatusCode::FORBIDDEN, "refusal.foreign_form")
    }

    /// A field does not say what it must; `word` is the key of the sentence.
    pub(crate) fn invalid(field: &'static str, word: &'static str) -> Self {
        let refused = Self::new(StatusCode::UNPROCESSABLE_ENTITY, word);
        refused.with("field", field)
    }

    /// The form is larger than any of ours.
    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "refusal.too_large")
    }

    /// The form did not come whole in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "refusal.too_slow")
    }

    /// Somebody was wrong too often.
    pub(crate) fn wait(wait: Duration) -> Self {
        let refused = Self::new(StatusCode::TOO_MANY_REQUESTS, "refusal.wait");
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        Self { retry_after: Some(wait), ..refused.with("seconds", seconds.to_string()) }
    }

    /// Something went wrong here. The cause is logged, not shown.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a page failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "refusal.internal")
    }

    /// A value for the sentence.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.about.push((name, value.into()));
        self
    }

    pub(crate) fn from_store(error: &seedtest_store::Error) -> Self {
        if error.is_unstorable_text() {
            return Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refusal.unstorable");
        }
        Self::of(error.kind(), error)
    }

    fn of(kind: FaultKind, error: &dyn std::fmt::Display) -> Self {
        match kind {
            FaultKind::NotFound | FaultKind::NoModel => Self::not_found(),
            FaultKind::Away => {
                tracing::warn!(%error, "the database does not answer");
                let refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, "refusal.away");
                Self { retry_after: Some(Duration::from_secs(5)), ..refused }
            }
            FaultKind::Conflict => Self::new(StatusCode::CONFLICT, "refusal.conflict"),
            FaultKind::Malformed
            | FaultKind::Setting
            | FaultKind::NoObservations
            | FaultKind::Data
            | FaultKind::TooLarge => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refusal.unusable")
                    .with("reason", error.to_string())
            }
            FaultKind::SetUp
            | FaultKind::Cancelled
            | FaultKind::Deadline
            | FaultKind::Upstream
            | FaultKind::Storage
            | FaultKind::Files
            | FaultKind::Internal => Self::internal(error),
        }
    }
}

impl From<seedtest_pipeline::Error> for Refusal {
    fn from(error: seedtest_pipeline::Error) -> Self {
        match &error {
            seedtest_pipeline::Error::Store(error) => Self::from_store(error),
            other => Self::of(other.kind(), other),
        }
    }
}

impl IntoResponse for Refusal {
    /// The guard puts the page in.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
