//! The tracking log of Open edX: one event a line.

use serde_json::{Map, Value};

use super::event::{Event, Fault, not_an_answer, number, object, text};

/// Reads an event: `problem_check` of the server, with one answer for the problem.
///
/// A person is known by `context.user_id`, else by the user name. Events of the browser of the same name say
/// what was typed and not what was right.
pub(super) fn read(line: &Map<String, Value>) -> Result<Vec<Event>, Fault> {
    let kind = text(line, "event_type").or_else(|| text(line, "name")).unwrap_or_default();
    if kind != "problem_check"
        || text(line, "event_source").is_some_and(|source| source != "server")
    {
        return Err(not_an_answer(&kind));
    }
    let parsed;
    let event = match line.get("event") {
        Some(Value::Object(event)) => event,
        // Some writers put the event in as text.
        Some(Value::String(text)) => {
            parsed = serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
            &parsed
        }
        _ => return Err(not_an_answer("no event")),
    };
    let context = object(line, "context");
    let student =
        context.and_then(|context| text(context, "user_id")).or_else(|| text(line, "username"));
    let points =
        number(event, "grade").zip(number(event, "max_grade")).filter(|(_, max)| *max > 0.0);
    let right = match text(event, "success").as_deref() {
        Some("correct") => Some(true),
        Some("incorrect") => Some(false),
        _ => None,
    };
    if right.is_none() && points.is_none() {
        return Err(not_an_answer("neither success nor grade"));
    }
    Ok(vec![Event {
        id: None,
        student: student.unwrap_or_default(),
        item: text(event, "problem_id").unwrap_or_default(),
        right,
        points,
        at: text(line, "time"),
        subject: context.and_then(|context| text(context, "course_id")),
        hints: object(event, "correct_map").map(hints).filter(|n| *n > 0.0),
        ..Event::default()
    }])
}

/// How many inputs of the problem show a hint.
fn hints(inputs: &Map<String, Value>) -> f64 {
    let has_hint = |input: &&Value| {
        let hint = input.get("hint").and_then(Value::as_str).unwrap_or_default();
        !hint.trim().is_empty()
    };
    inputs.values().filter(has_hint).count() as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_checked_problem_is_an_answer() {
        let line = json!({
            "username": "amy", "event_type": "problem_check", "event_source": "server",
            "time": "2025-03-03T09:00:00.123456+00:00",
            "context": {"course_id": "course-v1:X+1", "user_id": 55},
            "event": {"problem_id": "block-v1:X+p1", "success": "incorrect", "grade": 1, "max_grade": 2,
                      "correct_map": {"i1": {"hint": ""}, "i2": {"hint": "look again"}}}
        });
        let events = read(line.as_object().unwrap()).unwrap();
        assert_eq!(events[0].student, "55");
        assert_eq!((events[0].right, events[0].points), (Some(false), Some((1.0, 2.0))));
        assert_eq!(events[0].hints, Some(1.0));
        let browser =
            json!({"event_type": "problem_check", "event_source": "browser", "event": "input=1"});
        assert!(read(browser.as_object().unwrap()).is_err());
        let video = json!({"event_type": "play_video", "event_source": "browser"});
        assert!(read(video.as_object().unwrap()).is_err());
    }
}
