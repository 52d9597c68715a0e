//! One answer as the document of a system tells it.

use serde_json::{Map, Value};

use crate::batch::Cells;
use crate::cell::Cell;
use crate::field::Field;
use crate::reject::{RejectReason, shortened};

/// One answer; what the document does not say is empty or `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Event {
    /// The id of the statement or event, by which one that comes twice is known.
    pub(crate) id: Option<String>,
    /// Who answered.
    pub(crate) student: String,
    /// What was answered.
    pub(crate) item: String,
    /// Whether it was right, where the document says so.
    pub(crate) right: Option<bool>,
    /// Points and their maximum, where the document says so.
    pub(crate) points: Option<(f64, f64)>,
    /// When, as the document writes it.
    pub(crate) at: Option<String>,
    /// How long it took, in milliseconds.
    pub(crate) response_time_ms: Option<f64>,
    /// Hints used.
    pub(crate) hints: Option<f64>,
    /// Topic.
    pub(crate) topic: Option<String>,
    /// Sitting.
    pub(crate) session: Option<String>,
    /// Subject, course or test.
    pub(crate) subject: Option<String>,
}

/// Why a document is no answer, and the value at fault.
pub(crate) type Fault = (RejectReason, String);

/// A document that tells of something else.
pub(super) fn not_an_answer(what: &str) -> Fault {
    (RejectReason::NotAnAnswer, shortened(what))
}

impl Event {
    /// The cells of a row.
    pub(crate) fn cells(&self) -> Cells<'_> {
        let mut cells = Cells::default();
        let texts = [
            (Field::CompletedAt, &self.at),
            (Field::Topic, &self.topic),
            (Field::Session, &self.session),
            (Field::Subject, &self.subject),
        ];
        for (field, text) in texts {
            cells.set(field, text.as_deref().map_or(Cell::Null, Cell::Text));
        }
        cells.set(Field::Student, Cell::Text(&self.student));
        cells.set(Field::Item, Cell::Text(&self.item));
        let number = |number: Option<f64>| number.map_or(Cell::Null, Cell::Float);
        cells.set(Field::ResponseTimeMs, number(self.response_time_ms));
        cells.set(Field::Hints, number(self.hints));
        match (self.points, self.right) {
            (Some((got, max)), right) => {
                cells.set(Field::Correct, Cell::Float(got));
                cells.set(Field::MaxPoints, Cell::Float(max));
                // What the document says goes before what the points say.
                cells.set(Field::Answer, right.map_or(Cell::Null, Cell::Bool));
            }
            (None, Some(right)) => cells.set(Field::Correct, Cell::Bool(right)),
            (None, None) => {}
        }
        cells
    }
}

/// The text of a key that holds text or a number.
pub(super) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The object under a key.
pub(super) fn object<'v>(
    object: &'v Map<String, Value>,
    key: &str,
) -> Option<&'v Map<String, Value>> {
    object.get(key)?.as_object()
}

/// The number under a key.
pub(super) fn number(object: &Map<String, Value>, key: &str) -> Option<f64> {
    object.get(key)?.as_f64()
}

/// The last part of an address, such as `answered` of `http://adlnet.gov/expapi/verbs/answered`.
pub(super) fn last_part(address: &str) -> &str {
    let end = address.trim_end_matches('/');
    end.rsplit(['/', '#', ':']).next().unwrap_or(end)
}
