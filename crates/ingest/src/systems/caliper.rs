//! Events of Caliper Analytics 1.2 (1EdTech): answers to assessment items, and grades.

use serde_json::{Map, Value};

use super::event::{Event, Fault, not_an_answer, object, text};
use super::iso_duration::milliseconds;
use crate::reject::{RejectReason, shortened};

/// Reads an event: `AssessmentItemEvent` that was completed, `GradeEvent` that was graded.
///
/// Caliper says what was answered in the first and what it was worth in the second; an `AssessmentItemEvent` is
/// right or wrong only where its response carries a score.
pub(super) fn read(event: &Map<String, Value>) -> Result<Vec<Event>, Fault> {
    let kind = text(event, "type").unwrap_or_default();
    let action = text(event, "action").unwrap_or_default();
    let found = match (kind.as_str(), action.as_str()) {
        ("AssessmentItemEvent", "Completed") => item_event(event),
        ("GradeEvent", "Graded") => grade_event(event),
        ("", _) => return Err(not_an_answer("no type")),
        _ => return Err(not_an_answer(&format!("{kind} {action}"))),
    };
    found.map(|found| vec![found])
}

fn item_event(event: &Map<String, Value>) -> Result<Event, Fault> {
    let item = entity(event, "object");
    let response = object(event, "generated");
    let attempt = response.and_then(|response| object(response, "attempt"));
    let score = response.and_then(|response| object(response, "score"));
    let points = match score.or(response) {
        Some(score) => points(score)?,
        None => None,
    };
    if points.is_none() {
        return Err(not_an_answer("a response without a score: its GradeEvent has it"));
    }
    Ok(Event {
        item: item.unwrap_or_default(),
        points,
        response_time_ms: response
            .and_then(|response| text(response, "duration"))
            .or_else(|| attempt.and_then(|attempt| text(attempt, "duration")))
            .and_then(|text| milliseconds(&text)),
        subject: object(event, "object").and_then(|item| entity(item, "isPartOf")),
        ..common(event, attempt)
    })
}

fn grade_event(event: &Map<String, Value>) -> Result<Event, Fault> {
    let attempt = object(event, "object");
    let score =
        object(event, "generated").ok_or_else(|| not_an_answer("a grade without a score"))?;
    let points = points(score)?.ok_or_else(|| not_an_answer("a score without a maximum"))?;
    let item = attempt.and_then(|attempt| entity(attempt, "assignable")).unwrap_or_default();
    let graded = common(event, attempt);
    let student = attempt.and_then(|attempt| entity(attempt, "assignee"));
    Ok(Event {
        // Who acts is who grades.
        student: student.unwrap_or_default(),
        item,
        points: Some(points),
        response_time_ms: attempt
            .and_then(|attempt| text(attempt, "duration"))
            .and_then(|text| milliseconds(&text)),
        subject: attempt
            .and_then(|attempt| object(attempt, "assignable"))
            .and_then(|item| entity(item, "isPartOf")),
        ..graded
    })
}

/// What both kinds of event say.
fn common(event: &Map<String, Value>, attempt: Option<&Map<String, Value>>) -> Event {
    let ended = attempt.and_then(|attempt| text(attempt, "endedAtTime"));
    Event {
        id: text(event, "id"),
        student: entity(event, "actor").unwrap_or_default(),
        at: ended.or_else(|| text(event, "eventTime")),
        session: entity(event, "session"),
        ..Event::default()
    }
}

/// Points and their maximum; `None` where one of them is missing.
fn points(score: &Map<String, Value>) -> Result<Option<(f64, f64)>, Fault> {
    let part = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| score.get(*name).filter(|of| !of.is_null()));
        value.map(|value| value.as_f64().ok_or_else(|| bad_points(score))).transpose()
    };
    let max = part(["maxScore", "maxResultScore"])?;
    let got = part(["scoreGiven", "resultScore"])?;
    let Some((got, max)) = got.zip(max) else { return Ok(None) };
    let is_one = max > 0.0 && (0.0..=max).contains(&got);
    if is_one { Ok(Some((got, max))) } else { Err(bad_points(score)) }
}

