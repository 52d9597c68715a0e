//! `POST /irt/score`: the request.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::id::Id;
use crate::observation::ObservationJson;

/// Request of `POST /irt/score`. Fields that are not known are ignored.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ScoreRequest<'a> {
    /// `{"ITEM":{"a","b","c"},…}`, `{"items":[{"item_id","a","b","c"},…]}`, a list of such entries,
    /// or a whole calibration; of items with several categories `b` or `d` is a list, and `model` says GRM, GPCM,
    /// PCM, RSM or NRM.
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
    pub responses: AnswersJson<'a>,
    /// `EAP` (default), `MAP`, `ML` or `WLE`.
    pub method: Option<String>,
    /// Mean of the ability's prior. Default: that of the calibration the item parameters come with (of
    /// the student's group, where there are groups), else 0.
    pub prior_mean: Option<f64>,
    /// Its standard deviation. Default: likewise, else 1.
    pub prior_sd: Option<f64>,
    /// Model of the items: with `3PL` a missing c is 0.2.
    pub model: Option<String>,
    /// Seconds after which it is given up.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Answers as rows, or as lines: a line a student, an entry an item of the list `item_params`, null where the
/// student did not see it.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(untagged)]
pub enum AnswersJson<'a> {
    /// One answer an object.
    Rows(Vec<ObservationJson<'a>>),
    /// One student a line.
    Lines(Vec<Vec<Option<u8>>>),
}

impl Default for AnswersJson<'_> {
    fn default() -> Self {
        Self::Rows(Vec::new())
    }
}

impl AnswersJson<'_> {
    /// Whether there is no answer at all.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Rows(rows) => rows.is_empty(),
            Self::Lines(lines) => lines.is_empty(),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for AnswersJson<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AnswersVisitor)
    }
}

struct AnswersVisitor;

impl<'de> Visitor<'de> for AnswersVisitor {
    type Value = AnswersJson<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of answers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        match list.next_element()? {
            None => Ok(AnswersJson::default()),
            Some(First::Row(first)) => rest(first, list).map(AnswersJson::Rows),
            Some(First::Line(first)) => rest(first, list).map(AnswersJson::Lines),
        }
    }
}

fn rest<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
    first: T,
    mut list: A,
) -> Result<Vec<T>, A::Error> {
    let mut all = vec![first];
    while let Some(next) = list.next_element()? {
        all.push(next);
    }
    Ok(all)
}

/// The first element says which of the two it is.
enum First<'a> {
    Row(ObservationJson<'a>),
    Line(Vec<Option<u8>>),
}

impl<'de> Deserialize<'de> for First<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FirstVisitor)
    }
}

struct FirstVisitor;

impl<'de> Visitor<'de> for FirstVisitor {
    type Value = First<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer as an object, or the answers of a student as a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        ObservationJson::deserialize(MapAccessDeserializer::new(map)).map(First::Row)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(First::Line)
    }
}

/// One of the shapes that [`crate::item_parameters_of`] reads.
fn item_params(generator: &mut SchemaGenerator) -> Schema {
    let id = generator.subschema_for::<Id<'_>>();
    let parameters = json_schema!({
        "type": "object",
        "properties": {
            "a": {
                "description": "Discrimination, not 0. Default 1. Of nominal categories a list.",
                "anyOf": [{"type": ["number", "null"]}, {"type": "array", "items": {"type": "number"}}],
            },
            "b": {
                "description": "Difficulty. Default 0. Of several categories a list.",
                "anyOf": [{"type": ["number", "null"]}, {"type": "array", "items": {"type": "number"}}],
            },
            "d": {
                "description": "Intercepts of several categories, in place of difficulties.",
                "type": "array", "items": {"type": "number"},
            },
            "scores": {
                "description": "Scores that the categories stand for, increasing. Default 0, 1, 2, …",
                "type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 254},
            },
            "c": {
                "description": "Guessing probability. Default 0, of a 3PL item 0.2.",
                "type": ["number", "null"], "minimum": 0, "exclusiveMaximum": 1,
            },
        },
    });
    let entry = json_schema!({
        "type": "object",
        "properties": {
            "item_id": {"description": "Item.", "allOf": [id], "x-aliases": ["question_id", "item"]},
            "params": {"description": "The parameters, where they do not stand beside the item.", "allOf": [parameters]},
            "model": {"description": "Model of the item; with `3PL` a missing c is 0.2. Needed with several categories.", "type": "string"},
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
                "properties": {"items": {"description": "Items with their parameters.", "type": "array", "items": entry, "x-aliases": ["item_params"]}},
                "required": ["items"],
            },
            {"description": "A list.", "type": "array", "items": entry},
        ],
    })
}
