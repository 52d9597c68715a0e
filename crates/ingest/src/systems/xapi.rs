//! Statements of the Experience API, versions 1.0.3 (ADL) and 2.0 (IEEE 9274.1.1), also those that Open edX
//! Aspects writes.

use serde_json::{Map, Value};

use super::event::{Event, Fault, last_part, not_an_answer, object, text};
use super::iso_duration::milliseconds;
use crate::reject::{RejectReason, shortened};

/// Verbs that tell of an answer or of its score, by the last part of their address.
const ANSWERS: &[&str] =
    &["answered", "completed", "scored", "passed", "failed", "attempted", "mastered", "evaluated"];

/// Reads a statement: who, what, whether it was right or how many points it got, when and how long.
///
/// A person is known by the name of an account, else by mailbox or OpenID; an item by the id of the activity.
/// Statements without a result tell of no answer, and neither do those that void another one.
pub(super) fn read(statement: &Map<String, Value>) -> Result<Vec<Event>, Fault> {
    let verb = object(statement, "verb").and_then(|verb| text(verb, "id")).unwrap_or_default();
    let verb = last_part(&verb);
    if !ANSWERS.contains(&verb) {
        return Err(not_an_answer(if verb.is_empty() { "no verb" } else { verb }));
    }
    let result = match statement.get("result") {
        None | Some(Value::Null) => return Err(not_an_answer("no result")),
        Some(Value::Object(result)) => result,
        Some(other) => return Err(malformed(RejectReason::BadCorrect, "result", other)),
    };
    let activity = object(statement, "object").ok_or((RejectReason::MissingItem, String::new()))?;
    if text(activity, "objectType").is_some_and(|kind| kind != "Activity") {
        return Err(not_an_answer("the object is no activity"));
    }
    let context = object(statement, "context");
    let success = match result.get("success") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(success)) => Some(*success),
        Some(other) => return Err(malformed(RejectReason::BadCorrect, "success", other)),
    };
    let right = success.or(match verb {
        "passed" | "mastered" => Some(true),
        "failed" => Some(false),
        _ => None,
    });
    let points = match result.get("score") {
        None | Some(Value::Null) => None,
        Some(Value::Object(score)) => points(score, right.is_some())?,
        Some(other) => return Err(malformed(RejectReason::BadPoints, "score", other)),
    };
    if right.is_none() && points.is_none() {
        let raw = object(result, "score").and_then(|score| score.get("raw"));
        return Err(not_an_answer(match raw {
            None | Some(Value::Null) => "neither success nor score",
            // Of how many nobody knows.
            Some(_) => "a raw score without max",
        }));
    }
    Ok(vec![Event {
        id: text(statement, "id"),
        student: object(statement, "actor").and_then(agent).unwrap_or_default(),
        item: text(activity, "id").unwrap_or_default(),
        right,
        points,
        at: text(statement, "timestamp").or_else(|| text(statement, "stored")),
        response_time_ms: text(result, "duration").and_then(|text| milliseconds(&text)),
        topic: context.and_then(|context| of_context(context, "category")),
        session: context.and_then(|context| text(context, "registration")),
        subject: context.and_then(|context| {
            of_context(context, "parent").or_else(|| of_context(context, "grouping"))
        }),
        hints: None,
    }])
}

/// Points and their maximum, counted from the least there may be: raw and max, else the scaled score. Scores
/// below 0 are no points: they are left out where the statement says what was right (`is_known`).
fn points(score: &Map<String, Value>, is_known: bool) -> Result<Option<(f64, f64)>, Fault> {
    let [raw, min, max, scaled] = ["raw", "min", "max", "scaled"].map(|key| part(score, key));
    let (raw, min, max, scaled) = (raw?, min?, max?, scaled?);
    let least = min.unwrap_or(0.0);
    let is_range = max.is_none_or(|max| max > least);
    let is_within =
        raw.is_none_or(|raw| min.is_none_or(|min| raw >= min) && max.is_none_or(|max| raw <= max));
    let is_scaled = scaled.is_none_or(|scaled| (-1.0..=1.0).contains(&scaled));
    if !(is_range && is_within && is_scaled) {
        return Err(no_points(score));
    }
    let of_raw = raw.zip(max).map(|(raw, max)| (raw - least, max - least));
    let Some((got, most)) = of_raw.or(scaled.map(|scaled| (scaled, 1.0))) else { return Ok(None) };
    if got >= 0.0 {
        return Ok(Some((got, most)));
    }
    if is_known { Ok(None) } else { Err(no_points(score)) }
}

fn no_points(score: &Map<String, Value>) -> Fault {
    malformed(RejectReason::BadPoints, "score", &Value::Object(score.clone()))
}

/// A number of a score, which may be missing.
fn part(score: &Map<String, Value>, key: &str) -> Result<Option<f64>, Fault> {
    match score.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) => Ok(Some(number)),
            None => Err(malformed(RejectReason::BadPoints, key, value)),
        },
    }
}

/// A part of a result that is none, with its name.
fn malformed(reason: RejectReason, name: &str, value: &Value) -> Fault {
    (reason, shortened(&format!("{name}: {value}")))
}

/// Who an agent is.
fn agent(actor: &Map<String, Value>) -> Option<String> {
    let account = object(actor, "account").and_then(|account| text(account, "name"));
    account
        .or_else(|| text(actor, "mbox").map(|mail| mail.trim_start_matches("mailto:").to_owned()))
        .or_else(|| text(actor, "openid"))
        .or_else(|| text(actor, "mbox_sha1sum"))
        .or_else(|| text(actor, "name"))
}

