//! Every example is sent to a running service, and what comes back is what the description says.

use std::collections::BTreeMap;

use reqwest::Method;
use seedtest_server::{Config, Reports};
use seedtest_store::{Backend, ReportRecipient, Store};
use serde_json::{Value, json};

use super::{operations, validator};
use crate::platform::exams::store_exam;
use crate::platform::school::{store_answers, store_items};
use crate::platform::{BACKENDS, Platform};
use crate::service::{SECRET, json as read};

/// A service with a student, what it says of itself, and the ids of runs that were started.
struct Live {
    platform: Platform,
    document: Value,
    links: BTreeMap<String, String>,
    _reports: tempfile::TempDir,
}

/// One example of an operation.
struct Example<'a> {
    name: &'a str,
    /// Whether there is nothing to compute from.
    noop: bool,
    body: Option<&'a Value>,
    statuses: Vec<u16>,
}

impl Live {
    async fn start(backend: Backend) -> Self {
        let reports = tempfile::tempdir().unwrap();
        let written = Reports { dir: reports.path().into(), ..Reports::default() };
        let platform =
            Platform::with(backend, |config| Config { reports: written, ..config }).await;
        store_answers(&platform.service.store, "amy").await;
        store_exam(&platform.service.store, json!({})).await;
        store_items(&platform.service.store).await;
        store_recipient(&platform.service.store).await;
        // A report wants a week that was computed.
        let week = platform.service.url("/api/seedtest/analysis/metrics/recompute");
        let request = platform.service.client.post(week).json(&json!({"user_id": "amy"}));
        let request = request.bearer_auth(platform.admin("analysis:run"));
        assert!(request.send().await.unwrap().status().is_success());
        let url = platform.service.url("/openapi.json");
        let answer = platform.service.client.get(url).send().await.unwrap();
        let (_, document) = read(answer).await;
        Self { platform, document, links: BTreeMap::new(), _reports: reports }
    }

    fn token(&self, operation: &Value) -> Option<String> {
        let requirements = operation["security"].as_array().unwrap();
        let first = requirements.first()?.as_object().unwrap();
        Some(match first.get("user") {
            Some(scopes) => {
                let scopes = scopes.as_array().unwrap().iter().filter_map(Value::as_str);
                self.platform.token_as("amy", "admin", &scopes.collect::<Vec<_>>().join(" "))
            }
            None => SECRET.to_string(),
        })
    }

    /// The address with the examples of the parameters; `None` where a part of it is not known.
    fn address(&self, path: &str, operation: &Value) -> Option<String> {
        let mut path = path.to_string();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            if parameter["in"] == "header" {
                continue;
            }
            if parameter["in"] == "path" {
                let given = parameter["example"].as_str();
                let value = given.or_else(|| self.links.get(name).map(String::as_str))?;
                path = path.replace(&format!("{{{name}}}"), value);
                continue;
            }
            let values = match &parameter["example"] {
                Value::Null => continue,
                Value::Array(list) => list.clone(),
                one => vec![one.clone()],
            };
            let texts =
                values.iter().map(|value| value.as_str().map_or(value.to_string(), str::to_string));
            query.extend(texts.map(|text| format!("{name}={text}")));
        }
        Some(self.platform.service.url(&format!("{path}?{}", query.join("&"))))
    }

    async fn check(&mut self, path: &str, method: &str, operation: &Value, example: &Example<'_>) {
        let shown = format!("{method} {path} {}", example.name);
        let address = self.address(path, operation).unwrap_or_else(|| panic!("{shown}: no run"));
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let mut request = self.platform.service.client.request(method, address);
        if let Some(token) = self.token(operation) {
            request = request.bearer_auth(token);
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "header" {
                let (name, value) = (parameter["name"].as_str(), parameter["example"].as_str());
                request = request.header(name.unwrap(), value.unwrap());
            }
        }
        if let Some(body) = example.body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let media = answer.headers()["content-type"].to_str().unwrap().to_string();
        let text = answer.text().await.unwrap();
        assert!(example.statuses.contains(&status), "{shown}: {status} {text}");
        let response = self.response(operation, status);
        let media = media.split(';').next().unwrap().trim();
        let schema = &response["content"][media]["schema"];
        assert!(schema.is_object(), "{shown}: {media} is not described");
        if media != "application/json" {
            return;
        }
        let body: Value = serde_json::from_str(&text).unwrap();
        let faults: Vec<String> = validator(&self.document, schema)
            .iter_errors(&body)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{shown}: {faults:?}\n{text}");
        assert_eq!(body["status"] == "noop", example.noop, "{shown}: {text}");
        let links: Vec<(String, String)> = response["links"]
            .as_object()
            .into_iter()
            .flat_map(|links| links.values())
            .flat_map(|link| link["parameters"].as_object().unwrap())
            .map(|(name, expression)| {
                let pointer = expression.as_str().unwrap().strip_prefix("$response.body#").unwrap();
                (name.clone(), body.pointer(pointer).unwrap().as_str().unwrap().to_string())
            })
            .collect();
        self.links.extend(links);
    }

    fn response(&self, operation: &Value, status: u16) -> Value {
        let response = &operation["responses"][status.to_string()];
        match response["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap().clone(),
            None => response.clone(),
        }
    }
}

