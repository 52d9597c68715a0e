//! Other names of a property as properties of their own.
//!
//! Types say in `x-aliases` under which names a property is read besides its own. What reads the
//! description (people, generated clients, test generators) sees properties only, so that every
//! name becomes one that refers to the first.

use serde_json::{Map, Value, json};

const ALIASES: &str = "x-aliases";

/// Adds the other names everywhere in a schema that stands at `pointer` in the document.
pub(super) fn spell_out(schema: &mut Value, pointer: &str) {
    match schema {
        Value::Object(object) => {
            for (key, inner) in object.iter_mut() {
                spell_out(inner, &format!("{pointer}/{}", escaped(key)));
            }
            spell_out_here(object, pointer);
        }
        Value::Array(list) => {
            for (position, inner) in list.iter_mut().enumerate() {
                spell_out(inner, &format!("{pointer}/{position}"));
            }
        }
        _ => {}
    }
}

fn spell_out_here(object: &mut Map<String, Value>, pointer: &str) {
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    let mut added = Vec::new();
    for (name, property) in properties.iter_mut() {
        let Some(Value::Array(aliases)) = property.as_object_mut().and_then(|p| p.remove(ALIASES))
        else {
            continue;
        };
        let aliases: Vec<String> =
            aliases.iter().filter_map(Value::as_str).map(str::to_string).collect();
        describe(property, &aliases);
        added.push((name.clone(), aliases));
    }
    for (name, aliases) in &added {
        let reference = format!("{pointer}/properties/{}", escaped(name));
        for alias in aliases {
            let text = format!("Another name of `{name}`.");
            properties.insert(alias.clone(), json!({"$ref": reference, "description": text}));
        }
    }
    for (name, aliases) in added {
        require_any(object, &name, &aliases);
    }
}

fn describe(property: &mut Value, aliases: &[String]) {
    let names: Vec<String> = aliases.iter().map(|alias| format!("`{alias}`")).collect();
    let text = property["description"].as_str().unwrap_or_default();
    let text = format!("{text} Also read as {}.", names.join(", "));
    property["description"] = json!(text.trim_start());
}

/// A required property may come under any of its names.
fn require_any(object: &mut Map<String, Value>, name: &str, aliases: &[String]) {
    let Some(Value::Array(required)) = object.get_mut("required") else { return };
    let Some(place) = required.iter().position(|required| required == name) else { return };
    required.remove(place);
    let names = std::iter::once(name).chain(aliases.iter().map(String::as_str));
    let any: Vec<Value> = names.map(|name| json!({"required": [name]})).collect();
    let all = object.entry("allOf").or_insert_with(|| json!([]));
    if let Value::Array(all) = all {
        all.push(json!({"anyOf": any}));
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_property_and_one_of_them_is_required() {
        let mut schema = json!({
            "properties": {"rows": {"type": "array", "x-aliases": ["data"], "description": "Rows."}},
            "required": ["rows"],
        });
        spell_out(&mut schema, "#/components/schemas/X");
        let expected = json!({
            "properties": {
                "rows": {"type": "array", "description": "Rows. Also read as `data`."},
                "data": {
                    "$ref": "#/components/schemas/X/properties/rows",
                    "description": "Another name of `rows`.",
                },
            },
            "required": [],
            "allOf": [{"anyOf": [{"required": ["rows"]}, {"required": ["data"]}]}],
        });
        assert_eq!(schema, expected);
    }
}
