//! The result document of one exam session.

use seedtest_responses::TimeZone;
use serde_json::{Map, Value};

use crate::batch::{Batch, Cells};
use crate::cell::Cell;
use crate::field::Field;
use crate::reading::Reading;
use crate::reject::{RejectReason, shortened};
use crate::time::Moment;

/// The result of one exam sitting, a row of `exam_results` (platform schema S2).
#[derive(Debug, Clone, PartialEq)]
pub struct ExamDocument {
    /// Line of the file.
    pub line: u64,
    /// UUID of the row, lower case with hyphens, where the source gives one.
    pub id: Option<String>,
    /// The sitting; unique.
    pub session_id: String,
    /// Canonical text id of the student.
    pub user_id: Option<String>,
    /// Organisation.
    pub org_id: Option<i32>,
    /// Exam, which stands for the subject.
    pub exam_id: Option<i32>,
    /// State of the result; `ready` where the source gives none.
    pub status: String,
    /// The document itself, with its `questions`.
    pub result_json: Value,
    /// Raw score.
    pub score_raw: Option<f64>,
    /// Scaled score.
    pub score_scaled: Option<f64>,
    /// Standard error of the score.
    pub standard_error: Option<f64>,
    /// Percentile of the score.
    pub percentile: Option<f64>,
    /// When the result was made, microseconds since 1970-01-01 UTC.
    pub created_at: Option<i64>,
    /// When it was last changed, microseconds since 1970-01-01 UTC.
    pub updated_at: Option<i64>,
}

/// Why a document is not read, and the value at fault.
type Fault = (RejectReason, String);

/// Keys that are columns of `exam_results`; the others belong to the document.
const COLUMNS: [&str; 12] = [
    "id",
    "session_id",
    "user_id",
    "org_id",
    "exam_id",
    "status",
    "score_raw",
    "score_scaled",
    "standard_error",
    "percentile",
    "created_at",
    "updated_at",
];

impl ExamDocument {
    /// Reads one line. `result_json` may be an object or an object written as a string; without it,
    /// what is left of the line's object is the document. Times without an offset are of `zone`.
    pub(crate) fn parse(text: &str, line: u64, zone: &TimeZone) -> Result<Self, Fault> {
        let Ok(Value::Object(mut object)) = serde_json::from_str(text) else {
            return Err((RejectReason::BadJson, shortened(text)));
        };
        let result_json =
            take_result(&mut object).ok_or((RejectReason::BadJson, "result_json".to_owned()))?;
        if holds_nul(&result_json) {
            return Err((RejectReason::BadEncoding, "result_json".to_owned()));
        }
        let session_id = id(&object, "session_id")?;
        let session_id = session_id.ok_or((RejectReason::MissingSession, String::new()))?;
        Ok(Self {
            line,
            id: uuid(&object)?,
            session_id,
            user_id: id(&object, "user_id")?,
            org_id: integer(&object, "org_id")?,
            exam_id: integer(&object, "exam_id")?,
            status: id(&object, "status")?.unwrap_or_else(|| "ready".to_owned()),
            result_json,
            score_raw: number(&object, "score_raw")?,
            score_scaled: number(&object, "score_scaled")?,
            standard_error: number(&object, "standard_error")?,
            percentile: number(&object, "percentile")?,
            created_at: instant(&object, "created_at", zone)?,
            updated_at: instant(&object, "updated_at", zone)?,
        })
    }

    /// Adds the answers of the document as the `attempt` view derives them (platform schema S3),
    /// but with unknown correctness and times kept unknown.
    pub(crate) fn push_attempts(&self, batch: &mut Batch, reading: &Reading) {
        let Some(Value::Array(questions)) = self.result_json.get("questions") else {
            return batch.reject(self.line, RejectReason::BadJson, "questions".to_owned());
        };
        for question in questions {
            let Value::Object(question) = question else {
                batch.reject(self.line, RejectReason::BadJson, shortened(&question.to_string()));
                continue;
            };
            let cells = self.cells(question);
            batch.push(self.line, &cells, reading);
        }
    }

