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
