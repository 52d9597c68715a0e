//! What predicts later, in the JSON of a fit.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::commands::json_file::read_text;
use crate::failure::Failure;

/// The stored model in the JSON that `command` writes.
pub(super) fn stored_model<M: DeserializeOwned>(path: &Path, command: &str) -> Result<M, Failure> {
    let wrong = |error: String| {
        let hint = format!("give the JSON of `{command}`");
        Failure::new(format!("{}: {error}", path.display()), Some(hint))
    };
    let mut fit: Value =
        serde_json::from_str(&read_text(path)?).map_err(|error| wrong(error.to_string()))?;
    let model = fit.get_mut("stored_model").map_or(Value::Null, Value::take);
    if model.is_null() {
        return Err(wrong("no stored_model in it".into()));
    }
    serde_json::from_value(model)
        .map_err(|error| wrong(format!("the model in it is of another kind: {error}")))
}
