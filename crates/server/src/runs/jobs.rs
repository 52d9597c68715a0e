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
        let known = entry.settings.iter().filter(|setting| setting.flag);
        let known: Vec<&str> = known.map(|setting| setting.key).collect();
        let shown: String = stray.chars().take(60).collect();
        let message = format!("{} has no setting {shown:?}", entry.name);
        return Err(ApiError::new(Code::InvalidParameter, message)
            .hint(format!("settings: {}", known.join(", "))));
    }
    let of_process = |key: &&String| entry.settings.iter().any(|s| s.key == **key && !s.flag);
    if let Some(key) = given.keys().find(of_process) {
        let message = format!("{key} is set where the service is started, not by a request");
        return Err(ApiError::new(Code::InvalidParameter, message)
            .hint("leave it out; the reference of jobs names its environment variables"));
    }
    let text = |key: &str| match given.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let environment = |name: &str| app.config.environment.get(name);
    Settings::resolve(entry, text, environment).map_err(ApiError::from)
}