/// The id of the first activity of a kind around the statement.
fn of_context(context: &Map<String, Value>, kind: &str) -> Option<String> {
    let activities = object(context, "contextActivities")?.get(kind)?;
    let first = match activities {
        Value::Array(list) => list.first()?,
        one => one,
    };
    text(first.as_object()?, "id")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Value) -> Result<Event, Fault> {
        read(value.as_object().unwrap()).map(|mut events| events.remove(0))
    }

    #[test]
    fn a_statement_is_an_answer() {
        let event = of(&json!({
            "id": "u1",
            "actor": {"account": {"homePage": "https://lms.example", "name": "s1"}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
            "object": {"id": "http://ex.org/q1"},
            "result": {"success": true, "duration": "PT12.3S", "score": {"raw": 2, "max": 2}},
            "context": {"registration": "r1", "contextActivities": {"parent": [{"id": "http://ex.org/quiz"}]}},
            "timestamp": "2025-03-03T09:00:00.000Z"
        }))
        .unwrap();
        assert_eq!((event.student.as_str(), event.item.as_str()), ("s1", "http://ex.org/q1"));
        assert_eq!((event.right, event.points), (Some(true), Some((2.0, 2.0))));
        assert_eq!(event.response_time_ms, Some(12_300.0));
        assert_eq!(event.session.as_deref(), Some("r1"));
        assert_eq!(event.subject.as_deref(), Some("http://ex.org/quiz"));
    }

    #[test]
    fn people_and_scores_in_every_form() {
        let statement = |actor: Value, verb: &str, result: Value| {
            json!({"actor": actor, "verb": {"id": format!("http://x/{verb}")},
                   "object": {"id": "q"}, "result": result})
        };
        let event =
            of(&statement(json!({"mbox": "mailto:amy@x.org"}), "failed", json!({}))).unwrap();
        assert_eq!((event.student.as_str(), event.right), ("amy@x.org", Some(false)));
        let scaled = json!({"score": {"scaled": 0.5}});
        let event = of(&statement(json!({"mbox_sha1sum": "ab"}), "completed", scaled)).unwrap();
        assert_eq!((event.student.as_str(), event.points), ("ab", Some((0.5, 1.0))));
        let reason = |value: &Value| of(value).unwrap_err().0;
        let actor = json!({"openid": "https://amy.x"});
        assert_eq!(
            reason(&statement(actor.clone(), "experienced", json!({}))),
            RejectReason::NotAnAnswer
        );
        assert_eq!(
            reason(&statement(actor.clone(), "answered", json!({}))),
            RejectReason::NotAnAnswer
        );
        assert_eq!(reason(&json!({"actor": actor})), RejectReason::NotAnAnswer);
    }

    #[test]
    fn a_result_that_is_none_is_a_fault() {
        let of_result = |result: Value| {
            of(&json!({"actor": {"openid": "https://amy.x"}, "verb": {"id": "http://x/answered"},
                "object": {"id": "q"}, "result": result}))
        };
        for (result, reason, told) in [
            (json!("yes"), RejectReason::BadCorrect, "result: \"yes\""),
            (json!({"success": "yes"}), RejectReason::BadCorrect, "success: \"yes\""),
            (json!({"success": 1}), RejectReason::BadCorrect, "success: 1"),
            (json!({"score": 7}), RejectReason::BadPoints, "score: 7"),
            (json!({"score": {"scaled": 7}}), RejectReason::BadPoints, "score: {\"scaled\":7}"),
            (json!({"score": {"scaled": -1.5}}), RejectReason::BadPoints, "-1.5"),
            (json!({"score": {"scaled": -0.5}}), RejectReason::BadPoints, "-0.5"),
            (json!({"score": {"scaled": "1"}}), RejectReason::BadPoints, "scaled: \"1\""),
            (json!({"score": {"raw": 0, "max": 0}}), RejectReason::BadPoints, "\"max\":0"),
            (json!({"score": {"raw": 7, "max": 5}}), RejectReason::BadPoints, "\"raw\":7"),
            (json!({"score": {"raw": -1, "max": 5}}), RejectReason::BadPoints, "\"raw\":-1"),
            (
                json!({"score": {"raw": 1, "min": 2, "max": 5}}),
                RejectReason::BadPoints,
                "\"min\":2",
            ),
            (
                json!({"score": {"raw": 2, "min": 5, "max": 5}}),
                RejectReason::BadPoints,
                "\"min\":5",
            ),
            (json!({"success": true, "score": {"raw": 6, "max": 5}}), RejectReason::BadPoints, "6"),
        ] {
            let (found, value) = of_result(result.clone()).unwrap_err();
            assert_eq!(found, reason, "{result}");
            assert!(value.contains(told), "{result}: {value}");
        }
        // Of how many is not said: a statement of its kind, and no answer.
        let (found, value) = of_result(json!({"score": {"raw": 7}})).unwrap_err();
        assert_eq!((found, &*value), (RejectReason::NotAnAnswer, "a raw score without max"));
        let event = of_result(json!({"success": true, "score": {"raw": 7}})).unwrap();
        assert_eq!((event.right, event.points), (Some(true), None));
        // A score below 0 is one, and says nothing that success does not say.
        let event = of_result(json!({"success": false, "score": {"scaled": -0.5}})).unwrap();
        assert_eq!((event.right, event.points), (Some(false), None));
        let event = of_result(json!({"score": {"raw": 3, "min": 1, "max": 5}})).unwrap();
        assert_eq!(event.points, Some((2.0, 4.0)));
        let event = of_result(json!({"success": null, "score": {"raw": 0, "max": 5}})).unwrap();
        assert_eq!((event.right, event.points), (None, Some((0.0, 5.0))));
    }
}
