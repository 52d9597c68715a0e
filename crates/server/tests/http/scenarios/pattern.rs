//! Patterns of JSON. A pattern is JSON itself: what stands in it must stand in the answer, and what
//! does not may. The words with `$` are listed in the README of the scenarios.

use chrono::DateTime;
use serde_json::{Map, Value};

/// Everything in `found` that is not as the pattern says; empty when it holds.
pub(crate) fn faults(pattern: &Value, found: &Value) -> Vec<String> {
    faults_within(pattern, found, found)
}

fn faults_within(pattern: &Value, found: &Value, root: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Matching { root, faults: &mut faults }.value(pattern, Some(found), "");
    faults
}

struct Matching<'a> {
    root: &'a Value,
    faults: &'a mut Vec<String>,
}

impl Matching<'_> {
    fn fault(&mut self, at: &str, text: &str) {
        let place = if at.is_empty() { "the body" } else { at };
        self.faults.push(format!("{place}: {text}"));
    }

    fn value(&mut self, pattern: &Value, found: Option<&Value>, at: &str) {
        if pattern == "$absent" {
            if let Some(found) = found {
                self.fault(at, &format!("is {}, must not be there", shown(found)));
            }
            return;
        }
        let Some(found) = found else { return self.fault(at, "is not there") };
        match pattern {
            Value::String(word) if word.starts_with('$') => self.word(word, found, at),
            Value::Object(object) if is_test(object) => self.tests(object, found, at),
            Value::Object(object) => self.object(object, found, at),
            Value::Array(patterns) => self.list(patterns, found, at),
            plain if equal(plain, found) => {}
            plain => self.fault(at, &format!("is {}, not {plain}", shown(found))),
        }
    }

    fn word(&mut self, word: &str, found: &Value, at: &str) {
        let number = found.as_f64();
        let text = found.as_str();
        let holds = match word {
            "$any" => true,
            "$number" => number.is_some(),
            "$probability" => number.is_some_and(|p| (0.0..=1.0).contains(&p)),
            "$text" => text.is_some_and(|text| !text.is_empty()),
            "$instant" => text.is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
            "$uuid" => text.is_some_and(|text| uuid::Uuid::try_parse(text).is_ok()),
            "$list" => found.is_array(),
            "$object" => found.is_object(),
            _ => match word.strip_prefix("$has ") {
                Some(part) => text.is_some_and(|text| text.contains(part)),
                None => return self.fault(at, &format!("{word} is no word of a pattern")),
            },
        };
        if !holds {
            self.fault(at, &format!("is {}, not {word}", shown(found)));
        }
    }

    fn object(&mut self, pattern: &Map<String, Value>, found: &Value, at: &str) {
        let Some(object) = found.as_object() else {
            return self.fault(at, &format!("is {}, not an object", shown(found)));
        };
        let only = pattern.get("$only").is_some_and(|only| only == true);
        for (key, pattern) in pattern.iter().filter(|(key, _)| *key != "$only") {
            self.value(pattern, object.get(key), &format!("{at}/{key}"));
        }
        if only {
            let stray: Vec<&String> = object.keys().filter(|k| !pattern.contains_key(*k)).collect();
            if !stray.is_empty() {
                self.fault(at, &format!("has the further keys {stray:?}"));
            }
        }
    }

    fn list(&mut self, patterns: &[Value], found: &Value, at: &str) {
        let Some(list) = found.as_array() else {
            return self.fault(at, &format!("is {}, not a list", shown(found)));
        };
        if list.len() != patterns.len() {
            let text = format!("has {} entries, not {}", list.len(), patterns.len());
            return self.fault(at, &text);
        }
        for (position, (pattern, found)) in patterns.iter().zip(list).enumerate() {
            self.value(pattern, Some(found), &format!("{at}/{position}"));
        }
    }

    fn tests(&mut self, tests: &Map<String, Value>, found: &Value, at: &str) {
        for (name, wanted) in tests {
            match name.as_str() {
                "$near" => self.near(wanted, tests.get("$within"), found, at),
                "$within" => {}
                "$between" => self.between(wanted, found, at),
                "$length" => self.length(wanted, found, at),
                "$each" => self.each(wanted, found, at),
                "$some" => self.some(wanted, found, at),
                "$same" => self.same(wanted, found, at),
                "$not" => {
                    if faults_within(wanted, found, self.root).is_empty() {
                        self.fault(at, &format!("is {}, must not be", shown(found)));
                    }
                }
                other => self.fault(at, &format!("{other} is no test of a pattern")),
            }
        }
    }

    fn near(&mut self, wanted: &Value, within: Option<&Value>, found: &Value, at: &str) {
        let within = within.and_then(Value::as_f64).unwrap_or(1e-9);
        let distance = wanted.as_f64().zip(found.as_f64()).map(|(a, b)| (a - b).abs());
        if distance.is_none_or(|distance| distance > within) {
            self.fault(at, &format!("is {}, not {wanted} ± {within:e}", shown(found)));
        }
    }

    fn between(&mut self, bounds: &Value, found: &Value, at: &str) {
        let bound = |position: usize| bounds[position].as_f64();
        let (Some(low), Some(high)) = (bound(0), bound(1)) else {
            return self.fault(at, "$between has two numbers");
        };
        if found.as_f64().is_none_or(|number| number < low || number > high) {
            self.fault(at, &format!("is {}, not between {low} and {high}", shown(found)));
        }
    }

    fn length(&mut self, wanted: &Value, found: &Value, at: &str) {
        let length = inner(found).map(|inner| inner.len());
        if length.map(Value::from).as_ref() != Some(wanted) {
            self.fault(at, &format!("has {length:?} entries, not {wanted}"));
        }
    }

    fn each(&mut self, pattern: &Value, found: &Value, at: &str) {
        let Some(inner) = inner(found) else {
            return self.fault(at, &format!("is {}, has no entries", shown(found)));
        };
        for (key, value) in inner {
            self.value(pattern, Some(value), &format!("{at}/{key}"));
        }
    }

    fn some(&mut self, pattern: &Value, found: &Value, at: &str) {
        let inner = inner(found).unwrap_or_default();
        if !inner.iter().any(|(_, value)| faults_within(pattern, value, self.root).is_empty()) {
            self.fault(at, &format!("has no entry like {pattern}: {}", shown(found)));
        }
    }

    fn same(&mut self, pointer: &Value, found: &Value, at: &str) {
        let other = pointer.as_str().and_then(|pointer| self.root.pointer(pointer));
        if other != Some(found) {
            let other = other.map(shown);
            self.fault(at, &format!("is {}, but {pointer} is {other:?}", shown(found)));
        }
    }
}

