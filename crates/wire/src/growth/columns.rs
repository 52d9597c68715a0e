//! Names under which the columns of growth rows are read; where a row has several names of one
//! column, the first in the list counts.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::id::Id;
use crate::named::named;

/// Student.
pub const STUDENT: &[&str] = &["student_id", "student", "user_id", "user", "id"];
/// Week.
pub const WEEK: &[&str] = &["week", "week_index", "week_start", "time", "t"];
/// Score.
pub const SCORE: &[&str] = &["score", "y", "value"];
/// Answers behind the score.
pub const ANSWERS: &[&str] = &["n", "trials", "weight", "weights"];
/// Standard error of the score.
pub const ERROR: &[&str] = &["se", "score_se"];

/// Rows of a fit or of a prediction.
pub(super) fn rows(generator: &mut SchemaGenerator) -> Schema {
    let id = generator.subschema_for::<Id<'_>>().to_value();
    let number = json!({"type": ["number", "null"]});
    let week = json!({"type": ["number", "string", "null"]});
    let properties = named([
        (STUDENT, "Student.", id),
        (WEEK, "Number of weeks, or a date as YYYY-MM-DD.", week),
        (SCORE, "Score; a row without one is left out.", number.clone()),
        (
            ANSWERS,
            "Answers behind the score: weight, or trials of a binomial family.",
            number.clone(),
        ),
        (ERROR, "Standard error of the score.", number),
    ]);
    let required = [STUDENT[0], WEEK[0], SCORE[0]];
    let row = json!({"type": "object", "properties": properties, "required": required});
    json_schema!({"type": "array", "items": row})
}
