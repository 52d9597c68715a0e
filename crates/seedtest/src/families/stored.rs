//! What predicts later, in the JSON of a fit.

use std::path::Path;

use seedtest_wire::json_fault;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::commands::json_file::{parse_json, read_text};
use crate::failure::Failure;

/// The stored model in the JSON that `command` writes.
pub(super) fn stored_model<M: DeserializeOwned>(path: &Path, command: &str) -> Result<M, Failure> {
    let wrong = |error: String| {
        let hint = format!("give the JSON of `{command}`");
        Failure::new(format!("{}: {error}", path.display()), Some(hint))
    };
    let mut fit: Value = parse_json(&read_text(path)?).map_err(wrong)?;
    let model = fit.get_mut("stored_model").map_or(Value::Null, Value::take);
    if model.is_null() {
        return Err(wrong("no stored_model in it".into()));
    }
    serde_json::from_value(model).map_err(|error| {
        wrong(format!("the model in it is of another kind: {}", json_fault(&error)))
    })
}