    fn cells<'a>(&'a self, question: &'a Map<String, Value>) -> Cells<'a> {
        let get = |key: &str| question.get(key).map_or(Cell::Null, cell);
        let is_correct = get("is_correct");
        let completed_at = self.updated_at.or(self.created_at);
        let mut cells = Cells::default();
        cells.set(Field::Student, self.user_id.as_deref().map_or(Cell::Null, Cell::Text));
        cells.set(Field::Item, get("question_id"));
        cells.set(Field::Correct, if is_correct.is_blank() { get("correct") } else { is_correct });
        cells.set(
            Field::CompletedAt,
            completed_at.map_or(Cell::Null, |at| Cell::Time(Moment::Instant(at))),
        );
        cells.set(Field::ResponseTimeS, get("time_spent_sec"));
        cells.set(Field::Hints, get("used_hints"));
        cells.set(Field::Topic, get("topic"));
        cells.set(Field::Session, Cell::Text(&self.session_id));
        let subject = self.exam_id.map_or(Cell::Null, |exam| Cell::Integer(i64::from(exam)));
        cells.set(Field::Subject, subject);
        cells
    }
}

/// An array or object stands for no value of an answer, and is read as none.
fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Bool(value) => Cell::Bool(*value),
        Value::String(text) => Cell::Text(text),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Cell::Integer(integer),
            None => number.as_f64().map_or(Cell::Null, Cell::Float),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Cell::Null,
    }
}

/// The document: `result_json`, or the keys that are no columns.
fn take_result(object: &mut Map<String, Value>) -> Option<Value> {
    let result = match object.remove("result_json") {
        Some(Value::String(text)) => serde_json::from_str(&text).ok()?,
        Some(Value::Null) | None => {
            let is_column = |key: &String| COLUMNS.contains(&key.as_str());
            let rest: Map<String, Value> = object
                .iter()
                .filter(|(key, _)| !is_column(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            Value::Object(rest)
        }
        Some(result) => result,
    };
    Some(result).filter(Value::is_object)
}

/// PostgreSQL stores NUL in neither text nor JSONB.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(object) => {
            object.iter().any(|(key, value)| key.contains('\0') || holds_nul(value))
        }
        _ => false,
    }
}

fn at<'a>(object: &'a Map<String, Value>, key: &str) -> Result<Cell<'a>, Fault> {
    match object.get(key) {
        Some(nested @ (Value::Array(_) | Value::Object(_))) => {
            Err((RejectReason::BadJson, shortened(&format!("{key}={nested}"))))
        }
        value => Ok(value.map_or(Cell::Null, cell)),
    }
}

fn fault(reason: RejectReason, key: &str, cell: &Cell<'_>) -> Fault {
    (reason, shortened(&format!("{key}={}", cell.shown())))
}

fn id(object: &Map<String, Value>, key: &str) -> Result<Option<String>, Fault> {
    let cell = at(object, key)?;
    let mut text = String::new();
    cell.append_id(&mut text).map_err(|reason| fault(reason, key, &cell))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn uuid(object: &Map<String, Value>) -> Result<Option<String>, Fault> {
    let Some(text) = id(object, "id")? else { return Ok(None) };
    let text = text.to_ascii_lowercase();
    let is_uuid = text.len() == 36
        && text.bytes().enumerate().all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_uuid { Ok(Some(text)) } else { Err((RejectReason::BadUuid, shortened(&text))) }
}

fn number(object: &Map<String, Value>, key: &str) -> Result<Option<f64>, Fault> {
    let cell = at(object, key)?;
    cell.number().map_err(|reason| fault(reason, key, &cell))
}

fn integer(object: &Map<String, Value>, key: &str) -> Result<Option<i32>, Fault> {
    let Some(value) = number(object, key)? else { return Ok(None) };
    if value.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) {
        return Ok(Some(value as i32));
    }
    Err((RejectReason::BadNumber, format!("{key}={value}")))
}

fn instant(object: &Map<String, Value>, key: &str, zone: &TimeZone) -> Result<Option<i64>, Fault> {
    let cell = at(object, key)?;
    let moment = cell.moment();
    moment
        .map(|moment| moment.map(|moment| moment.in_zone(zone)))
        .map_err(|reason| fault(reason, key, &cell))
}
