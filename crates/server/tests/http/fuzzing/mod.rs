//! Whatever is sent, the service does not fail: arbitrary bytes, and requests of the scenarios with
//! changes, for every type of request. `PROPTEST_CASES=1500` sends more.

pub(crate) mod answering;
pub(crate) mod kinds;
pub(crate) mod mutate;
pub(crate) mod seeds;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use seedtest_store::Target;
use serde_json::Value;

use crate::scenarios::rows;
use answering::Answering;
use kinds::{KINDS, Kind};
use mutate::mutated;
use seeds::seeds;

/// Where the scenarios are, from the folder of this crate.
pub(crate) const SCENARIOS: &str = "tests/scenarios";

/// Cases of each type of request, unless `PROPTEST_CASES` says how many.
const CASES: u32 = 60;

fn runner() -> TestRunner {
    let given = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = given.unwrap_or(CASES);
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn every_type_of_request_has_seeds() {
    for kind in KINDS.iter() {
        assert!(!seeds(*kind).is_empty(), "no scenario asks {}", kind.path);
    }
}

#[test]
fn bytes_of_any_kind_are_answered() {
    let answering = Answering::embedded();
    for kind in KINDS.iter() {
        let bytes = prop_oneof![prop::collection::vec(any::<u8>(), 0..200), json_like()];
        send(&answering, *kind, &bytes);
    }
}

fn send(answering: &Answering, kind: Kind, requests: &impl Strategy<Value = Vec<u8>>) {
    let sent = runner().run(requests, |bytes| {
        answering.check(kind, &bytes);
        Ok(())
    });
    sent.unwrap();
}

/// Bytes that JSON and queries are made of.
fn json_like() -> impl Strategy<Value = Vec<u8>> {
    let part = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"rows\"",
        "\"a\"",
        "null",
        "1e999",
        "-",
        "0.5",
        "\"\\ud800\"",
        "&",
        "=",
        "%00",
        "%ff",
        "user_id=x",
        " ",
    ]);
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat().into_bytes())
}

#[test]
fn changed_requests_are_answered_on_sqlite() {
    send_changed(&Answering::embedded());
}

#[test]
fn changed_requests_are_answered_on_postgresql() {
    let url = seedtest_testkit::postgres_database().unwrap();
    send_changed(&Answering::on(&Target::parse(&url).unwrap()));
}

fn send_changed(answering: &Answering) {
    for kind in KINDS.iter() {
        let seeds = seeds(*kind);
        let strategy = (prop::sample::select(seeds), any::<u64>(), 1_u32..5);
        let changed = strategy.prop_map(|(seed, random, changes)| changed(&seed, random, changes));
        send(answering, *kind, &changed);
    }
}

/// JSON is changed as JSON, anything else by a byte.
fn changed(seed: &str, random: u64, changes: u32) -> Vec<u8> {
    if let Ok(body) = serde_json::from_str::<Value>(seed) {
        return mutated(&body, random, changes).to_string().into_bytes();
    }
    let mut bytes = seed.as_bytes().to_vec();
    let at = random as usize % bytes.len().max(1);
    if let Some(byte) = bytes.get_mut(at) {
        *byte = (random >> 32) as u8;
    }
    bytes
}