/// Whether an object holds tests instead of keys.
fn is_test(object: &Map<String, Value>) -> bool {
    object.keys().any(|key| key.starts_with('$') && key != "$only")
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// The entries of a list or an object.
fn inner(value: &Value) -> Option<Vec<(String, &Value)>> {
    match value {
        Value::Array(list) => {
            Some(list.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect())
        }
        Value::Object(object) => Some(object.iter().map(|(k, v)| (k.clone(), v)).collect()),
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 200 {
        text
    } else {
        text.chars().take(200).chain("…".chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_in_the_pattern_may_be_anything() {
        let found = json!({"a": 1, "b": [1.0, "x"], "c": {"d": null, "e": true}});
        for pattern in [
            json!({}),
            json!({"a": 1.0, "b": [1, "x"]}),
            json!({"c": {"d": null}}),
            json!({"c": {"$only": true, "d": null, "e": true}, "z": "$absent"}),
            json!({"b": {"$length": 2, "$some": "x"}, "c": {"$length": 2}}),
            json!({"b": {"$some": {"$same": "/a"}}}),
            json!({"a": {"$near": 1.05, "$within": 0.1}, "b": {"$each": {"$not": null}}}),
            json!({"a": {"$between": [0, 1]}, "b": [{"$same": "/a"}, "$has x"]}),
        ] {
            let same = json!({"a": 1, "b": [1, "x"], "c": {"d": null, "e": true}});
            let found = if pattern.to_string().contains("$same") { &same } else { &found };
            assert_eq!(faults(&pattern, found), Vec::<String>::new(), "{pattern}");
        }
    }

    #[test]
    fn every_kind_of_pattern_can_fail_and_says_where() {
        let found = json!({"a": 1, "b": [1, "x"], "c": {"d": null}});
        for (pattern, place) in [
            (json!({"a": 2}), "/a"),
            (json!({"a": "$absent"}), "/a"),
            (json!({"z": "$any"}), "/z"),
            (json!({"a": "$text"}), "/a"),
            (json!({"a": "$instant"}), "/a"),
            (json!({"a": "$uuid"}), "/a"),
            (json!({"a": "$list"}), "/a"),
            (json!({"a": "$object"}), "/a"),
            (json!({"b": "$number"}), "/b"),
            (json!({"b": [1]}), "/b"),
            (json!({"b": [1, "$probability"]}), "/b/1"),
            (json!({"b": [1, "$has y"]}), "/b/1"),
            (json!({"b": {"$length": 3}}), "/b"),
            (json!({"b": {"$each": 1}}), "/b/1"),
            (json!({"b": {"$some": 7}}), "/b"),
            (json!({"b": {"$some": {"$same": "/c"}}}), "/b"),
            (json!({"a": {"$near": 1.1}}), "/a"),
            (json!({"a": {"$between": [2, 3]}}), "/a"),
            (json!({"a": {"$same": "/b"}}), "/a"),
            (json!({"a": {"$not": 1}}), "/a"),
            (json!({"c": {"d": 0}}), "/c/d"),
            (json!({"c": {"$only": true}}), "/c"),
            (json!({"a": "$typo"}), "/a"),
            (json!({"a": {"$typo": 1}}), "/a"),
            (json!([]), "the body"),
        ] {
            let faults = faults(&pattern, &found);
            assert_eq!(faults.len(), 1, "{pattern}: {faults:?}");
            assert!(faults[0].starts_with(&format!("{place}: ")), "{pattern}: {faults:?}");
        }
    }
}