/// The recipient whose letter has the token of the example.
async fn store_recipient(store: &Store) {
    let recipient = ReportRecipient {
        user_id: "amy".into(),
        address: "parent@home.kr".into(),
        lang: "ko".into(),
        opted_in_at: Some(chrono::DateTime::UNIX_EPOCH),
        opted_out_at: None,
        unsubscribe_token: "0f8fad5bd9cb469fa16570867728950e".into(),
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_report_recipients(&[recipient]).await.unwrap();
    tx.commit().await.unwrap();
}

/// The examples of the body, or one without a body.
fn examples(operation: &Value) -> Vec<Example<'_>> {
    let answers = operation["responses"].as_object().unwrap().keys();
    let statuses = answers.filter_map(|status| status.parse().ok());
    let good: Vec<u16> = statuses.filter(|status| *status < 300).collect();
    // What only leads elsewhere has no answer of its own.
    if good.is_empty() {
        return Vec::new();
    }
    let Some(bodies) = operation.pointer("/requestBody/content/application~1json/examples") else {
        // A run that has ended by then cannot be cancelled.
        let ended = operation["responses"].get("409").map(|_| 409);
        let statuses = good.into_iter().chain(ended).collect();
        return vec![Example { name: "", noop: false, body: None, statuses }];
    };
    bodies
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, example)| Example {
            name,
            noop: example["summary"].as_str().unwrap().contains("noop"),
            body: Some(&example["value"]),
            statuses: match example["x-status"].as_u64() {
                Some(status) => vec![status as u16],
                // What is stored for the first time is 201, and 200 from then on.
                None => good.clone(),
            },
        })
        .collect()
}

/// What changes something first: the others show it.
const ORDER: [&str; 3] = ["post", "get", "delete"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_is_answered_as_described() {
    for backend in BACKENDS {
        let mut live = Live::start(backend).await;
        let document = live.document.clone();
        let mut sent = 0;
        for wanted in ORDER {
            for (path, method, operation) in operations(&document) {
                if method != wanted || path.ends_with("/events") && path.contains('{') {
                    continue;
                }
                for example in examples(operation) {
                    live.check(path, method, operation, &example).await;
                    sent += 1;
                }
            }
        }
        assert!(sent > 50, "{sent}");
    }
}

#[tokio::test]
async fn examples_of_good_requests_have_the_described_shape() {
    let document = super::description().await;
    for (path, _, operation) in operations(&document) {
        let Some(content) = operation.pointer("/requestBody/content/application~1json") else {
            continue;
        };
        let validator = validator(&document, &content["schema"]);
        for (name, example) in content["examples"].as_object().unwrap() {
            assert!(example["summary"].is_string(), "{path} {name}");
            let faults: Vec<String> =
                validator.iter_errors(&example["value"]).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{path} {name}: {faults:?}");
        }
    }
}
