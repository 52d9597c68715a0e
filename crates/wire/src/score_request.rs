//! `POST /irt/score`: the request.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::id::Id;
use crate::observation::ObservationJson;

/// Request of `POST /irt/score`. Fields that are not known are ignored.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ScoreRequest<'a> {
    /// `{"ITEM":{"a","b","c"},…}`, `{"items":[{"item_id","a","b","c"},…]}`, a list of such entries,
    /// or a whole calibration.
    #[serde(borrow, alias = "items")]
    #[schemars(extend("x-aliases" = ["items"]), schema_with = "item_params")]
    pub item_params: Option<&'a RawValue>,
    /// The answers.
    #[serde(
        borrow,
        alias = "observations",
        alias = "rows",
        alias = "data",
        alias = "data_rows",
        alias = "series"
    )]
    #[schemars(extend("x-aliases" = ["observations", "rows", "data", "data_rows", "series"]))]
    pub responses: Vec<ObservationJson<'a>>,
    /// `EAP` (default), `MAP`, `ML` or `WLE`.
    pub method: Option<String>,
    /// Mean of the ability's prior. Default: that of the calibration the item parameters come with (of
    /// the student's group, where there are groups), else 0.
    pub prior_mean: Option<f64>,
    /// Its standard deviation. Default: likewise, else 1.
    pub prior_sd: Option<f64>,
    /// Model of the items: with `3PL` a missing c is 0.2.
    pub model: Option<String>,
}

/// One of the shapes that [`crate::item_parameters_of`] reads.
fn item_params(generator: &mut SchemaGenerator) -> Schema {
    let id = generator.subschema_for::<Id<'_>>();
    let parameters = json_schema!({
        "type": "object",
        "properties": {
            "a": {"description": "Discrimination, not 0. Default 1.", "type": ["number", "null"]},
            "b": {"description": "Difficulty. Default 0.", "type": ["number", "null"]},
            "c": {
                "description": "Guessing probability. Default 0, of a 3PL item 0.2.",
                "type": ["number", "null"], "minimum": 0, "exclusiveMaximum": 1,
            },
        },
    });
    let entry = json_schema!({
        "type": "object",
        "properties": {
            "item_id": {"allOf": [id], "x-aliases": ["question_id"]},
            "params": parameters,
            "model": {"type": "string"},
        },
        "required": ["item_id"],
        "allOf": [parameters],
    });
    json_schema!({
        "anyOf": [
            {"description": "Parameters by item.", "type": "object", "additionalProperties": parameters},
            {
                "description": "A list, or a whole calibration.",
                "type": "object",
                "properties": {"items": {"type": "array", "items": entry, "x-aliases": ["item_params"]}},
                "required": ["items"],
            },
            {"description": "A list.", "type": "array", "items": entry},
        ],
    })
}
