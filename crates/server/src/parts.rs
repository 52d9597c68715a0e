//! Path and query of a request, with refusals like any other.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, ApiResult, Code};
use crate::state::Shared;

/// The query as `T`.
pub(crate) struct ReadQuery<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for ReadQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> ApiResult<Self> {
        let read = Query::try_from_uri(&parts.uri).map(|Query(query)| Self(query));
        read.map_err(|error| {
            ApiError::new(Code::InvalidParameter, format!("the query cannot be read: {error}"))
        })
    }
}

/// The id in the path.
pub(crate) struct ReadId(pub(crate) String);

impl FromRequestParts<Shared> for ReadId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> ApiResult<Self> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        read.map(|Path(id)| Self(id)).map_err(|error| {
            ApiError::new(Code::InvalidParameter, format!("the path cannot be read: {error}"))
        })
    }
}
