//! Names under which the columns of a time series are read; where a row has several names of one
//! column, the first in the list counts. Other numeric columns may be regressors or conditions.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::named::named;

/// Time of an observation.
pub const TIME: &[&str] = &["ds", "week_start", "date", "time", "timestamp", "week"];
/// Observed value.
pub const VALUE: &[&str] = &["y", "I_t", "value", "score"];
/// Capacity of logistic growth.
pub const CAPACITY: &[&str] = &["cap"];
/// Floor of logistic growth.
pub const FLOOR: &[&str] = &["floor"];

/// Rows of a series.
pub(super) fn rows(_: &mut SchemaGenerator) -> Schema {
    array(&[TIME[0], VALUE[0]])
}

/// Rows of the future.
pub(super) fn future(_: &mut SchemaGenerator) -> Schema {
    array(&[TIME[0]])
}

fn array(required: &[&str]) -> Schema {
    let number = json!({"type": ["number", "null"]});
    let time = json!({"type": ["string", "number"]});
    let properties = named([
        (
            TIME,
            "Day (YYYY-MM-DD, or the number YYYYMMDD) or time by the clock on the wall \
             (YYYY-MM-DDTHH:MM:SS); with a zone in every row or in none.",
            time,
        ),
        (VALUE, "Value; a row without one is left out.", number.clone()),
        (CAPACITY, "Capacity of logistic growth.", number.clone()),
        (FLOOR, "Floor of logistic growth.", number),
    ]);
    let others = json!({
        "type": ["number", "boolean", "string", "null"],
        "description": "A regressor or a condition, where the options name it.",
    });
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
