//! Items with several categories as callers send and store them.

use schemars::JsonSchema;
use seedtest_irt::ItemParameters;
use seedtest_irt::polytomous::{CategoryCurves, Form, ItemErrors, ItemModel, KnownItem};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::categories::CurvesSeJson;
use crate::item_parameters::GUESSING_OF_3PL;
use crate::unreadable::json_fault;

/// Parameters of an item with several categories, as callers send them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ItemCurvesJson {
    /// `GRM`, `GPCM`, `PCM`, `RSM` or `NRM`; of two categories `Rasch`, `2PL` or `3PL`. Needed where there are
    /// more than two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Slope, 1 where it is missing; of nominal categories one a category from the second on.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany")]
    pub a: Vec<f64>,
    /// Difficulties or steps, one a category from the second on.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany")]
    pub b: Vec<f64>,
    /// Intercepts, one a category from the second on; where they are given they count, not `b`.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "OneOrMany")]
    pub d: Vec<f64>,
    /// Guessing probability of an item with two categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c: Option<f64>,
    /// Scores that the categories stand for, increasing. Default 0, 1, 2, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<u8>,
    /// Standard errors, as `item_params` of a calibration has them: a linking counts in their `covariance`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "errors_or_none")]
    pub se: Option<CurvesSeJson>,
}

/// Errors of right and wrong answers, which are no lists, count as not there.
fn errors_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<CurvesSeJson>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMany {
    None(()),
    One(f64),
    Many(Vec<f64>),
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::None(()) => Vec::new(),
        OneOrMany::One(number) => vec![number],
        OneOrMany::Many(numbers) => numbers,
    })
}

/// The model a text names; `1PL` is read as `2PL`, whose curves it has.
fn model_of(text: &str) -> Result<ItemModel, String> {
    let text = text.trim();
    let text = if text.eq_ignore_ascii_case("1PL") { "2PL" } else { text };
    text.parse().map_err(|error: seedtest_irt::polytomous::UnknownItemModel| {
        format!("{error}; {}", error.hint())
    })
}

impl ItemCurvesJson {
    /// The curves of an item as they are written.
    pub fn of(item: &KnownItem) -> Self {
        let curves = &item.curves;
        let counted = item.scores.iter().enumerate().all(|(k, score)| k == usize::from(*score));
        Self {
            model: Some(item.model.to_string()),
            a: curves.slopes().to_vec(),
            b: curves.difficulties(),
            d: curves.intercepts().to_vec(),
            c: (curves.form() == Form::Guessing).then(|| curves.guessing()),
            scores: if counted { Vec::new() } else { item.scores.clone() },
            se: None,
        }
    }

    /// Whether an item with two categories cannot be meant.
    pub fn has_categories(&self) -> bool {
        let model = self.model.as_deref().and_then(|text| model_of(text).ok());
        let of_two =
            matches!(model, Some(ItemModel::Rasch | ItemModel::TwoPl | ItemModel::ThreePl));
        self.b.len() > 1 || self.d.len() > 1 || self.a.len() > 1 || (model.is_some() && !of_two)
    }

    /// The curves that are meant.
    ///
    /// # Errors
    /// In words, when numbers are missing, too many, out of order or out of range.
    pub fn known(&self) -> Result<KnownItem, String> {
        let steps = if self.d.is_empty() { &self.b } else { &self.d };
        if steps.is_empty() {
            return Err("has no b and no d".into());
        }
        let model = match &self.model {
            Some(text) => model_of(text)?,
            None if steps.len() == 1 && self.a.len() <= 1 => {
                if self.c.is_some_and(|c| c > 0.0) {
                    ItemModel::ThreePl
                } else {
                    ItemModel::TwoPl
                }
            }
            None => {
                return Err(format!(
                    "has {} steps and no model: say GRM, GPCM, PCM, RSM or NRM",
                    steps.len()
                ));
            }
        };
        let n_categories = steps.len() + 1;
        let of_item = model
            .of_categories(n_categories)
            .ok_or_else(|| format!("has {n_categories} categories, the model {model} has two"))?;
        let curves = self.curves(of_item)?;
        let scores = match self.scores.len() {
            0 => (0u8..=254).take(n_categories).collect(),
            _ => self.scores.clone(),
        };
        let known = KnownItem { curves, scores, model: of_item };
        match known.fault() {
            Some(what) => Err(format!("cannot be used: {what}")),
            None => Ok(known),
        }
    }

