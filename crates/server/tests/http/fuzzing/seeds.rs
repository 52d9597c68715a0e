//! Requests that are known to be good or bad: those of the scenarios.

use std::path::Path;

use serde_json::Value;

use super::SCENARIOS;
use super::kinds::Kind;
use super::rows::made_up;

/// Longest list of a seed: what fits are fed with here must not take long.
const LONGEST_LIST: usize = 24;

/// Bodies (or queries) of a type in the scenario files.
pub(crate) fn seeds(kind: Kind) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCENARIOS);
    let mut found = Vec::new();
    for route in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        if !route.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(route.path()).unwrap().map(Result::unwrap) {
            let text = std::fs::read_to_string(file.path()).unwrap();
            let scenario: Value = serde_json::from_str(&text).unwrap();
            let steps = scenario["steps"].as_array().unwrap();
            found.extend(steps.iter().filter_map(|step| seed(kind, &step["request"])));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn seed(kind: Kind, request: &Value) -> Option<String> {
    let path = request["path"].as_str()?;
    if kind.query {
        let query = path.strip_prefix(kind.path)?;
        return Some(query.strip_prefix('?').unwrap_or(query).to_string());
    }
    if path != kind.path {
        return None;
    }
    match request.get("body") {
        Some(body) => Some(shortened(&made_up(body)).to_string()),
        None => request["text"].as_str().map(str::to_string),
    }
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().take(LONGEST_LIST).map(shortened).collect(),
        Value::Object(object) => {
            object.iter().map(|(key, value)| (key.clone(), shortened(value))).collect()
        }
        plain => plain.clone(),
    }
}
