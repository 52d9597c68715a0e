//! Stored item parameters and the ability distribution they were calibrated with.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use seedtest_irt::{ItemParameters, Normal};
use seedtest_store::{FitMeta, ItemParamsRow, QuestionItem, Store, StudentGroup};
use serde_json::Value;

use crate::error::Error;

/// Parameters by item id; rows without a usable a and b are left out.
pub(crate) fn item_parameters(rows: &[ItemParamsRow]) -> HashMap<String, ItemParameters> {
    rows.iter().filter_map(|row| Some((row.item_id.clone(), parameters(&row.params)?))).collect()
}

/// Adds the item bank's parameters of items that no calibration has.
pub(crate) fn with_question_bank(
    known: &mut HashMap<String, ItemParameters>,
    questions: &[QuestionItem],
) {
    for question in questions {
        if let Some(found) = question.irt.as_ref().and_then(parameters) {
            known.entry(question.item_id.clone()).or_insert(found);
        }
    }
}

fn parameters(json: &Value) -> Option<ItemParameters> {
    let number = |key: &str| json.get(key).and_then(Value::as_f64).filter(|x| x.is_finite());
    let a = number("a").filter(|&a| a != 0.0)?;
    let c = number("c").filter(|c| (0.0..1.0).contains(c)).unwrap_or(0.0);
    Some(ItemParameters { a, b: number("b")?, c })
}

/// The ability distributions of the newest calibration on the scale of its results: of everybody, or of
/// every group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Populations {
    /// Of everybody, or of the reference group; N(0, 1) before the first calibration.
    pub(crate) all: Normal,
    groups: HashMap<String, Normal>,
    group_of: HashMap<String, String>,
}

impl Populations {
    /// Those of a calibration; students are in the groups that the platform says on `at`.
    pub(crate) async fn load(
        store: &Store,
        meta: Option<&FitMeta>,
        at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (all, groups) = distributions(meta);
        let grouping = meta.and_then(|meta| student_group(meta.model_spec.get("group")?.as_str()?));
        let group_of = match grouping.filter(|_| !groups.is_empty()) {
            None => HashMap::new(),
            Some(grouping) => store.student_groups(grouping, at).await?,
        };
        Ok(Self { all, groups, group_of })
    }

    /// That of everybody, or of the reference group.
    pub(crate) fn of_everybody(meta: Option<&FitMeta>) -> Normal {
        distributions(meta).0
    }

    /// The prior of a student and the group it is that of.
    pub(crate) fn of(&self, user_id: &str) -> (Normal, Option<&str>) {
        let own = self.group_of.get(user_id).map_or(NO_GROUP, String::as_str);
        // Small groups were calibrated together.
        match self.groups.get_key_value(own).or_else(|| self.groups.get_key_value(NO_GROUP)) {
            Some((name, of)) => (*of, Some(name)),
            None => (self.all, None),
        }
    }
}

fn distributions(meta: Option<&FitMeta>) -> (Normal, HashMap<String, Normal>) {
    let number = |of: &Value, key: &str| of.get(key).and_then(Value::as_f64);
    let metrics = meta.map_or(&Value::Null, |meta| &meta.metrics);
    let positive = |sd: &f64| *sd > 0.0;
    let all = Normal {
        mean: number(metrics, "latent_mean").unwrap_or(0.0),
        sd: number(metrics, "latent_sd").filter(positive).unwrap_or(1.0),
    };
    let group = |of: &Value| {
        let (mean, sd) = (number(of, "mean")?, number(of, "sd").filter(positive)?);
        Some((of.get("group")?.as_str()?.to_string(), Normal { mean, sd }))
    };
    let groups = metrics.get("groups").and_then(Value::as_array);
    (all, groups.into_iter().flatten().filter_map(group).collect())
}

/// Group of students who are in no class.
pub(crate) const NO_GROUP: &str = "none";

/// What the word of a setting or of a stored calibration groups students by.
pub(crate) fn student_group(word: &str) -> Option<StudentGroup> {
    match word {
        "classroom" => Some(StudentGroup::Classroom),
        "grade" => Some(StudentGroup::Grade),
        _ => None,
    }
}

/// What `question.meta.irt` holds: a, b, c, model and version, without nulls; of items with several categories the lists
/// a, b, d and their scores.
pub(crate) fn irt_of(params: &Value, model: Option<&str>, version: &str) -> Value {
    let mut irt = serde_json::Map::new();
    for key in ["a", "b", "c", "d", "scores"] {
        if let Some(known) = params.get(key).filter(|value| value.is_number() || value.is_array()) {
            irt.insert(key.to_string(), known.clone());
        }
    }
    let model = params.get("model").and_then(Value::as_str).or(model);
    irt.extend(model.map(|model| ("model".to_string(), Value::from(model))));
    irt.insert("version".to_string(), Value::from(version));
    Value::Object(irt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_item_bank_gets_no_nulls() {
        let irt = irt_of(&json!({"a": 1.0, "b": 0.5, "c": null, "se": null}), Some("2PL"), "v1");
        assert_eq!(irt, json!({"a": 1.0, "b": 0.5, "model": "2PL", "version": "v1"}));
        let graded =
            json!({"a": [1.2], "b": [0.1, 0.9], "scores": [0, 1, 3], "model": "GRM", "se": {}});
        let expected = json!({"a": [1.2], "b": [0.1, 0.9], "scores": [0, 1, 3], "model": "GRM", "version": "v1"});
        assert_eq!(irt_of(&graded, Some("2PL"), "v1"), expected);
    }

    #[test]
    fn parameters_that_say_nothing_are_left_out() {
        for params in [json!({}), json!({"a": 0.0, "b": 1.0}), json!({"a": 1.0, "b": null})] {
            assert_eq!(parameters(&params), None, "{params}");
        }
        let found = parameters(&json!({"a": 1.5, "b": -0.5, "c": 0.2})).unwrap();
        assert_eq!(found, ItemParameters { a: 1.5, b: -0.5, c: 0.2 });
    }
}
