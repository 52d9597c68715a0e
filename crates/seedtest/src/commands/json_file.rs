//! JSON in and out of files; `-` is standard output.

use std::borrow::Cow;
use std::path::Path;

use seedtest_fault::escaped_in_json;
use seedtest_wire::{CalibrateResponse, has_item_curves};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let hint = "check the path; the file is JSON as UTF-8 text";
        Failure::new(format!("cannot read {}: {error}", path.display()), Some(hint.into()))
    })
}

/// What a text of JSON says; else what is wrong with it, in words.
pub(crate) fn parse_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let read = seedtest_wire::read_noting_unknown(text);
    read.map(|(value, _)| value).map_err(|error| error.to_string())
}

/// A calibration of right and wrong answers, written by `fit irt --json`.
pub(crate) fn read_json(path: &Path) -> Result<CalibrateResponse, Failure> {
    let text = read_text(path)?;
    parse_json(&text).map_err(|error| no_calibration(path, &text, &error))
}

/// That a text holds no calibration of right and wrong answers: what kind of file it is, where that is known, else what
/// is wrong with it.
pub(crate) fn no_calibration(path: &Path, text: &str, error: &str) -> Failure {
    let kind = serde_json::from_str(text).map_or(Some("no JSON"), |value| other_kind(&value));
    let what = match kind {
        Some(kind) => format!("this is {kind}, not a calibration of right and wrong answers"),
        None => error.to_owned(),
    };
    let hint = "give the JSON of `seedtest fit irt --covariance --json FILE`".to_owned();
    Failure::new(format!("{}: {what}", path.display()), Some(hint))
}

/// What a file is that is no calibration of right and wrong answers, in words; `None` where nothing tells.
fn other_kind(value: &Value) -> Option<&'static str> {
    let Some(object) = value.as_object() else { return Some("no JSON object") };
    let has = |key: &str| object.contains_key(key);
    if has("linking_constants") && has("anchors") {
        return Some("what `seedtest link` wrote of one calibration on the scale of another");
    }
    if has_item_curves(&value.to_string()) {
        return Some("a calibration of items with several categories");
    }
    if has("item_params") || has("items") {
        return None;
    }
    Some(if has("scores") {
        "what `seedtest score` wrote"
    } else if has("files") && has("links") {
        "what `seedtest link` wrote of several calibrations"
    } else if has("table") {
        "a table of equated scores"
    } else if has("model_meta") || has("fit_meta") || has("model_type") {
        "the fit of another model"
    } else {
        "JSON without item parameters"
    })
}

pub(crate) fn write_json(
    value: &impl Serialize,
    path: &Path,
    output: &Output,
) -> Result<(), Failure> {
    let mut json = serde_json::to_string_pretty(value).map_err(seedtest_pipeline::Error::from)?;
    if let Cow::Owned(escaped) = escaped_in_json(&json) {
        json = escaped;
    }
    json.push('\n');
    let bytes = json.as_bytes();
    if path == Path::new("-") {
        return output.raw(bytes);
    }
    std::fs::write(path, bytes).map_err(|error| {
        Failure::new(
            format!("cannot write {}: {error}", path.display()),
            Some("check that the directory exists and the disk is not full".into()),
        )
    })
}
