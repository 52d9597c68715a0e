//! Table `exam_answer`: the answers inside an exam document, unfolded in Rust for SQLite. PostgreSQL
//! does the same in view `seedtest_answer`; a test holds the two to the same rows.

use seedtest_responses::truth;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::attempts::identity::{exam_answer_id, whole_number};
use crate::engine::backend::Backend;
use crate::engine::value::Value;
use crate::schema::{Column, Kind, Table, integer, text};

pub(crate) const EXAM_ANSWER: Table = Table::analytics(
    "exam_answer",
    &[
        Column::new("exam_result_id", Kind::Uuid).required(),
        integer("position").required(),
        Column::new("id", Kind::BigInt).required(),
        Column::new("item_number", Kind::BigInt).required(),
        Column::new("correct", Kind::Bool),
        integer("response_time_ms"),
        integer("duration_s"),
        integer("used_hints"),
        text("topic_id"),
    ],
)
.key(&["exam_result_id", "position"])
.only(Backend::Sqlite);

/// One answer of a document; the names are those of table `exam_answer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExamAnswer {
    /// Position in the document, from 1.
    pub(crate) position: i64,
    pub(crate) id: i64,
    pub(crate) item_number: i64,
    pub(crate) correct: Option<bool>,
    pub(crate) response_time_ms: Option<i64>,
    pub(crate) duration_s: Option<i64>,
    pub(crate) used_hints: Option<i64>,
    pub(crate) topic_id: Option<String>,
}

impl ExamAnswer {
    pub(crate) fn values(&self, exam_result_id: Uuid) -> [Value<'_>; EXAM_ANSWER.width()] {
        [
            Value::Uuid(Some(exam_result_id)),
            Value::int(self.position),
            Value::int(self.id),
            Value::int(self.item_number),
            Value::Bool(self.correct),
            Value::Int(self.response_time_ms),
            Value::Int(self.duration_s),
            Value::Int(self.used_hints),
            Value::Text(self.topic_id.as_deref()),
        ]
    }
}

/// Longest response time in seconds whose milliseconds fit 32 bits.
const LONGEST_SECONDS: f64 = 2_147_483.0;

/// Answers whose question has a whole number as its id; the others are left out.
pub(crate) fn exam_answers(exam_result_id: Uuid, result_json: &Json) -> Vec<ExamAnswer> {
    questions(result_json)
        .iter()
        .enumerate()
        .filter_map(|(index, question)| answer(exam_result_id, index as i64 + 1, question))
        .collect()
}

/// The elements of `questions`, none when it is not a list.
pub(crate) fn questions(result_json: &Json) -> &[Json] {
    result_json.get("questions").and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn answer(exam_result_id: Uuid, position: i64, question: &Json) -> Option<ExamAnswer> {
    let question_id = field_text(question, "question_id")?;
    let seconds = field_text(question, "time_spent_sec").and_then(|text| seconds(&text));
    let truth = |name| field_text(question, name).and_then(|text| truth(&text));
    let hints = field_text(question, "used_hints").and_then(|text| whole_number(&text));
    Some(ExamAnswer {
        position,
        id: exam_answer_id(exam_result_id, &question_id),
        item_number: whole_number(&question_id)?,
        correct: truth("is_correct").or_else(|| truth("correct")),
        response_time_ms: seconds.map(|s| round(s * 1000.0)).filter(|&ms| ms != 0),
        duration_s: seconds.map(round),
        used_hints: hints.filter(|hints| (0..=i64::from(i32::MAX)).contains(hints)),
        topic_id: field_text(question, "topic").filter(|topic| !topic.is_empty()),
    })
}

/// A scalar as the text PostgreSQL's `->>` gives.
fn field_text(question: &Json, name: &str) -> Option<String> {
    match question.get(name)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn seconds(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    // Rust also reads words such as "inf".
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    let seconds: f64 = text.parse().ok()?;
    (0.0..=LONGEST_SECONDS).contains(&seconds).then_some(seconds)
}

/// Rounds half away from zero as PostgreSQL does with decimals: 1.0005 s are 1001 ms although the
/// nearest binary number lies below.
fn round(value: f64) -> i64 {
    (value * (1.0 + 4.0 * f64::EPSILON)).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_example_of_the_contract() {
        let exam = Uuid::try_parse("6f9619ff-8b86-4d01-b42d-00cf4fc964ff").unwrap();
        let document = json!({"questions": [
            {"question_id": 101, "correct": true, "time_spent_sec": 1.0005, "used_hints": 2, "topic": ""},
        ]});
        let expected = ExamAnswer {
            position: 1,
            id: -520_847_927_551_899_872,
            item_number: 101,
            correct: Some(true),
            response_time_ms: Some(1001),
            duration_s: Some(1),
            used_hints: Some(2),
            topic_id: None,
        };
        assert_eq!(exam_answers(exam, &document), [expected]);
    }

    #[test]
    fn questions_without_a_number_are_left_out() {
        let document = json!({"questions": [
            {"question_id": null}, {"question_id": ""}, {"question_id": "Q7"}, {}, "text", 5, [1],
        ]});
        assert_eq!(exam_answers(Uuid::nil(), &document), []);
        assert_eq!(exam_answers(Uuid::nil(), &json!({"questions": {"a": 1}})), []);
        assert_eq!(exam_answers(Uuid::nil(), &json!([1, 2])), []);
    }
}
