//! Names under which the student of a row is read; every other numeric column is a feature.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::id::Id;
use crate::named::named;

/// Student.
pub const STUDENT: &[&str] = &["user_id", "student_id", "student", "user", "id"];

/// Rows to cluster or to assign.
pub(super) fn rows(generator: &mut SchemaGenerator) -> Schema {
    let id = generator.subschema_for::<Id<'_>>().to_value();
    let student = "Student; without one a row is called by its number from 1.";
    let properties = named([(STUDENT, student, id)]);
    let feature = json!({
        "type": ["number", "boolean", "string", "null"],
        "description": "A feature; null is missing. Columns of texts are left out.",
    });
    json_schema!({
        "type": "array",
        "items": {"type": "object", "properties": properties, "additionalProperties": feature},
    })
}