    fn curves(&self, model: ItemModel) -> Result<CategoryCurves, String> {
        if let Some(number) = self.a.iter().chain(&self.b).chain(&self.d).find(|x| !x.is_finite()) {
            return Err(format!("has a parameter of {number}"));
        }
        let missing = if model == ItemModel::ThreePl { GUESSING_OF_3PL } else { 0.0 };
        let c = self.c.unwrap_or(missing);
        if !(0.0..1.0).contains(&c) {
            return Err(format!("has c = {c}, outside 0 ≤ c < 1"));
        }
        if model == ItemModel::Nrm {
            if self.d.is_empty() {
                return Err("is nominal and has no d".into());
            }
            if self.a.len() != self.d.len() {
                let (a, d) = (self.a.len(), self.d.len());
                return Err(format!(
                    "has {a} slopes and {d} intercepts, nominal needs one a category"
                ));
            }
            return Ok(CategoryCurves::nominal(&self.a, &self.d));
        }
        let a = match self.a[..] {
            [] => 1.0,
            [a] => a,
            _ => return Err(format!("has {} slopes, the model {model} has one", self.a.len())),
        };
        if a == 0.0 {
            return Err("has a = 0, which says nothing about ability".into());
        }
        let of_two = matches!(model, ItemModel::Rasch | ItemModel::TwoPl | ItemModel::ThreePl);
        if of_two {
            let b = match self.d.first() {
                Some(d) => -d / a,
                None => self.b.first().copied().unwrap_or(0.0),
            };
            return Ok(ItemParameters { a, b, c }.into());
        }
        if c > 0.0 {
            return Err(format!("has c = {c}, the model {model} has no guessing"));
        }
        Ok(match (model, self.d.is_empty()) {
            (ItemModel::Grm, true) => CategoryCurves::graded_at(a, &self.b),
            (ItemModel::Grm, false) => CategoryCurves::graded(a, &self.d),
            (_, true) => CategoryCurves::partial_credit_at(a, &self.b),
            (_, false) => CategoryCurves::partial_credit(a, &self.d),
        })
    }

    /// Reads an item of a list or of a calibration: its numbers under `params` or beside the id, its model and
    /// scores there or beside.
    ///
    /// # Errors
    /// In words, when a number is none.
    pub fn of_value(entry: &Value) -> Result<Self, String> {
        let numbers = entry.get("params").filter(|value| !value.is_null()).unwrap_or(entry);
        if !numbers.is_object() {
            return Err("has no parameters".into());
        }
        let mut read: Self = serde_json::from_value(numbers.clone())
            .map_err(|_| "has parameters that are no numbers".to_string())?;
        if read.model.is_none() {
            read.model = entry.get("model").and_then(Value::as_str).map(str::to_owned);
        }
        if read.se.is_none() {
            read.se = entry.get("se").and_then(|se| serde_json::from_value(se.clone()).ok());
        }
        if read.scores.is_empty() {
            read.scores = scores_beside(entry)?;
        }
        Ok(read)
    }
}

/// Scores under `scores`, or those of `categories`.
fn scores_beside(entry: &Value) -> Result<Vec<u8>, String> {
    let score = |value: &Value| {
        let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
        number.ok_or_else(|| format!("has a score of {value}: whole numbers from 0 to 254"))
    };
    let list = |key: &str| entry.get(key).and_then(Value::as_array);
    if let Some(scores) = list("scores") {
        return scores.iter().map(score).collect();
    }
    let categories = list("categories").map_or(&[][..], Vec::as_slice);
    categories.iter().filter_map(|category| category.get("score")).map(score).collect()
}

impl From<&ItemErrors> for CurvesSeJson {
    fn from(se: &ItemErrors) -> Self {
        Self {
            a: se.slopes.clone(),
            b: se.difficulties.clone(),
            d: se.intercepts.clone(),
            c: se.guessing,
            covariance: se.covariance.clone(),
        }
    }
}

impl From<&CurvesSeJson> for ItemErrors {
    fn from(se: &CurvesSeJson) -> Self {
        Self {
            slopes: se.a.clone(),
            intercepts: se.d.clone(),
            difficulties: se.b.clone(),
            guessing: se.c,
            covariance: se.covariance.clone(),
        }
    }
}

/// Items with known curves by id, those of a list in its order: an object by id, a list, an object with `items` or
/// `item_params`, or a whole calibration.
///
/// # Errors
/// In words, when the text is none of these, or an item's numbers are no parameters: it names the item.
pub fn item_curves_of(text: &str) -> Result<Vec<(String, KnownItem)>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| json_fault(&error))?;
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for (id, entry) in entries(&value)? {
        let known = ItemCurvesJson::of_value(entry).and_then(|read| read.known());
        let known = known.map_err(|what| format!("item {id} {what}"))?;
        if !seen.insert(id.clone()) {
            return Err(format!("item {id} is there twice"));
        }
        found.push((id, known));
    }
    Ok(found)
}

