//! Path and query of a request, with refusals like any other.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use seedtest_responses::is_true;

use crate::error::{ApiError, ApiResult, Code};
use crate::state::Shared;

/// The parameters of a query; a name may stand several times.
pub(crate) struct Params(Vec<(String, String)>);

impl FromRequestParts<Shared> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> ApiResult<Self> {
        let read = Query::try_from_uri(&parts.uri).map(|Query(pairs)| Self(pairs));
        read.map_err(|_| {
            ApiError::new(Code::Malformed, "the query cannot be read")
                .hint("send it as name=value, with & between and %XX for other characters")
        })
    }
}

impl Params {
    /// The text of a parameter; the last one counts.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every text of a parameter that stands several times; blank ones do not count.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let texts = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim());
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// The value of a parameter that is not blank.
    pub(crate) fn parsed<T>(&self, name: &str, expected: &str) -> ApiResult<Option<T>>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.text(name).map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| text.parse().map_err(|_| invalid(name, expected))).transpose()
    }

    /// Whether it says yes.
    pub(crate) fn switch(&self, name: &str) -> bool {
        let text = self.text(name).unwrap_or_default();
        is_true(text)
    }

    /// The parts of a parameter with commas between them.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let parts = self.text(name).unwrap_or_default().split(',');
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }
}

/// A parameter that does not say what it must.
pub(crate) fn invalid(name: &str, expected: &str) -> ApiError {
    ApiError::new(Code::InvalidParameter, format!("invalid {name}"))
        .hint(format!("{name} is {expected}"))
}

/// The id in the path.
pub(crate) struct ReadId(pub(crate) String);

impl FromRequestParts<Shared> for ReadId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> ApiResult<Self> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        read.map(|Path(id)| Self(id)).map_err(|_| {
            ApiError::new(Code::InvalidParameter, "the path cannot be read")
                .hint("the id in it is text in UTF-8, with %XX for other characters")
        })
    }
}
