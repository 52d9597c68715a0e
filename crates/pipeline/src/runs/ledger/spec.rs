//! What has to be known to repeat a job run: its settings and the instant it stood on.

use chrono::{DateTime, SecondsFormat, Utc};
use seedtest_responses::TimeZone;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::registry::{JobEntry, Kind, Settings};

/// Settings that say where a run computes, not what: a repetition computes in this process.
const ELSEWHERE: &str = "base-url";

/// The settings in force, without secrets and credentials, and which of them somebody chose.
pub(super) fn write(
    entry: &JobEntry,
    settings: &Settings,
    zone: &TimeZone,
    now: DateTime<Utc>,
) -> Value {
    let shown = entry.settings.iter().filter(|setting| setting.kind != Kind::Secret);
    let mut all = Map::new();
    let mut chosen = Vec::new();
    for setting in shown {
        let Some(text) = (match setting.kind {
            Kind::Address => settings.shown(setting),
            _ => settings.owned(setting.key),
        }) else {
            continue;
        };
        all.insert(setting.key.to_string(), json!(text));
        if !settings.is_default(setting.key) {
            chosen.push(setting.key);
        }
    }
    json!({
        "as_of": now.to_rfc3339_opts(SecondsFormat::Micros, true),
        "time_zone": zone.name(),
        "settings": all,
        "chosen": chosen,
    })
}

/// A stored specification, read back.
pub(super) struct Stored {
    pub(super) as_of: DateTime<Utc>,
    pub(super) settings: Settings,
    /// Of its days; UTC for a run that named none.
    pub(super) time_zone: TimeZone,
    /// Whether the run computed at another address.
    pub(super) remote: bool,
}

pub(super) fn read(entry: &JobEntry, spec: &Value) -> Result<Stored, Error> {
    let as_of = spec["as_of"].as_str().and_then(|text| text.parse().ok());
    let as_of = as_of.ok_or_else(|| Error::NoInstant)?;
    let chosen = |key: &str| {
        let keys = spec["chosen"].as_array();
        keys.is_some_and(|keys| keys.iter().any(|chosen| chosen == key))
    };
    let stored = |key: &str| spec["settings"][key].as_str().map(str::to_string);
    let settings = Settings::repeat(entry, stored, chosen)?;
    let time_zone = match spec["time_zone"].as_str() {
        Some(name) => name.parse().map_err(Error::UnknownTimeZone)?,
        None => TimeZone::default(),
    };
    Ok(Stored { as_of, settings, time_zone, remote: stored(ELSEWHERE).is_some() })
}