/// Whether a bank has an item that is written with lists of parameters, as those with several categories are.
pub fn has_item_curves(text: &str) -> bool {
    if !text.contains('[') {
        return false;
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else { return false };
    let of = |entry: &Value| {
        let numbers = entry.get("params").unwrap_or(entry);
        ["a", "b", "d"].iter().any(|key| numbers.get(key).is_some_and(Value::is_array))
            || ItemCurvesJson::of_value(entry).is_ok_and(|read| read.has_categories())
    };
    entries(&value).is_ok_and(|entries| entries.iter().any(|(_, entry)| of(entry)))
}

fn entries(value: &Value) -> Result<Vec<(String, &Value)>, String> {
    let of_list = |list: &'_ [Value]| -> Result<Vec<String>, String> {
        list.iter()
            .enumerate()
            .map(|(at, entry)| crate::item_parameters::id_of(at, entry))
            .collect()
    };
    match value {
        Value::Array(list) => Ok(of_list(list)?.into_iter().zip(list).collect()),
        Value::Object(object) => match object.get("item_params").or_else(|| object.get("items")) {
            Some(Value::Array(list)) => Ok(of_list(list)?.into_iter().zip(list).collect()),
            _ => Ok(object.iter().map(|(id, entry)| (id.clone(), entry)).collect()),
        },
        _ => Err("neither an object nor a list".into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<KnownItem, String> {
        Ok(item_curves_of(&json!([value]).to_string())?.remove(0).1)
    }

    #[test]
    fn every_shape_reads_the_same_curves() {
        let expected = CategoryCurves::graded_at(1.2, &[-0.5, 0.75]);
        for value in [
            json!({"item_id": "q", "model": "GRM", "params": {"a": 1.2, "b": [-0.5, 0.75]}}),
            json!({"item": "q", "model": "grm", "a": [1.2], "b": [-0.5, 0.75]}),
            json!({"item_id": "q", "params": {"model": "GRM", "a": 1.2, "b": [-0.5, 0.75], "c": null}}),
        ] {
            let found = read(&value).unwrap();
            assert_eq!((&found.curves, found.model), (&expected, ItemModel::Grm), "{value}");
            assert_eq!(found.scores, [0, 1, 2]);
            let again = serde_json::to_value(ItemCurvesJson::of(&found)).unwrap();
            let mut entry = json!({"item_id": "q", "params": again});
            let back = read(&entry).unwrap();
            for (one, other) in back.curves.intercepts().iter().zip(expected.intercepts()) {
                assert!((one - other).abs() < 1e-12);
            }
            entry["params"]["scores"] = json!([0, 2, 5]);
            assert_eq!(read(&entry).unwrap().scores, [0, 2, 5]);
        }
        let calibrated = json!({"item_id": "q", "model": "GPCM", "params": {"a": [0.8], "b": [0.1, -0.2],
            "d": [-0.08, 0.08], "c": 0.0}, "categories": [{"score": 0}, {"score": 1}, {"score": 3}]});
        let found = read(&calibrated).unwrap();
        assert_eq!(found.curves, CategoryCurves::partial_credit(0.8, &[-0.08, 0.08]));
        assert_eq!(found.scores, [0, 1, 3]);
        let two = read(&json!({"item_id": "q", "a": 1.5, "b": 0.5, "c": 0.2})).unwrap();
        assert_eq!(two.model, ItemModel::ThreePl);
    }

    #[test]
    fn faults_name_the_item_and_what_is_wrong() {
        for (value, said) in [
            (json!({"item_id": "q"}), "has no b and no d"),
            (json!({"item_id": "q", "b": [0, 1]}), "no model"),
            (json!({"item_id": "q", "model": "2PL", "b": [0, 1]}), "the model 2PL has two"),
            (json!({"item_id": "q", "model": "GRM", "b": [1, 0]}), "do not decrease"),
            (json!({"item_id": "q", "model": "GRM", "b": [0, 1], "scores": [0, 2]}), "2 scores"),
            (json!({"item_id": "q", "model": "NRM", "a": 1, "d": [0, 1]}), "1 slopes and 2"),
            (json!({"item_id": "q", "model": "GPCM", "b": [0, 1], "c": 0.2}), "no guessing"),
            (json!({"item_id": "q", "model": "4PL", "b": 0}), "4PL"),
            (json!({"item_id": "q", "a": 0, "b": 0}), "a = 0"),
            (json!({"item_id": "q", "b": "x"}), "no numbers"),
        ] {
            let refused = read(&value).unwrap_err();
            assert!(refused.contains("item q") && refused.contains(said), "{value}: {refused}");
        }
        let twice = r#"[{"item_id":"q","b":0},{"item_id":"q","b":1}]"#;
        assert!(item_curves_of(twice).unwrap_err().contains("twice"));
    }

    #[test]
    fn a_bank_with_categories_is_told_from_one_without() {
        assert!(!has_item_curves(r#"{"q":{"a":1,"b":0}}"#));
        assert!(!has_item_curves(r#"[{"item_id":"q","params":{"a":1,"b":0},"model":"2PL"}]"#));
        assert!(has_item_curves(r#"[{"item_id":"q","a":1,"b":[0]}]"#));
        assert!(has_item_curves(r#"[{"item_id":"q","a":1,"b":[0,1],"model":"GRM"}]"#));
        assert!(has_item_curves(r#"{"items":[{"item_id":"q","b":[0],"model":"PCM"}]}"#));
    }
}
