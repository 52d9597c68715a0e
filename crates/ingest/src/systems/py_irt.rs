//! The format of py-irt: one subject a line with an object of items.

use serde_json::{Map, Value};

use super::event::{Event, Fault, text};
use crate::reject::{RejectReason, shortened};

/// Reads a line `{"subject_id": …, "responses": {ITEM: 0 or 1, …}}`.
pub(super) fn read(line: &Map<String, Value>) -> Result<Vec<Event>, Fault> {
    let student = text(line, "subject_id").ok_or((RejectReason::MissingStudent, String::new()))?;
    let Some(Value::Object(responses)) = line.get("responses") else {
        return Err((RejectReason::BadJson, "responses".to_owned()));
    };
    let mut events = Vec::with_capacity(responses.len());
    for (item, response) in responses {
        let right = match response {
            Value::Null => None,
            Value::Bool(right) => Some(*right),
            Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
            Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
            other => {
                return Err((RejectReason::BadCorrect, shortened(&format!("{item}={other}"))));
            }
        };
        events.push(Event {
            student: student.clone(),
            item: item.clone(),
            right,
            ..Event::default()
        });
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_as_many_answers_as_it_has_items() {
        let line = json!({"subject_id": "pedro", "responses": {"q1": 1, "q2": 0, "q3": null}});
        let rights: Vec<_> =
            read(line.as_object().unwrap()).unwrap().into_iter().map(|event| event.right).collect();
        assert_eq!(rights, [Some(true), Some(false), None]);
        let odd = json!({"subject_id": "pedro", "responses": {"q1": 2}});
        assert_eq!(
            read(odd.as_object().unwrap()).unwrap_err(),
            (RejectReason::BadCorrect, "q1=2".into())
        );
    }
}