/// Points that are none, with what says so.
fn bad_points(score: &Map<String, Value>) -> Fault {
    let names = ["scoreGiven", "maxScore", "resultScore", "maxResultScore"];
    let said = names.iter().filter_map(|name| Some(format!("{name} {}", score.get(*name)?)));
    (RejectReason::BadPoints, shortened(&said.collect::<Vec<_>>().join(", ")))
}

/// The id of an entity that is written as an object or as its id alone.
fn entity(holder: &Map<String, Value>, key: &str) -> Option<String> {
    match holder.get(key)? {
        Value::String(id) => Some(id.clone()),
        Value::Object(entity) => text(entity, "id"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Value) -> Result<Event, Fault> {
        read(value.as_object().unwrap()).map(|mut events| events.remove(0))
    }

    #[test]
    fn a_grade_is_an_answer_of_the_student() {
        let event = of(&json!({
            "id": "urn:uuid:1",
            "type": "GradeEvent",
            "action": "Graded",
            "actor": {"id": "https://x/autograder", "type": "SoftwareApplication"},
            "object": {
                "id": "https://x/attempt/1",
                "type": "Attempt",
                "assignee": {"id": "https://x/users/554433", "type": "Person"},
                "assignable": {"id": "https://x/items/3", "type": "AssessmentItem", "isPartOf": "https://x/quiz"},
                "endedAtTime": "2025-03-03T09:00:10.000Z",
                "duration": "PT10S"
            },
            "generated": {"id": "https://x/score/1", "type": "Score", "maxScore": 3, "scoreGiven": 1},
            "eventTime": "2025-03-03T09:05:00.000Z"
        }))
        .unwrap();
        assert_eq!(
            (event.student.as_str(), event.item.as_str()),
            ("https://x/users/554433", "https://x/items/3")
        );
        assert_eq!((event.points, event.response_time_ms), (Some((1.0, 3.0)), Some(10_000.0)));
        assert_eq!(event.at.as_deref(), Some("2025-03-03T09:00:10.000Z"));
        assert_eq!(event.subject.as_deref(), Some("https://x/quiz"));
    }

    #[test]
    fn other_events_tell_of_no_answer() {
        for event in [
            json!({"type": "NavigationEvent", "action": "NavigatedTo"}),
            json!({"type": "AssessmentItemEvent", "action": "Started"}),
            json!({"type": "AssessmentItemEvent", "action": "Completed", "object": "q1", "actor": "amy"}),
            json!({"type": "GradeEvent", "action": "Graded"}),
            json!({}),
        ] {
            assert_eq!(of(&event).unwrap_err().0, RejectReason::NotAnAnswer, "{event}");
        }
    }

    #[test]
    fn points_that_are_none_are_a_fault() {
        for score in [
            json!({"maxScore": 0, "scoreGiven": 0}),
            json!({"maxScore": 4, "scoreGiven": 5}),
            json!({"maxScore": 4, "scoreGiven": -1}),
            json!({"maxScore": "4", "scoreGiven": 1}),
            json!({"maxScore": 4, "scoreGiven": true}),
        ] {
            let grade = json!({"type": "GradeEvent", "action": "Graded", "generated": score,
                "object": {"assignee": "amy", "assignable": "q1"}});
            let item = json!({"type": "AssessmentItemEvent", "action": "Completed", "actor": "amy",
                "object": "q1", "generated": {"score": score}});
            for event in [grade, item] {
                let (reason, value) = of(&event).unwrap_err();
                assert_eq!(reason, RejectReason::BadPoints, "{event}");
                assert!(value.starts_with("scoreGiven "), "{value}");
            }
        }
    }
}
