//! Names under which the columns of the rows of mixed models are read. A formula may use any of the names
//! of a column whatever the rows call it; where a row has several names of one column and the formula
//! none of them, the first in the list counts. Every other column goes by its own name.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::id::Id;
use crate::named::named;

/// Student.
pub const STUDENT: &[&str] = &["student_id", "student", "user_id", "user"];
/// Item.
pub const ITEM: &[&str] = &["item_id", "item", "question_id", "question"];
/// Topic.
pub const TOPIC: &[&str] = &["topic_id", "topic"];
/// Week.
pub const WEEK: &[&str] = &["week", "week_index"];
/// Score.
pub const SCORE: &[&str] = &["score", "accuracy"];
/// Whether the answer is right.
pub const CORRECT: &[&str] = &["correct", "is_correct"];
/// Columns of which rows and formula may have different names.
pub const NAMES: [&[&str]; 6] = [STUDENT, ITEM, TOPIC, WEEK, SCORE, CORRECT];
/// Answers behind the score.
pub const TRIALS: &[&str] = &["n", "trials"];
/// Weight of the row.
pub const WEIGHT: &[&str] = &["weight", "weights"];

/// Rows of a fit or of a prediction.
pub(super) fn rows(generator: &mut SchemaGenerator) -> Schema {
    let id = generator.subschema_for::<Id<'_>>().to_value();
    let number = json!({"type": ["number", "null"]});
    let truth = json!({"enum": [0, 1, true, false, null]});
    let properties = named([
        (STUDENT, "Student.", id.clone()),
        (ITEM, "Item.", id.clone()),
        (TOPIC, "Topic.", id),
        (WEEK, "Number of weeks.", number.clone()),
        (SCORE, "Score.", number.clone()),
        (CORRECT, "Whether the answer is right.", truth),
        (TRIALS, "Answers behind the score, trials of a binomial family.", number.clone()),
        (WEIGHT, "Weight of the row.", number),
    ]);
    let others = json!({
        "type": ["number", "string", "boolean", "null"],
        "description": "A column that the formula may use.",
    });
    json_schema!({
        "type": "array",
        "items": {"type": "object", "properties": properties, "additionalProperties": others},
    })
}
