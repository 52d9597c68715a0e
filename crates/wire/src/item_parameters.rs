//! Item parameters as callers of `POST /irt/score` send them.

use std::collections::HashMap;

use seedtest_irt::ItemParameters;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::unreadable::json_fault;

/// The guessing probability of a 3PL item that does not say it.
pub const GUESSING_OF_3PL: f64 = 0.2;

/// Reads `{"ITEM":{"a","b","c"},…}`, `{"items":[{"item_id","a","b","c"},…]}`, a list of such
/// entries, or a whole calibration; a = 1, b = 0 and c = 0 where they are missing. Entries may
/// carry their numbers under `params`.
///
/// # Errors
/// In words, when the text is none of these or an item's numbers are no parameters.
pub fn item_parameters_from_json(text: &str) -> Result<HashMap<String, ItemParameters>, String> {
    item_parameters_of(text, 0.0)
}

/// The same, where `missing_c` stands for a guessing probability that is neither given nor, in an
/// entry that names its model as 3PL, 0.2.
///
/// # Errors
/// In words, when the text is none of the shapes or an item's numbers are no parameters.
pub fn item_parameters_of(
    text: &str,
    missing_c: f64,
) -> Result<HashMap<String, ItemParameters>, String> {
    // What nearly every request sends, in a fraction of the time that a tree of values takes.
    if let Ok(items) = serde_json::from_str::<HashMap<String, Numbers>>(text) {
        let read = |(id, numbers): (String, Numbers)| {
            let parameters = numbers.parameters(&id, missing_c)?;
            Ok((id, parameters))
        };
        return items.into_iter().map(read).collect();
    }
    match &serde_json::from_str(text).map_err(|error| json_fault(&error))? {
        Value::Array(entries) => of_list(entries, missing_c),
        Value::Object(object) => match object.get("items").or_else(|| object.get("item_params")) {
            Some(Value::Array(entries)) => of_list(entries, missing_c),
            // An item may be called so, too.
            Some(Value::Object(inner)) if !holds_numbers(inner) => of_map(inner, missing_c),
            _ => of_map(object, missing_c),
        },
        _ => Err("neither an object nor a list".into()),
    }
}

