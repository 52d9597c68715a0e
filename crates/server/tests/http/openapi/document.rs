//! The checked-in description is the one the service gives, and every route is in it.

use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::Value;

use super::{description, operations};
use crate::service::{Service, config, json};

fn checked_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[tokio::test]
async fn the_checked_in_description_is_that_of_the_types() {
    let now = format!("{:#}\n", description().await);
    let then = std::fs::read_to_string(checked_in()).unwrap_or_default();
    let differs = now.lines().zip(then.lines()).position(|(now, then)| now != then);
    assert!(
        now == then,
        "docs/openapi.json differs from line {} on; look at the change and refresh it with\n    \
         cargo xtask gen",
        differs.map_or(0, |line| line + 1),
    );
}

#[tokio::test]
async fn every_operation_is_there_and_every_id_is_its_own() {
    let document = description().await;
    let all = operations(&document);
    assert_eq!(all.len(), seedtest_server::endpoints("/api/seedtest").unwrap().len());
    let mut ids: Vec<&str> = all.iter().map(|op| op.2["operationId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    let service = Service::start(config()).await;
    for (path, method, _) in all {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let url = service.url(&path.replace("{run_id}", "none").replace("{session_id}", "none"));
        let answer = service.client.request(method.clone(), url).send().await.unwrap();
        let status = answer.status().as_u16();
        if status == 404 || status == 405 {
            let (_, body) = json(answer).await;
            let message = body["message"].as_str().unwrap();
            assert!(message.starts_with("no run"), "{method} {path}: {message}");
        }
    }
}

/// A route that does not go through `openapi::Routes` would not be described.
#[test]
fn no_route_goes_by_the_description() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut routed = Vec::new();
    let mut folders = vec![sources];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // The way to an identity provider and back is for browsers, as the pages are.
                if !path.ends_with("oidc") {
                    folders.push(path);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            if [".route(", ".route_service(", ".nest_service("]
                .iter()
                .any(|call| text.contains(call))
            {
                routed.push(path.file_name().unwrap().to_owned());
            }
        }
    }
    assert_eq!(routed, ["routes.rs"]);
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn check(document: &Value, value: &Value) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                object.values().for_each(|inner| check(document, inner));
            }
            Value::Array(list) => list.iter().for_each(|inner| check(document, inner)),
            _ => {}
        }
    }
    let document = description().await;
    check(&document, &document);
}
