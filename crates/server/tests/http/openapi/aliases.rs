//! Other names of a property are read like the first.

use serde_json::{Map, Value};

use super::operations;
use crate::platform::{BACKENDS, Platform};
use crate::service::{SECRET, json};

/// The object with `name` called `alias`.
fn renamed(object: &Map<String, Value>, name: &str, alias: &str) -> Value {
    let rename = |(key, value): (&String, &Value)| {
        (if key == name { alias.to_string() } else { key.clone() }, value.clone())
    };
    Value::Object(object.iter().map(rename).collect())
}

/// The names of each property of a schema besides its own; a body that may be a list has none.
fn aliases(schema: &Value) -> Vec<(&str, &str)> {
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let first = |property: &Value| -> Option<String> {
        let text = property["description"].as_str()?.strip_prefix("Another name of `")?;
        Some(text.strip_suffix("`.").unwrap().to_string())
    };
    let mut found = Vec::new();
    for (alias, property) in properties {
        if let Some(name) = first(property) {
            found.push((properties.get_key_value(&name).unwrap().0.as_str(), alias.as_str()));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn examples_under_other_names_are_answered_the_same() {
    let document = super::description().await;
    let platform = Platform::start(BACKENDS[0]).await;
    let mut tried = 0;
    for (path, _, operation) in operations(&document) {
        let Some(content) = operation.pointer("/requestBody/content/application~1json") else {
            continue;
        };
        let Some(reference) = content["schema"]["$ref"].as_str() else { continue };
        let schema = document.pointer(&reference[1..]).unwrap();
        for (name, alias) in aliases(schema) {
            let examples = content["examples"].as_object().unwrap().values();
            let bodies = examples.map(|example| example["value"].as_object().unwrap());
            let Some(body) = bodies.into_iter().find(|body| body.contains_key(name)) else {
                continue;
            };
            let mut answers = Vec::new();
            for body in [Value::Object(body.clone()), renamed(body, name, alias)] {
                let url = platform.service.url(path);
                let request = platform.service.client.post(url).json(&body);
                // Of people's routes a refusal says as much; a wrong token would be counted.
                let of_people =
                    ["/api/seedtest/", "/analytics/"].iter().any(|at| path.starts_with(at));
                let request = if of_people { request } else { request.bearer_auth(SECRET) };
                let (status, mut answer) = json(request.send().await.unwrap()).await;
                forget_what_differs(&mut answer);
                answers.push((status, answer));
            }
            assert_eq!(answers[0], answers[1], "{path}: {name}, {alias}");
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

/// Ids, times and durations are new in every answer.
fn forget_what_differs(answer: &mut Value) {
    match answer {
        Value::Object(object) => {
            object.retain(|key, _| {
                ![
                    "run_id",
                    "sessionIdentifier",
                    "model_id",
                    "event_id",
                    "new",
                    "timestamp",
                    "request_id",
                    "timings",
                    "stored_model",
                ]
                .contains(&key.as_str())
            });
            object.values_mut().for_each(forget_what_differs);
        }
        Value::Array(list) => list.iter_mut().for_each(forget_what_differs),
        _ => {}
    }
}
