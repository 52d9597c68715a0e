//! Statements of the Experience API, versions 1.0.3 (ADL) and 2.0 (IEEE 9274.1.1), also those that Open edX
//! Aspects writes.

use serde_json::{Map, Value};

use super::event::{Event, Fault, last_part, not_an_answer, number, object, text};
use super::iso_duration::milliseconds;
use crate::reject::RejectReason;

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
    let Some(result) = object(statement, "result") else { return Err(not_an_answer("no result")) };
    let activity = object(statement, "object").ok_or((RejectReason::MissingItem, String::new()))?;
    if text(activity, "objectType").is_some_and(|kind| kind != "Activity") {
        return Err(not_an_answer("the object is no activity"));
    }
    let context = object(statement, "context");
    let score = object(result, "score");
    let points = score.and_then(points);
    let success = result.get("success").and_then(Value::as_bool);
    let right = success.or(match verb {
        "passed" | "mastered" => Some(true),
        "failed" => Some(false),
        _ => None,
    });
    if right.is_none() && points.is_none() {
        return Err(not_an_answer("neither success nor score"));
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

/// Points and their maximum: raw and max, else the scaled score.
fn points(score: &Map<String, Value>) -> Option<(f64, f64)> {
    let raw = number(score, "raw").zip(number(score, "max")).filter(|(_, max)| *max > 0.0);
    let scaled = number(score, "scaled").map(|scaled| (scaled, 1.0));
    raw.or(scaled).filter(|(got, max)| (0.0..=*max).contains(got))
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
        let beyond = json!({"score": {"raw": 7, "max": 5}});
        assert_eq!(reason(&statement(json!({}), "answered", beyond)), RejectReason::NotAnAnswer);
    }
}
