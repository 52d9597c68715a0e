//! What is said of the likeliest mistakes in a request: of every route with the bodies and queries of its scenarios,
//! each field once with a value of every wrong kind. No message speaks of how this program reads.

use seedtest_testkit::own_word;
use serde_json::{Value, json};

use crate::fuzzing::answering::Answering;
use crate::fuzzing::kinds::{KINDS, Kind};
use crate::fuzzing::seeds::seeds;

/// Bodies that are none of any route.
const NO_BODIES: &[&str] = &[
    "",
    " ",
    "[]",
    "5",
    "\"text\"",
    "null",
    "{",
    "{\"a\":1,}",
    "{\"a\":NaN}",
    "{\"a\":1,\"a\":2}",
    "{a:1}",
    "{} {}",
];

/// Values of a field that hardly any route means by it.
fn wrong_values() -> [Value; 7] {
    [
        json!("no value"),
        json!(""),
        json!(-1.5),
        json!(1e300),
        json!({"x": []}),
        json!([null, "x", {}]),
        json!(true),
    ]
}

/// A body with each of its fields once with each wrong value, and once with a field that nobody knows.
fn with_wrong_fields(body: &Value) -> Vec<String> {
    let Some(fields) = body.as_object() else { return Vec::new() };
    let mut all = vec![with(body, "no_such_field", json!(1))];
    for name in fields.keys() {
        all.extend(wrong_values().map(|value| with(body, name, value)));
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove(name);
        all.push(without.to_string());
    }
    all
}

fn with(body: &Value, name: &str, value: Value) -> String {
    let mut changed = body.clone();
    changed[name] = value;
    changed.to_string()
}

/// A query with each of its parameters once with each wrong value.
fn with_wrong_parameters(query: &str) -> Vec<String> {
    let parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    let mut all = vec![String::new(), format!("{query}&no_such_parameter=1")];
    for (at, part) in parts.iter().enumerate() {
        let name = part.split('=').next().unwrap_or_default();
        for value in ["no%20value", "", "-1", "1e300", "%ff", "2025-13-45"] {
            let mut changed = parts.clone();
            let wrong = format!("{name}={value}");
            changed[at] = &wrong;
            all.push(changed.join("&"));
        }
    }
    all
}

fn mistakes(kind: Kind) -> Vec<String> {
    let seeds = seeds(kind);
    if kind.query {
        return seeds.iter().take(2).flat_map(|query| with_wrong_parameters(query)).collect();
    }
    let bodies = seeds.iter().filter_map(|seed| serde_json::from_str::<Value>(seed).ok());
    // The fullest says most.
    let fullest = bodies.max_by_key(|body| body.as_object().map_or(0, serde_json::Map::len));
    let wrong = fullest.iter().flat_map(with_wrong_fields);
    NO_BODIES.iter().map(|body| (*body).to_owned()).chain(wrong).collect()
}

/// What is wrong with a refusal.
fn fault(status: u16, body: &str) -> Option<String> {
    if [500, 502, 503].contains(&status) {
        return Some("is the fault of the service".into());
    }
    // Links of mails lead people to a page, which says in their language what is wrong.
    if status < 400 || body.starts_with("<!DOCTYPE html>") {
        return None;
    }
    let Ok(refusal) = serde_json::from_str::<Value>(body) else {
        return Some("is no JSON".into());
    };
    let message = refusal["message"].as_str().unwrap_or_default();
    if message.is_empty() {
        return Some("says nothing".into());
    }
    let said = format!(" {message} {}", refusal["hint"].as_str().unwrap_or_default());
    own_word(&said).map(|own| format!("says `{own}`"))
}

#[test]
fn no_refusal_speaks_of_how_a_request_is_read() {
    let answering = Answering::embedded();
    let (mut asked, mut faults) = (0, Vec::new());
    for kind in KINDS.iter() {
        for mistake in mistakes(*kind) {
            let Some((status, body)) = answering.answer(*kind, mistake.as_bytes()) else {
                continue;
            };
            asked += 1;
            let shown: String = mistake.chars().take(200).collect();
            faults.extend(
                fault(status, &body)
                    .map(|fault| format!("{} {shown}\n  {fault}: {body:.400}", kind.path)),
            );
        }
    }
    assert!(faults.is_empty(), "{} of {asked}:\n{}", faults.len(), faults.join("\n"));
    assert!(asked > 1_000, "{asked}");
}

#[test]
fn the_likeliest_mistakes_are_told() {
    let answering = Answering::embedded();
    let mut told = String::new();
    for (name, mistakes) in [
        (
            "calibrate",
            &[
                "",
                "{",
                "[1]",
                "{\"observations\": 5}",
                "{\"observations\": [{\"item_id\": \"q\"}]}",
                "{\"observations\": [{\"user_id\": \"a\", \"item_id\": \"q\", \"is_correct\": \"perhaps\"}]}",
                "{\"observations\": [], \"model\": \"9PL\"}",
                "{\"observations\": [], \"max_iter\": -1}",
            ][..],
        ),
        (
            "growthFit",
            &[
                "{\"rows\": {}}",
                "{\"rows\": [], \"n_chains\": \"four\"}",
                "{\"rows\": [], \"priors\": {\"week\": 5}}",
            ],
        ),
        ("survivalFit", &["{\"rows\": 5}", "{\"rows\": [], \"regularization\": [1]}"]),
        ("clusterFit", &["{\"rows\": [], \"k\": [3]}", "{\"rows\": [], \"method\": 7}"]),
        ("prophetFit", &["{\"rows\": [], \"horizon\": \"3\"}", "{\"rows\": [], \"options\": 5}"]),
    ] {
        let kind = Kind::named(name);
        for mistake in mistakes {
            let (status, body) = answering.answer(kind, mistake.as_bytes()).unwrap();
            let refusal: Value = serde_json::from_str(&body).unwrap();
            let said = |key: &str| refusal[key].as_str().unwrap_or("-").to_owned();
            #[allow(clippy::format_push_string)] // read by people, written once
            told.push_str(&format!(
                "{} {mistake}\n  {status} {}\n  {}\n\n",
                kind.path,
                said("message"),
                said("hint")
            ));
        }
    }
    insta::assert_snapshot!(told);
}
