//! Everything that may be sent or comes back is described, and every body has examples, the first of which
//! says everything by the names in use.

use serde_json::Value;

use super::{description, operations};

/// What is said of a property beside the names it is also read by.
fn said(property: &Value) -> &str {
    let text = property["description"].as_str().unwrap_or_default();
    text.split("Also read as").next().unwrap_or_default().trim()
}

/// Properties of a schema of which nothing is said, with the way to them.
fn nameless(schema: &Value, way: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            for (name, property) in
                object.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                if said(property).is_empty() {
                    found.push(format!("{way}.{name}"));
                }
            }
            for (key, inner) in object.iter().filter(|(key, _)| !VALUES.contains(&key.as_str())) {
                nameless(inner, &format!("{way}/{key}"), found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| nameless(inner, way, found)),
        _ => {}
    }
}

/// Keys of a schema with values in them, no schemas.
const VALUES: [&str; 4] = ["const", "default", "enum", "example"];

#[tokio::test]
async fn every_field_of_every_request_and_answer_is_described() {
    let document = description().await;
    let mut found = Vec::new();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.len() > 100, "{}", schemas.len());
    for (name, schema) in schemas {
        nameless(schema, name, &mut found);
    }
    for (path, method, operation) in operations(&document) {
        let shown = format!("{method} {path}");
        nameless(&operation["requestBody"], &format!("{shown} body"), &mut found);
        nameless(&operation["responses"], &format!("{shown} answer"), &mut found);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if said(parameter).is_empty() {
                found.push(format!("{shown} {}", parameter["name"]));
            }
        }
        if operation["summary"].as_str().is_none_or(str::is_empty) {
            found.push(shown);
        }
    }
    assert!(found.is_empty(), "nothing is said of {}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_field_of_which_only_other_names_are_said_is_found() {
    let schema = serde_json::json!({"anyOf": [{"properties": {
        "a": {"description": "Also read as `b`."},
        "c": {"description": "A number.", "items": {"properties": {"d": {"type": "number"}}}},
    }}]});
    let mut found = Vec::new();
    nameless(&schema, "X", &mut found);
    found.sort();
    assert_eq!(found, ["X/anyOf.a", "X/anyOf/properties/c/items.d"]);
}

/// Names in an example that stand for others.
fn other_names(
    document: &Value,
    schema: &Value,
    value: &Value,
    way: &str,
    found: &mut Vec<String>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = document.pointer(&reference[1..]).unwrap();
        return other_names(document, named, value, way, found);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            other_names(document, part, value, way, found);
        }
    }
    for entry in value.as_array().into_iter().flatten() {
        other_names(document, &schema["items"], entry, &format!("{way}[]"), found);
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let property = &schema["properties"][name];
        if said(property).starts_with("Another name of") {
            found.push(format!("{way}.{name}"));
        } else {
            other_names(document, property, inner, &format!("{way}.{name}"), found);
        }
    }
}

#[tokio::test]
async fn every_body_has_examples_and_the_first_says_everything_by_the_names_in_use() {
    let document = description().await;
    let mut bodies = 0;
    for (path, method, operation) in operations(&document) {
        // What mail programs send there is the same every time, and not read.
        let is_read = method == "post" && path != "/unsubscribe";
        assert!(!is_read || operation["requestBody"].is_object(), "{path} reads no body");
        let Some(content) = operation.pointer("/requestBody/content/application~1json") else {
            continue;
        };
        bodies += 1;
        // A page shows them in this order, that of the alphabet.
        let first = content["examples"].as_object().and_then(|examples| examples.values().next());
        let first = first.unwrap_or_else(|| panic!("{method} {path} has no example"));
        let mut found = Vec::new();
        other_names(&document, &content["schema"], &first["value"], "", &mut found);
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "{method} {path}: the first example has {found:?}");
        assert!(first.get("x-status").is_none(), "{method} {path}: the first example is refused");
    }
    assert!(bodies > 30, "{bodies}");
}

#[tokio::test]
async fn headings_come_in_the_order_people_need_them_and_what_is_twice_is_hidden() {
    let document = description().await;
    let endpoints = seedtest_server::endpoints("/api/seedtest").unwrap();
    let tags: Vec<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!(tags[0], "Item response models");
    for tag in document["tags"].as_array().unwrap() {
        assert!(!said(tag).is_empty(), "{tag}");
    }
    let shown = |wanted: &str| {
        operations(&document).into_iter().any(|(_, _, operation)| {
            operation["tags"][0] == wanted && operation.get("x-hidden").is_none()
        })
    };
    for &tag in tags.iter().filter(|tag| **tag != "Description") {
        assert!(shown(tag), "everything under {tag} is hidden");
    }
    assert!(!shown("Description"), "files of the page are shown");
    for (path, method, operation) in operations(&document) {
        let tag = operation["tags"][0].as_str().unwrap();
        assert!(tags.contains(&tag), "{method} {path}: {tag} has no place");
        let mirrors = endpoints.iter().any(|e| e.path == path && e.method == method && e.mirrors);
        let hidden = operation["x-hidden"] == true;
        assert_eq!(hidden, mirrors || tag == "Description", "{method} {path}");
    }
}
