//! Lists in pages.

use axum::Json;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::error::ApiResult;
use crate::openapi::Parameter;
use crate::parts::{Params, invalid};

/// Longest id after which a page begins.
const LONGEST: usize = 600;

/// How many rows a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageSize {
    pub(super) usual: u32,
    pub(super) most: u32,
}

impl PageSize {
    /// The parameter that says so.
    pub(super) fn parameter(self) -> Parameter {
        Parameter::query("limit", "Most rows; beyond the bounds the nearest counts.")
            .schema(json!({"type": "integer", "minimum": 1, "maximum": self.most, "default": self.usual}))
            .example(json!(2))
    }

    pub(super) fn read(self, params: &Params) -> ApiResult<u32> {
        let expected = format!("a whole number from 1 to {}", self.most);
        let asked: Option<i64> = params.parsed("limit", &expected)?;
        Ok(asked.map_or(self.usual, |asked| asked.clamp(1, i64::from(self.most)) as u32))
    }
}

/// The parameter that says where a page begins.
pub(super) fn after_parameter() -> Parameter {
    Parameter::query("after", "Where the page begins, as the header `Link` of the one before says.")
}

/// After which row the page begins.
pub(super) fn after(params: &Params) -> ApiResult<Option<&str>> {
    let after = params.text("after").filter(|after| !after.is_empty());
    match after {
        Some(after) if after.len() > LONGEST || after.contains('\0') => {
            Err(invalid("after", "what the header Link of the page before says"))
        }
        other => Ok(other),
    }
}

/// The rows with the way to those after them. `rows` are one more than the page has, where there are more.
pub(super) fn page<T: Serialize>(
    uri: &Uri,
    limit: u32,
    mut rows: Vec<T>,
    key: impl Fn(&T) -> String,
) -> Response {
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| has_more).map(key);
    let mut response = Json(rows).into_response();
    if let Some(last) = last
        && let Ok(link) = HeaderValue::from_str(&format!("<{}>; rel=\"next\"", next(uri, &last)))
    {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// The same question from another row on.
fn next(uri: &Uri, last: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "after");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("after", last)
        .finish();
    format!("{}?{query}", uri.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_the_next_one_and_the_last_to_none() {
        let uri: Uri = "/sessions?user_id=a%26b&after=x&limit=2".parse().unwrap();
        let key = |id: &&str| (*id).to_owned();
        let more = page(&uri, 2, vec!["s 1", "s>2", "s3"], key);
        let link = more.headers()[header::LINK].to_str().unwrap();
        assert_eq!(link, "</sessions?user_id=a%26b&limit=2&after=s%3E2>; rel=\"next\"");
        let last = page(&uri, 2, vec!["s1", "s2"], key);
        assert!(!last.headers().contains_key(header::LINK));
    }
}
