//! Stored item parameters and the ability distribution they were calibrated with.

use std::collections::HashMap;

use seedtest_irt::{ItemParameters, Normal};
use seedtest_store::{FitMeta, ItemParamsRow, QuestionItem};
use serde_json::Value;

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

/// The ability distribution of the newest calibration on the scale of its results; N(0, 1) before
/// the first.
pub(crate) fn latent_distribution(meta: Option<&FitMeta>) -> Normal {
    let number = |key: &str| meta.and_then(|meta| meta.metrics.get(key)).and_then(Value::as_f64);
    Normal {
        mean: number("latent_mean").unwrap_or(0.0),
        sd: number("latent_sd").filter(|&sd| sd > 0.0).unwrap_or(1.0),
    }
}

/// What `question.meta.irt` holds: a, b, c, model and version, without nulls.
pub(crate) fn irt_of(params: &Value, model: Option<&str>, version: &str) -> Value {
    let mut irt = serde_json::Map::new();
    for key in ["a", "b", "c"] {
        if let Some(number) = params.get(key).filter(|value| value.is_number()) {
            irt.insert(key.to_string(), number.clone());
        }
    }
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