/// Items with a number `d` beside their other parameters, as those of four parameters have their upper asymptote:
/// id, `c` and `d`.
///
/// # Errors
/// In words, when an entry of a list has no id.
pub fn upper_asymptotes_of(text: &str) -> Result<Vec<(String, f64, f64)>, String> {
    if !text.contains("\"d\"") {
        return Ok(Vec::new());
    }
    let value: Value = serde_json::from_str(text).map_err(|error| json_fault(&error))?;
    let list = match &value {
        Value::Object(object) => object.get("items").or_else(|| object.get("item_params")),
        list => Some(list),
    };
    let of = |id: String, entry: &Value| {
        let numbers = entry.get("params").unwrap_or(entry);
        let number = |key: &str| numbers.get(key).and_then(Value::as_f64);
        Some((id, number("c").unwrap_or(0.0), number("d")?))
    };
    match (list, &value) {
        (Some(Value::Array(entries)), _) => {
            let ids = entries.iter().enumerate().map(|(at, entry)| id_of(at, entry));
            let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
            Ok(ids.into_iter().zip(entries).filter_map(|(id, entry)| of(id, entry)).collect())
        }
        (_, Value::Object(object)) => {
            Ok(object.iter().filter_map(|(id, entry)| of(id.clone(), entry)).collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// What to say of items with an upper asymptote: id, `c` and `d`. No model here has one other than 1.
pub fn asymptote_warnings<'a>(items: impl Iterator<Item = (&'a str, f64, f64)>) -> Vec<String> {
    const SHOWN: usize = 5;
    let named = |ids: &[&str]| {
        let more = ids.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", ids[..ids.len().min(SHOWN)].join(", "))
    };
    let unused: Vec<(&str, f64, f64)> = items.filter(|(_, _, d)| *d != 1.0).collect();
    let all: Vec<&str> = unused.iter().map(|(id, ..)| *id).collect();
    let crossed: Vec<&str> = unused.iter().filter(|(_, c, d)| c >= d).map(|(id, ..)| *id).collect();
    let mut warnings = Vec::new();
    if !all.is_empty() {
        warnings.push(format!(
            "d of {} is not used: curves here rise to 1, they have no upper asymptote of their own",
            named(&all)
        ));
    }
    if !crossed.is_empty() {
        warnings.push(format!(
            "c is not below d for {}: a lower asymptote lies below the upper one; check these parameters",
            named(&crossed)
        ));
    }
    warnings
}

/// The ids of a list of items in its order; `None` when the text is no list.
///
/// # Errors
/// In words, when an entry has no id.
pub fn item_order_of(text: &str) -> Result<Option<Vec<String>>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| json_fault(&error))?;
    let list = match &value {
        Value::Object(object) => object.get("items").or_else(|| object.get("item_params")),
        list => Some(list),
    };
    let Some(Value::Array(entries)) = list else { return Ok(None) };
    entries
        .iter()
        .enumerate()
        .map(|(position, entry)| id_of(position, entry))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Whether an object is that of one item.
fn holds_numbers(object: &Map<String, Value>) -> bool {
    ["a", "b", "c", "params"].iter().any(|key| object.contains_key(*key))
}

fn of_list(entries: &[Value], missing_c: f64) -> Result<HashMap<String, ItemParameters>, String> {
    let mut items = HashMap::with_capacity(entries.len());
    for (position, entry) in entries.iter().enumerate() {
        let id = id_of(position, entry)?;
        let parameters = parameters(&id, entry, missing_c)?;
        if let Some(other) = items.insert(id.clone(), parameters)
            && other != parameters
        {
            return Err(format!("item {id} is there twice, with different parameters"));
        }
    }
    Ok(items)
}

pub(crate) fn id_of(position: usize, entry: &Value) -> Result<String, String> {
    match ["item_id", "question_id", "item"].into_iter().find_map(|key| entry.get(key)) {
        Some(Value::String(id)) => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ => Err(format!("entry {} has no item_id", position + 1)),
    }
}

fn of_map(
    object: &Map<String, Value>,
    missing_c: f64,
) -> Result<HashMap<String, ItemParameters>, String> {
    object.iter().map(|(id, entry)| Ok((id.clone(), parameters(id, entry, missing_c)?))).collect()
}

fn parameters(id: &str, entry: &Value, missing_c: f64) -> Result<ItemParameters, String> {
    let numbers = entry.get("params").unwrap_or(entry);
    if !numbers.is_object() {
        return Err(format!("item {id} has no parameters"));
    }
    let number = |key: &str| match numbers.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            None => Err(format!("item {id}: {key} is {value}")),
            number => Ok(number),
        },
    };
    let guessing = entry.get("model").and_then(Value::as_str);
    let three = guessing.is_some_and(|model| model.eq_ignore_ascii_case("3PL"));
    let missing_c = if three { GUESSING_OF_3PL } else { missing_c };
    let found = Numbers { a: number("a")?, b: number("b")?, c: number("c")? };
    found.parameters(id, missing_c)
}

/// The numbers of an item that says nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    a: Option<f64>,
    b: Option<f64>,
    c: Option<f64>,
}

