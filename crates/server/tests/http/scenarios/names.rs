//! Values that one step gives a name and later steps use.

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, Value>);

impl Names {
    /// Keeps the values at the pointers; returns the pointers that lead nowhere.
    pub(crate) fn keep(&mut self, wanted: &BTreeMap<String, String>, body: &Value) -> Vec<String> {
        let mut missing = Vec::new();
        for (name, pointer) in wanted {
            match body.pointer(pointer) {
                Some(value) => drop(self.0.insert(name.clone(), value.clone())),
                None => missing.push(format!("{pointer} is not there to be kept")),
            }
        }
        missing
    }

    /// The JSON with every text `${name}` replaced by the value, and `${name}` inside of texts by
    /// the text of the value.
    pub(crate) fn put_into(&self, json: &Value) -> Value {
        match json {
            Value::String(text) => {
                let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
                let value = name.and_then(|name| self.0.get(name).cloned());
                value.unwrap_or_else(|| Value::String(self.put_into_text(text)))
            }
            Value::Array(list) => list.iter().map(|value| self.put_into(value)).collect(),
            Value::Object(object) => {
                let entries = object.iter();
                entries.map(|(k, v)| (self.put_into_text(k), self.put_into(v))).collect()
            }
            plain => plain.clone(),
        }
    }

    pub(crate) fn put_into_text(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (name, value) in &self.0 {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_string);
            text = text.replace(&format!("${{{name}}}"), &shown);
        }
        text
    }
}
