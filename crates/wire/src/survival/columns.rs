//! Names under which the columns of survival rows are read; where a row has several names of one
//! column, the first in the list counts. Every other numeric column may be a covariate.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::id::Id;
use crate::named::named;

/// Time to the event or to the end of observation.
pub const TIME: &[&str] = &["time", "observed_gap_days", "duration_days", "duration", "stop"];
/// Whether the row ends with the event.
pub const EVENT: &[&str] = &["event", "status"];
/// Time from which the row was observed.
pub const ENTRY: &[&str] = &["entry", "start"];
/// Student.
pub const STUDENT: &[&str] = &["user_id", "student_id", "student", "user", "id"];
/// What marks rows that may depend on each other.
pub const CLUSTER: &[&str] = &["cluster"];
/// Time without event so far.
pub const GAP: &[&str] = &["gap_days", "current_gap_days"];

/// Rows to fit a model to.
pub(super) fn rows(generator: &mut SchemaGenerator) -> Schema {
    array(generator, &[TIME[0], EVENT[0]])
}

/// Rows to predict.
pub(super) fn rows_to_predict(generator: &mut SchemaGenerator) -> Schema {
    array(generator, &[])
}

fn array(generator: &mut SchemaGenerator, required: &[&str]) -> Schema {
    let id = generator.subschema_for::<Id<'_>>().to_value();
    let number = json!({"type": ["number", "null"]});
    let event = json!({"enum": [0, 1, true, false, null]});
    let any = json!({"type": ["string", "number", "null"]});
    let properties = named([
        (TIME, "Time to the event or to the end of observation, above 0.", number.clone()),
        (EVENT, "Whether the row ends with the event.", event),
        (ENTRY, "Time from which the row was observed.", number.clone()),
        (STUDENT, "Student; without one a row is called by its number from 1.", id),
        (CLUSTER, "Rows with the same value may depend on each other.", any),
        (GAP, "Time without event so far.", number),
    ]);
    let others =
        json!({"type": ["number", "string", "boolean", "null"], "description": "A covariate."});
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": others,
        },
    })
}
