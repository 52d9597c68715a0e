//! JSON in and out of files; `-` is standard output.

use std::path::Path;

use seedtest_fault::escaped_in_json;
use seedtest_wire::CalibrateResponse;
use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// A calibration written by `fit irt --json`.
pub(crate) fn read_json(path: &Path) -> Result<CalibrateResponse, Failure> {
    parse_json(&read_text(path)?).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            Some("give the JSON of `seedtest fit irt --covariance --json FILE`".into()),
        )
    })
}

pub(crate) fn write_json(
    value: &impl Serialize,
    path: &Path,
    output: &Output,
) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(seedtest_pipeline::Error::from)?;
    let mut bytes = escaped_in_json(&json).into_owned().into_bytes();
    bytes.push(b'\n');
    if path == Path::new("-") {
        return output.raw(&bytes);
    }
    std::fs::write(path, &bytes).map_err(|error| {
        Failure::new(
            format!("cannot write {}: {error}", path.display()),
            Some("check that the directory exists and the disk is not full".into()),
        )
    })
}
