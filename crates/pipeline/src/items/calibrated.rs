//! The answers that a calibration was made from.

use chrono::{DateTime, Duration, Utc};
use seedtest_responses::Duplicates;
use seedtest_store::{FitMeta, LogFilter};
use serde_json::Value;

/// The start of so many days, 0 = all.
pub(crate) fn since(days: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (days > 0).then(|| now - Duration::days(i64::from(days)))
}

/// The answers of a calibration. An ability in a topic from older answers than those would be that of a
/// student who had learnt less, and lie below the student's own for no other reason.
pub(crate) fn answers_of(meta: &FitMeta, now: DateTime<Utc>) -> LogFilter {
    let spec = &meta.model_spec;
    let text = |key: &str| spec.get(key).and_then(Value::as_str);
    let instant = |key| DateTime::parse_from_rfc3339(text(key)?).ok().map(|at| at.to_utc());
    let days = spec.get("lookback_days").and_then(Value::as_u64).unwrap_or(0);
    // Calibrations of earlier versions did not note their answers.
    let from = instant("answers_from")
        .or_else(|| since(days.min(u64::from(u32::MAX)) as u32, meta.fitted_at));
    // The last second counts whole.
    let to = instant("answers_to").map(|last| last + Duration::seconds(1));
    LogFilter {
        from,
        to: Some(to.unwrap_or(meta.fitted_at).min(now)),
        topic_id: text("topic_id").map(str::to_string),
        subject_id: text("subject_id").map(str::to_string),
        ..LogFilter::default()
    }
}

/// Which of several answers to an item counted in a calibration.
pub(crate) fn duplicates_of(meta: Option<&FitMeta>) -> Duplicates {
    let word = meta.and_then(|meta| meta.model_spec.get("duplicates")?.as_str());
    let known = [Duplicates::First, Duplicates::Last, Duplicates::All];
    known.into_iter().find(|policy| Some(policy.name()) == word).unwrap_or_default()
}
