//! The description of the service: up to date, whole, and true.

mod aliases;
mod described;
mod document;
mod examples;
mod page;

use serde_json::Value;

use crate::service::{Service, config, json};

const METHODS: [&str; 3] = ["get", "post", "delete"];

/// The description a service gives of itself.
async fn description() -> Value {
    let service = Service::start(config()).await;
    let url = service.url("/openapi.json");
    let (status, document) = json(service.client.get(url).send().await.unwrap()).await;
    assert_eq!(status, 200);
    document
}

/// Every operation: path, method, what is said of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            all.push((path.as_str(), method.as_str(), operation));
        }
    }
    all
}

/// `schema` of the document as one that stands alone.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut alone = schema.clone();
    alone["components"] = document["components"].clone();
    alone["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    jsonschema::validator_for(&alone).unwrap()
}
