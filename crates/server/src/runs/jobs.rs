//! Jobs of the registry, started over HTTP: their settings.

use seedtest_pipeline::{JobEntry, Settings};
use serde_json::{Map, Value};

use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Code};
use crate::routing::TokenScope;
use crate::state::App;

/// Refuses a caller who is no operator what takes away what belongs to others, or sends data elsewhere.
pub(super) fn admit(
    caller: &Caller,
    entry: &JobEntry,
    given: &Map<String, Value>,
) -> ApiResult<()> {
    caller.require(&[TokenScope::Jobs])?;
    if caller.is_operator() {
        return Ok(());
    }
    let refused = |what: String| {
        let hint = format!("{what} needs a token with the scopes jobs and operator");
        Err(ApiError::new(Code::InsufficientScope, "insufficient_scope").hint(hint))
    };
    if entry.is_of_operator() {
        return refused(format!("{}, which lets go of what belongs to others,", entry.name));
    }
    let of_operator = entry.settings.iter().find(|s| s.operator && given.contains_key(s.key));
    match of_operator {
        Some(setting) => refused(format!("the setting {} of {}", setting.key, entry.name)),
        None => Ok(()),
    }
}

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
    let holds_null = |value: &Value| value.as_str().is_some_and(|text| text.contains('\0'));
    if let Some((key, _)) = given.iter().find(|(_, value)| holds_null(value)) {
        let message = format!("{key}: its text holds the character U+0000");
        return Err(ApiError::new(Code::InvalidParameter, message)
            .hint("settings are texts without control characters, numbers and switches"));
    }
    let text = |key: &str| match given.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let environment = |name: &str| app.config.environment.get(name);
    Settings::resolve(entry, text, environment).map_err(ApiError::from)
}
