//! `seedtest token`: tokens made, listed, exchanged and taken back, as the service sees them.

use serde_json::Value;

use crate::playground::Playground;

fn list(place: &Playground) -> Vec<Value> {
    let run = place.must(&["token", "list", "--json"]);
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_secret_is_shown_once_and_stored_nowhere() {
    let place = Playground::new();
    let made = place.must(&["token", "add", "cron", "--scopes", "jobs,read", "--expires", "90d"]);
    let secret = made.stdout.trim();
    assert!(secret.starts_with("sdt_") && secret.len() == 68, "{}", made.transcript());
    assert!(
        made.stderr.contains("cron opens read,jobs until 2025-06-18T12:00:00Z"),
        "{}",
        made.stderr
    );
    let tokens = list(&place);
    assert_eq!(tokens.len(), 1);
    assert_eq!((&tokens[0]["name"], &tokens[0]["state"]), (&"cron".into(), &"holds".into()));
    let database = std::fs::read(place.path("seedtest-data/seedtest.db")).unwrap();
    assert!(!database.windows(secret.len()).any(|part| part == secret.as_bytes()));
}

#[test]
fn rotation_lets_the_old_one_end_and_revocation_ends_at_once() {
    let place = Playground::new();
    let first = place.must(&["token", "add", "front", "--scopes", "read"]).stdout;
    let second = place.must(&["token", "rotate", "front", "--overlap", "1h"]).stdout;
    assert_ne!(first, second);
    let tokens = list(&place);
    let ends: Vec<&Value> = tokens.iter().map(|token| &token["expires_at"]).collect();
    assert!(
        ends.contains(&&Value::Null) && ends.contains(&&"2025-03-20T13:00:00Z".into()),
        "{ends:?}"
    );
    assert!(
        tokens.iter().all(|token| token["scopes"] == serde_json::json!(["read"])),
        "{tokens:?}"
    );
    let later = [("SEEDTEST_NOW", "2025-03-20T13:00:00Z")];
    let listed = place.run_with(&later, &["token", "list"]).stdout;
    assert_eq!(listed.matches("expired").count(), 1, "{listed}");
    assert_eq!(place.must(&["token", "revoke", "front"]).stdout, "2 revoked\n");
    let again = place.run(&["token", "revoke", "front"]);
    assert_eq!(again.code, Some(1), "{}", again.transcript());
    assert_eq!(place.run(&["token", "rotate", "front"]).code, Some(1));
}

#[test]
fn what_is_no_token_is_refused_with_a_hint() {
    let place = Playground::new();
    place.write("short", "too short");
    for arguments in [
        &["token", "add", "a b", "--scopes", "read"][..],
        &["token", "add", "a", "--scopes", "write"],
        &["token", "add", "a", "--scopes", "read", "--expires", "yesterday"],
        &["token", "add", "a", "--scopes", "read", "--expires", "2025-03-19"],
        &["token", "add", "a", "--scopes", "read", "--expires", "2025-03-20T12:00:00Z"],
        &["token", "add", "a", "--scopes", "read", "--expires", "0h"],
        &["token", "add", "a", "--scopes", "read", "--secret-file", "short"],
        &["token", "add", "a", "--scopes", "read", "--secret-file", "missing"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?} {}", run.transcript());
        assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    }
    assert!(!place.path("seedtest-data").exists(), "what is refused leaves nothing behind");
    place.write("long", "0123456789abcdef0123456789abcdef\n");
    let given = place.must(&["token", "add", "a", "--scopes", "fit", "--secret-file", "long"]);
    assert_eq!(given.stdout, "", "a secret from outside is not repeated");
}
