//! What is said of properties that have one value: `status` of an answer, or the word that tells one shape
//! from the others.

use serde_json::{Value, json};

/// Describes every property with one value that nothing is said of.
pub(super) fn say_constants(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                properties.values_mut().for_each(say);
            }
            object.values_mut().for_each(say_constants);
        }
        Value::Array(list) => list.iter_mut().for_each(say_constants),
        _ => {}
    }
}

fn say(property: &mut Value) {
    let Value::Object(property) = property else { return };
    if let Some(value) = property.get("const").cloned() {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_string);
        property.entry("description").or_insert_with(|| json!(format!("Always `{shown}`.")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_the_same_is_said_where_nothing_else_is() {
        let mut schema = json!({"oneOf": [{"properties": {
            "dist": {"const": "normal"},
            "ok": {"const": true, "description": "Whether it worked."},
            "mean": {"type": "number"},
        }}]});
        say_constants(&mut schema);
        let properties = &schema["oneOf"][0]["properties"];
        assert_eq!(properties["dist"]["description"], "Always `normal`.");
        assert_eq!(properties["ok"]["description"], "Whether it worked.");
        assert_eq!(properties["mean"], json!({"type": "number"}));
    }
}