impl Numbers {
    fn parameters(&self, id: &str, missing_c: f64) -> Result<ItemParameters, String> {
        let (a, b, c) = (self.a.unwrap_or(1.0), self.b.unwrap_or(0.0), self.c.unwrap_or(missing_c));
        if a == 0.0 {
            return Err(format!("item {id}: a is 0, which says nothing about ability"));
        }
        if !(0.0..1.0).contains(&c) {
            return Err(format!("item {id}: c = {c} lies outside 0 ≤ c < 1"));
        }
        Ok(ItemParameters { a, b, c })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_reads_the_same() {
        let expected = ItemParameters { a: 1.5, b: -0.5, c: 0.2 };
        for text in [
            r#"{"7":{"a":1.5,"b":-0.5,"c":0.2}}"#,
            r#"{"7":{"a":1.5,"b":-0.5,"c":0.2,"note":"kept elsewhere"}}"#,
            r#"{"items":[{"item_id":7,"a":1.5,"b":-0.5,"c":0.2}]}"#,
            r#"[{"item":"7","a":1.5,"b":-0.5,"c":0.2}]"#,
            r#"[{"item_id":"7","params":{"a":1.5,"b":-0.5,"c":0.2}}]"#,
            r#"{"item_params":[{"item_id":"7","params":{"a":1.5,"b":-0.5,"c":0.2}}]}"#,
            r#"{"item_params":{"7":{"a":1.5,"b":-0.5,"c":0.2}},"note":"by id"}"#,
        ] {
            assert_eq!(item_parameters_from_json(text).unwrap()["7"], expected, "{text}");
        }
    }

    #[test]
    fn missing_numbers_have_the_defaults_of_the_contract() {
        let read = item_parameters_from_json(r#"{"7":{"c":null}}"#).unwrap();
        assert_eq!(read["7"], ItemParameters { a: 1.0, b: 0.0, c: 0.0 });
    }

    #[test]
    fn an_upper_asymptote_is_told_of() {
        let told = |text: &str| {
            let found = upper_asymptotes_of(text).unwrap();
            asymptote_warnings(found.iter().map(|(id, c, d)| (id.as_str(), *c, *d)))
        };
        for text in [
            r#"{"q7":{"a":1,"b":0,"c":0.5,"d":0.3}}"#,
            r#"[{"item_id":"q7","params":{"a":1,"b":0,"c":0.5,"d":0.3}}]"#,
            r#"{"items":[{"item":"q7","b":0,"c":0.5,"d":0.5}]}"#,
        ] {
            let told = told(text);
            assert_eq!(told.len(), 2, "{told:?}");
            assert!(told[0].starts_with("d of q7 is not used"), "{told:?}");
            assert!(told[1].starts_with("c is not below d for q7"), "{told:?}");
            // What is not used changes nothing.
            let read = item_parameters_from_json(text).unwrap();
            assert_eq!(read["q7"], ItemParameters { a: 1.0, b: 0.0, c: 0.5 });
        }
        assert_eq!(told(r#"{"q7":{"c":0.2,"d":0.9}}"#).len(), 1);
        assert!(told(r#"{"q7":{"c":0.2,"d":1}}"#).is_empty());
        assert!(told(r#"{"q7":{"c":0.2,"d":null},"d":{"b":0}}"#).is_empty());
        let many: Vec<(String, f64, f64)> = (0..9).map(|n| (format!("q{n}"), 0.0, 0.9)).collect();
        let told = asymptote_warnings(many.iter().map(|(id, c, d)| (id.as_str(), *c, *d)));
        assert!(told[0].starts_with("d of q0, q1, q2, q3, q4 and 4 more is not used"), "{told:?}");
    }

    #[test]
    fn faults_name_the_item() {
        for text in [
            r#"{"q7":{"a":"x"}}"#,
            r#"{"q7":{"a":0}}"#,
            r#"{"q7":{"c":1}}"#,
            r#"{"q7":3}"#,
            r#"{"item_params":{"q7":3}}"#,
            r#"[{"item_id":"q7","b":1},{"item_id":"q7","b":2}]"#,
        ] {
            assert!(item_parameters_from_json(text).unwrap_err().contains("q7"), "{text}");
        }
        assert!(item_parameters_from_json("[{}]").unwrap_err().contains("entry 1"));
        assert!(item_parameters_from_json("7").is_err());
    }
}
