//! Anchors and seeds of `POST /irt/calibrate`, and the flag `--anchors` of `fit irt`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::calibrate::ParamsSe;
use crate::categories::CurvesSeJson;
use crate::id::Id;
use crate::item_curves::ItemCurvesJson;

/// An item with known parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "SentAnchor")]
pub struct AnchorJson {
    /// Item id.
    pub item_id: String,
    /// Parameters; without them and without curves the item cannot fix anything.
    pub params: Option<AnchorParams>,
    /// Parameters that are lists: those of an item with several categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curves: Option<ItemCurvesJson>,
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
    /// Parameters; without them, here or beside the id, the item cannot fix anything. Of an item with several
    /// categories they are lists, as `item_params` of a calibration has them.
    #[serde(default)]
    params: Option<SentParams>,
    /// Parameters of an item with several categories, by another name.
    #[serde(default)]
    curves: Option<ItemCurvesJson>,
    /// Model of an item with several categories.
    #[serde(default)]
    model: Option<String>,
    /// Scores that its categories stand for, increasing. Default 0, 1, 2, …
    #[serde(default)]
    scores: Vec<u8>,
    /// The same as a calibration has them: its categories with their scores.
    #[serde(default)]
    categories: Vec<CategoryScore>,
    /// Discrimination, where there are no `params`. Default 1.
    #[serde(default)]
    a: Option<f64>,
    /// Difficulty, where there are no `params`.
    #[serde(default)]
    b: Option<f64>,
    /// Guessing probability, where there are no `params`. Default 0.
    #[serde(default)]
    c: Option<f64>,
    /// Upper asymptote, where there are no `params`. It is not used, which is said.
    #[serde(default, deserialize_with = "number_if_one")]
    d: Option<f64>,
    /// Whether the parameters are held fixed; else they are start values.
    #[serde(default)]
    fixed: bool,
    /// Standard errors of the parameters, as `item_params` of a calibration has them: a linking
    /// counts them in. Without them the parameters are taken as exact.
    #[serde(default)]
    se: Option<SentErrors>,
}

/// Numbers, or lists of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum SentParams {
    /// Of right and wrong answers.
    Plain(AnchorParams),
    /// Of several categories.
    Curves(Box<ItemCurvesJson>),
}

/// Standard errors likewise.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum SentErrors {
    /// Of right and wrong answers.
    Plain(ParamsSe),
    /// Of several categories.
    Curves(CurvesSeJson),
}

/// A category as a calibration has it.
#[derive(Deserialize, JsonSchema)]
struct CategoryScore {
    /// The score it stands for.
    score: u8,
}

impl From<SentAnchor> for AnchorJson {
    fn from(sent: SentAnchor) -> Self {
        let beside = sent.b.map(|b| AnchorParams {
            a: sent.a.unwrap_or_else(one),
            b,
            c: sent.c.unwrap_or(0.0),
            d: sent.d,
        });
        let (params, lists) = match sent.params {
            None => (beside, None),
            Some(SentParams::Plain(params)) => (Some(params), None),
            Some(SentParams::Curves(curves)) => (None, Some(*curves)),
        };
        let (se, errors) = match sent.se {
            None => (None, None),
            Some(SentErrors::Plain(se)) => (Some(se), None),
            Some(SentErrors::Curves(se)) => (None, Some(se)),
        };
        let mut curves = sent.curves.or(lists);
        if let Some(curves) = &mut curves {
            let scores = sent.categories.iter().map(|of| of.score);
            let beside = if sent.scores.is_empty() { scores.collect() } else { sent.scores };
            curves.model = curves.model.take().or(sent.model);
            curves.se = curves.se.take().or(errors);
            if curves.scores.is_empty() {
                curves.scores = beside;
            }
        }
        Self { item_id: sent.item_id, params, curves, fixed: sent.fixed, se }
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
    /// Upper asymptote, as an item of four parameters has. It is not used, which is said.
    #[serde(default, deserialize_with = "number_if_one", skip_serializing_if = "Option::is_none")]
    pub d: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// A list is that of an item with several categories, and says nothing of one with two.
fn number_if_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(serde_json::Value::deserialize(deserializer)?.as_f64())
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
            params: Some(AnchorParams { a: 1.0, b: -0.5, c: 0.0, d: None }),
            curves: None,
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
        let curves = ItemCurvesJson {
            model: Some("GRM".into()),
            a: vec![1.2],
            b: vec![-0.5, 0.5],
            scores: vec![0, 1, 3],
            ..ItemCurvesJson::default()
        };
        let graded = AnchorJson { params: None, curves: Some(curves), ..expected.clone() };
        for text in [
            r#"{"item_id":"7","params":{"a":1.2,"b":[-0.5,0.5],"model":"GRM","scores":[0,1,3]},"fixed":true}"#,
            r#"{"item_id":7,"model":"GRM","params":{"a":[1.2],"b":[-0.5,0.5]},
                "categories":[{"score":0},{"score":1},{"score":3,"n":7}],"fixed":true,"se":null}"#,
        ] {
            assert_eq!(read(text), graded, "{text}");
        }
        assert_eq!(read(&serde_json::to_string(&graded).unwrap()), graded);
        let errors = r#"{"item_id":"7","params":{"b":[0,1]},"se":{"a":[0.1],"b":[0.1,0.2],"d":[],"c":null}}"#;
        assert_eq!(read(errors).curves.unwrap().se.unwrap().b, [0.1, 0.2]);
        let written = serde_json::to_string(&expected).unwrap();
        assert_eq!(read(&written), expected);
    }
}
