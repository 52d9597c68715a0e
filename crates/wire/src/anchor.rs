//! Anchors and seeds of `POST /irt/calibrate`, and the flag `--anchors` of `fit irt`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::calibrate::ParamsSe;
use crate::id::Id;

/// An item with known parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "SentAnchor")]
pub struct AnchorJson {
    /// Item id.
    pub item_id: String,
    /// Parameters; without them the item cannot fix anything.
    pub params: Option<AnchorParams>,
    /// Whether the parameters are held fixed; else they are start values.
    pub fixed: bool,
    /// Standard errors of the parameters, as `item_params` of a calibration has them: a linking
    /// counts them in. Without them the parameters are taken as exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub se: Option<ParamsSe>,
}

/// An item with known parameters, as callers send it: its numbers under `params` or beside its id.
#[derive(Deserialize, JsonSchema)]
struct SentAnchor {
    /// Item id; a number is read as its text.
    #[serde(alias = "question_id", alias = "item", deserialize_with = "text_or_number")]
    #[schemars(with = "Id<'_>", extend("x-aliases" = ["question_id", "item"]))]
    item_id: String,
    /// Parameters; without them, here or beside the id, the item cannot fix anything.
    #[serde(default)]
    params: Option<AnchorParams>,
    /// Discrimination, where there are no `params`. Default 1.
    #[serde(default)]
    a: Option<f64>,
    /// Difficulty, where there are no `params`.
    #[serde(default)]
    b: Option<f64>,
    /// Guessing probability, where there are no `params`. Default 0.
    #[serde(default)]
    c: Option<f64>,
    /// Whether the parameters are held fixed; else they are start values.
    #[serde(default)]
    fixed: bool,
    /// Standard errors of the parameters, as `item_params` of a calibration has them: a linking
    /// counts them in. Without them the parameters are taken as exact.
    #[serde(default)]
    se: Option<ParamsSe>,
}

impl From<SentAnchor> for AnchorJson {
    fn from(sent: SentAnchor) -> Self {
        let SentAnchor { item_id, params, a, b, c, fixed, se } = sent;
        let beside = b.map(|b| AnchorParams { a: a.unwrap_or_else(one), b, c: c.unwrap_or(0.0) });
        Self { item_id, params: params.or(beside), fixed, se }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_reads_the_same() {
        let read = |text: &str| serde_json::from_str::<AnchorJson>(text).unwrap();
        let expected = AnchorJson {
            item_id: "7".into(),
            params: Some(AnchorParams { a: 1.0, b: -0.5, c: 0.0 }),
            fixed: true,
            se: None,
        };
        for text in [
            r#"{"item_id":"7","params":{"a":1,"b":-0.5},"fixed":true}"#,
            r#"{"item":7,"params":{"b":-0.5,"c":null},"fixed":true}"#,
            r#"{"question_id":7,"b":-0.5,"fixed":true}"#,
            r#"{"item":"7","a":1.0,"b":-0.5,"c":0,"fixed":true}"#,
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read(r#"{"item":"7","a":2}"#).params, None);
        let written = serde_json::to_string(&expected).unwrap();
        assert_eq!(read(&written), expected);
    }
}
