//! Jobs of the registry, started over HTTP: their settings.

use seedtest_pipeline::{JobEntry, Settings};
use serde_json::{Map, Value};

use crate::error::{ApiError, ApiResult, Code};
use crate::state::App;

/// The settings in a body: an object of texts, numbers and switches.
pub(super) fn settings(
    app: &App,
    entry: &JobEntry,
    given: &Map<String, Value>,
) -> ApiResult<Settings> {
    if let Some(stray) = given.keys().find(|key| !entry.settings.iter().any(|s| s.key == **key)) {
        let known: Vec<&str> = entry.settings.iter().map(|setting| setting.key).collect();
        let shown: String = stray.chars().take(60).collect();
        let message = format!("{} has no setting {shown:?}", entry.name);
        return Err(ApiError::new(Code::InvalidParameter, message)
            .hint(format!("settings: {}", known.join(", "))));
    }
    let text = |key: &str| match given.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let environment = |name: &str| app.config.environment.get(name);
    Settings::resolve(entry, text, environment).map_err(ApiError::from)
}
