//! What a page of a week is asked for.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;

use super::weeks::WeekQuery;
use crate::refusal::Refusal;
use crate::state::Shared;
use crate::visitor::Visitor;

/// Which part of a list, and in which order.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PartQuery {
    pub(crate) page: Option<usize>,
    pub(crate) sort: Option<String>,
}

/// Who looks at a page of a week, at which week and which part of its list.
pub(crate) struct WeekPage {
    pub(crate) dashboard: Shared,
    pub(crate) visitor: Visitor,
    pub(crate) week: WeekQuery,
    pub(crate) part: PartQuery,
}

impl FromRequestParts<Shared> for WeekPage {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, dashboard: &Shared) -> Result<Self, Refusal> {
        let visitor = Visitor::from_request_parts(parts, dashboard).await?;
        // What is no number is no part: the first one is shown.
        let week = Query::<WeekQuery>::try_from_uri(&parts.uri).map(|Query(week)| week);
        let part = Query::<PartQuery>::try_from_uri(&parts.uri).map(|Query(part)| part);
        let (week, part) = (week.unwrap_or_default(), part.unwrap_or_default());
        Ok(Self { dashboard: dashboard.clone(), visitor, week, part })
    }
}
