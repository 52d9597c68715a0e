//! Anchors and seeds of `POST /irt/calibrate`, and the flag `--anchors` of `fit irt`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::calibrate::ParamsSe;
use crate::id::Id;

/// An item with known parameters, as callers send it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnchorJson {
    /// Item id; a number is read as its text.
    #[serde(alias = "question_id", deserialize_with = "text_or_number")]
    #[schemars(with = "Id<'_>", extend("x-aliases" = ["question_id"]))]
    pub item_id: String,
    /// Parameters; without them the item cannot fix anything.
    #[serde(default)]
    pub params: Option<AnchorParams>,
    /// Whether the parameters are held fixed; else they are start values.
    #[serde(default)]
    pub fixed: bool,
    /// Standard errors of the parameters, as `item_params` of a calibration has them: a linking
    /// counts them in. Without them the parameters are taken as exact.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub se: Option<ParamsSe>,
}

/// The calibration before, to whose scale one without anchors is linked by the items in common.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ReferenceJson {
    /// Its run.
    pub run_id: Option<String>,
    /// Its model; drift is tested only between calibrations of one model.
    pub model: Option<String>,
    /// Its items with parameters and standard errors; `fixed` plays no part.
    pub items: Vec<AnchorJson>,
}

/// Parameters of an anchor: a and c default to 1 and 0, b has no default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnchorParams {
    /// Discrimination.
    #[serde(default = "one")]
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Guessing probability.
    #[serde(default, deserialize_with = "null_is_zero")]
    #[schemars(with = "Option<f64>")]
    pub c: f64,
}

fn one() -> f64 {
    1.0
}

fn null_is_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(0.0))
}

pub(crate) fn text_or_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        other => Err(serde::de::Error::custom(format!("{other} is no id"))),
    }
}
