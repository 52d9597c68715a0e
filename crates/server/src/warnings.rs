//! Warnings that the service adds to an answer: of fields of the request that nobody read, and of what did not
//! work beside the answer.

use std::cell::RefCell;
use std::fmt::Write;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use seedtest_pipeline::told_of_merge;
use seedtest_wire::unknown_field_warning;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ApiError;

/// Most bytes of an answer that warnings are added to here; those of fits have theirs already.
const LARGEST: usize = 16 << 20;

tokio::task_local! {
    static OF_REQUEST: RefCell<Vec<String>>;
}

/// Notes fields that the request at hand has and nobody reads.
pub(crate) fn note_unknown(fields: &[String]) {
    // Outside of a request there is nobody to tell.
    let _ = OF_REQUEST.try_with(|noted| {
        noted.borrow_mut().extend(fields.iter().map(|field| unknown_field_warning(field)));
    });
}

/// Notes that the student whom the request at hand calls by an id that was merged into another one goes by that
/// one.
pub(crate) fn note_merged(given: &str, now: &str) {
    if given == now {
        return;
    }
    let told = format!("{}: this is about {now:?}", told_of_merge(given, now));
    // Outside of a request there is nobody to tell.
    let _ = OF_REQUEST.try_with(|noted| {
        let mut noted = noted.borrow_mut();
        if !noted.contains(&told) {
            noted.push(told);
        }
    });
}

/// Parameters of the query that a route knows.
#[derive(Clone)]
pub(crate) struct Known(pub(crate) Arc<[String]>);

/// Adds what was noted on the way to the answer, where that is an object of JSON.
pub(crate) async fn told(State(known): State<Known>, request: Request, next: Next) -> Response {
    let strays = stray_parameters(request.uri().query(), &known.0);
    let answered = async {
        note_unknown(&strays);
        let response = next.run(request).await;
        (response, OF_REQUEST.with(RefCell::take))
    };
    let (response, warnings) = OF_REQUEST.scope(RefCell::default(), answered).await;
    let is_json =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if warnings.is_empty() || !is_json || !response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    match to_bytes(body, LARGEST).await {
        Ok(bytes) if bytes.trim_ascii_start().starts_with(b"[") => {
            // A list has no room for them.
            parts.headers.extend(in_a_header(&warnings).map(|list| (BESIDE_A_LIST, list)));
            Response::from_parts(parts, Body::from(bytes))
        }
        Ok(bytes) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(with_warnings(bytes.into(), &warnings)))
        }
        Err(error) => ApiError::internal(&error).into_response(),
    }
}

/// Where warnings beside a list are, as a list of JSON in ASCII.
const BESIDE_A_LIST: HeaderName = HeaderName::from_static("x-warnings");

/// A list of texts as a header can hold it.
fn in_a_header(warnings: &[String]) -> Option<HeaderValue> {
    let json = serde_json::to_string(warnings).ok()?;
    let mut list = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            list.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a text does not fail.
            let _ = write!(list, "\\u{unit:04x}");
        }
    }
    HeaderValue::from_str(&list).ok()
}

/// Parameters of a query that the route does not have, by their first characters.
fn stray_parameters(query: Option<&str>, known: &[String]) -> Vec<String> {
    const SHOWN: usize = 60;
    const MOST: usize = 20;
    let names = query.unwrap_or_default().split('&').filter_map(|pair| pair.split('=').next());
    // A list may be written as `name[]`.
    let bare = |name: &str| name.split(['[', '%']).next().unwrap_or_default().to_string();
    let stray = names.filter(|name| !name.is_empty() && !known.contains(&bare(name)));
    stray.take(MOST).map(|name| name.chars().take(SHOWN).collect()).collect()
}

/// An object of JSON with these warnings before its own; anything else as it is.
pub(crate) fn with_warnings(mut json: Vec<u8>, warnings: &[String]) -> Vec<u8> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        warnings: Option<&'a RawValue>,
    }
    let Ok(text) = std::str::from_utf8(&json) else { return json };
    let Ok(answer) = serde_json::from_str::<Answer<'_>>(text) else { return json };
    let list = serde_json::to_string(warnings).unwrap_or_default();
    let Some(added) = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')) else {
        return json;
    };
    if added.is_empty() {
        return json;
    }
    let own = answer.warnings.map(RawValue::get);
    let end = text.trim_end().len().saturating_sub(1);
    let place = own.and_then(|own| Some((offset(text, own), own.strip_prefix('[')?)));
    let (at, inserted) = match place {
        Some((at, rest)) if rest.trim_start().starts_with(']') => (at + 1, added.to_string()),
        Some((at, _)) => (at + 1, format!("{added},")),
        // A field of another kind is the route's own.
        None if own.is_some() => return json,
        None if text
            .trim_start()
            .get(1..)
            .is_some_and(|rest| rest.trim_start().starts_with('}')) =>
        {
            (end, format!("\"warnings\":[{added}]"))
        }
        None => (end, format!(",\"warnings\":[{added}]")),
    };
    json.splice(at..at, inserted.into_bytes());
    json
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_come_first_and_nothing_else_changes() {
        let added = ["one".to_string(), "a \"b\"".to_string()];
        for (before, after) in [
            (r#"{"a":1}"#, r#"{"a":1,"warnings":["one","a \"b\""]}"#),
            (r#"{"warnings":[],"a":1}"#, r#"{"warnings":["one","a \"b\""],"a":1}"#),
            (
                r#"{"b":{"warnings":[1]},"warnings":["x"]}"#,
                r#"{"b":{"warnings":[1]},"warnings":["one","a \"b\"","x"]}"#,
            ),
            ("{}", r#"{"warnings":["one","a \"b\""]}"#),
            ("[1]", "[1]"),
            (r#"{"warnings":7}"#, r#"{"warnings":7}"#),
            ("no json", "no json"),
        ] {
            let found = with_warnings(before.into(), &added);
            assert_eq!(String::from_utf8(found).unwrap(), after);
        }
        assert_eq!(with_warnings(b"{}".to_vec(), &[]), b"{}");
    }

    #[test]
    fn warnings_beside_a_list_are_a_list_in_ascii() {
        let told = ["a \"b\"\n".to_owned(), "민😀".to_owned()];
        let header = in_a_header(&told).unwrap();
        assert_eq!(header, r#"["a \"b\"\n","\ubbfc\ud83d\ude00"]"#);
        let read: Vec<String> = serde_json::from_slice(header.as_bytes()).unwrap();
        assert_eq!(read, told);
    }

    #[test]
    fn parameters_that_a_route_does_not_have_are_found() {
        let known = ["weeks".to_string()];
        assert_eq!(
            stray_parameters(Some("weeks=2&weeks[]=2&weeks%5B%5D=2&wekks=3&x"), &known),
            ["wekks", "x"]
        );
        assert!(stray_parameters(None, &known).is_empty());
    }
}
