//! The requests and answers of `tests/scenarios`, sent to the live service on both databases.
//!
//! `SCENARIO=growth/fit` in the environment runs only the files with that text in their path.

mod names;
mod pattern;
pub(crate) mod rows;
mod scenario;
mod stock;

use std::time::{Duration, Instant};

use futures_util::stream::{StreamExt, iter};
use reqwest::{Method, Response};
use seedtest_server::Config;
use seedtest_store::Backend;
use serde_json::{Value, json};

use crate::platform::{BACKENDS, Platform};
use crate::service::SECRET;
use names::Names;
use pattern::faults;
use rows::made_up;
use scenario::{Asked, Caller, Expected, Scenario, Step};

/// Scenarios at once.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_holds_on_sqlite() {
    run_all(BACKENDS[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_holds_on_postgresql() {
    run_all(BACKENDS[1]).await;
}

async fn run_all(backend: Backend) {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let mut scenarios = scenario::all();
    scenarios.retain(|(path, _)| path.contains(&wanted));
    assert!(!scenarios.is_empty(), "no scenario has {wanted:?} in its path");
    let running = scenarios.iter().map(|(path, scenario)| async move {
        let failed = run(backend, scenario).await;
        failed.map(|fault| format!("{path}, {fault}"))
    });
    let failed: Vec<String> =
        iter(running).buffer_unordered(AT_ONCE).filter_map(async |f| f).collect().await;
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), scenarios.len(), failed.join("\n"));
}

/// Runs one scenario on a service of its own; says which step failed and how.
async fn run(backend: Backend, scenario: &Scenario) -> Option<String> {
    let environment = scenario.environment.clone().into_iter().collect();
    let set_up = |config: Config| Config { environment, ..config };
    let platform = Platform::with(backend, set_up).await;
    scenario.stored.store(&platform.service.store).await;
    let mut names = Names::default();
    for step in &scenario.steps {
        let faults = match patiently(&platform, &names, step).await {
            Ok(body) => names.keep(&step.keep, &body),
            Err(faults) => faults,
        };
        if !faults.is_empty() {
            return Some(format!("step {:?}:\n  {}", step.name, faults.join("\n  ")));
        }
    }
    None
}

/// The body of the expected answer, or what is wrong with the last one.
async fn patiently(platform: &Platform, names: &Names, step: &Step) -> Result<Value, Vec<String>> {
    let until = Instant::now() + Duration::from_secs_f64(step.within_seconds);
    loop {
        let answer = send(platform, names, &step.request).await;
        let checked = check(names, &step.response, answer).await;
        if checked.is_ok() || Instant::now() >= until {
            return checked;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn send(platform: &Platform, names: &Names, asked: &Asked) -> Response {
    let body = asked.body.as_ref().map(|body| made_up(&names.put_into(body)).to_string());
    let body = body.or_else(|| asked.text.clone());
    let method = asked.method.as_deref().unwrap_or(if body.is_some() { "POST" } else { "GET" });
    let method: Method = method.parse().unwrap();
    let url = platform.service.url(&names.put_into_text(&asked.path));
    let mut request = platform.service.client.request(method, url);
    request = match &asked.caller {
        Caller::Service => request.bearer_auth(SECRET),
        Caller::Nobody => request,
        Caller::User { sub, scope, role } => {
            let role = role.as_deref().unwrap_or("student");
            request.bearer_auth(platform.token_as(sub, role, scope))
        }
    };
    for (name, value) in &asked.headers {
        request = request.header(name, names.put_into_text(value));
    }
    if let Some(body) = body {
        let typed = asked.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        request = if typed { request } else { request.header("content-type", "application/json") };
        request = request.body(body);
    }
    request.send().await.unwrap()
}

async fn check(names: &Names, expected: &Expected, answer: Response) -> Result<Value, Vec<String>> {
    let status = answer.status().as_u16();
    let mut wrong = Vec::new();
    for (name, pattern) in &expected.headers {
        let found = answer.headers().get(name).map(|value| json!(value.to_str().unwrap()));
        let (pattern, found) = match found {
            Some(found) => (json!({name: pattern}), json!({name: found})),
            None => (json!({name: pattern}), json!({})),
        };
        wrong.extend(faults(&pattern, &found).into_iter().map(|fault| format!("header {fault}")));
    }
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status != expected.status {
        let start: String = text.chars().take(400).collect();
        wrong.push(format!("status {status}, not {}: {start}", expected.status));
    } else if let Some(pattern) = &expected.body {
        wrong.extend(faults(&names.put_into(pattern), &body));
    } else if expected.text.as_ref().is_some_and(|wanted| *wanted != text) {
        wrong.push(format!("the body is {text:?}"));
    }
    if wrong.is_empty() { Ok(body) } else { Err(wrong) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scenario_that_does_not_hold_is_found() {
    let scenario = |body: &str, status: u16, keep: &str| -> Scenario {
        let text = format!(
            r#"{{"about": "", "steps": [
                {{"name": "first", "request": {{"path": "/health"}}, "response": {{"status": 200}}}},
                {{"name": "second", "request": {{"path": "/healthz"}}, "keep": {{{keep}}},
                  "response": {{"status": {status}, "body": {body}}}}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    let run = async |scenario| run(BACKENDS[0], &scenario).await;
    assert_eq!(run(scenario(r#"{"ok": true}"#, 200, "")).await, None);
    for (broken, part) in [
        (scenario(r#"{"ok": false}"#, 200, ""), "/ok: is true, not false"),
        (scenario(r#"{"okay": true}"#, 200, ""), "/okay: is not there"),
        (scenario("{}", 404, ""), "status 200, not 404"),
        (scenario("{}", 200, r#""x": "/nothing""#), "/nothing is not there"),
    ] {
        let failed = run(broken).await.unwrap();
        assert!(failed.starts_with("step \"second\"") && failed.contains(part), "{failed}");
    }
}
