//! `seedtest account`: people who sign in, made, invited, listed, changed and shut out.

use serde_json::{Value, json};

use crate::playground::Playground;

const PASSWORD: &str = "correct horse battery\n";

fn list(place: &Playground) -> Vec<Value> {
    let run = place.must(&["account", "list", "--json"]);
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_first_account_is_made_on_the_command_line_and_its_secrets_are_stored_nowhere() {
    let place = Playground::new();
    let made = place.must(&["account", "add", "Anna@School.example", "--role", "operator"]);
    let secret = made.stdout.trim().strip_prefix("/invitations/").unwrap();
    assert_eq!(secret.len(), 64, "{}", made.transcript());
    assert!(made.stderr.contains("works once, for 7 days"), "{}", made.stderr);
    assert!(made.stderr.contains("http://127.0.0.1:8000"), "{}", made.stderr);
    place.write("password", PASSWORD);
    let add = ["account", "add", "olga", "--role", "operator", "--password-file", "password"];
    assert_eq!(place.must(&add).stdout, "", "who has a password needs no link");
    let accounts = list(&place);
    let states: Vec<_> = accounts.iter().map(|a| (&a["login"], &a["state"])).collect();
    let expected =
        [(&json!("anna@school.example"), &json!("invited")), (&json!("olga"), &json!("active"))];
    assert_eq!(states, expected);
    let database = std::fs::read(place.path("seedtest-data/seedtest.db")).unwrap();
    for secret in [secret, PASSWORD.trim()] {
        assert!(!database.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
    let again = place.run(&["account", "add", "OLGA", "--role", "school"]);
    assert_eq!(again.code, Some(1), "{}", again.transcript());
    assert!(again.stderr.contains("is taken"), "{}", again.stderr);
    let later = [("SEEDTEST_NOW", "2025-03-28T12:00:00Z")];
    let listed = place.run_with(&later, &["account", "list"]).stdout;
    assert!(listed.contains("no-password"), "{listed}");
}

#[test]
fn a_link_has_the_address_of_the_service() {
    let place = Playground::new();
    let url = "https://seedtest.school.example/";
    let add = ["account", "add", "anna", "--role", "operator", "--public-url", url, "--days", "1"];
    let made = place.must(&add);
    assert!(made.stdout.starts_with("https://seedtest.school.example/invitations/"));
    assert!(!made.stderr.contains("http://"), "{}", made.stderr);
    place.write("seedtest.toml", "[serve]\npublic-url = \"https://of.the.file\"\n");
    let link = place.must(&["account", "invite", "anna"]).stdout;
    assert!(link.starts_with("https://of.the.file/invitations/"), "{link}");
}

#[test]
fn people_are_changed_shut_out_and_let_in_again() {
    let place = Playground::new();
    let add =
        ["account", "add", "tom", "--role", "teacher", "--class", "7a,7b", "--name", "Tom Park"];
    let made = place.must(&add);
    assert!(made.stderr.contains("no class \"7a\" yet"), "{}", made.stderr);
    place.must(&["account", "change", "tom", "--class", "7c", "--school", "north"]);
    let tom = || list(&place).remove(0);
    assert_eq!((&tom()["classes"], &tom()["name"]), (&json!(["7c"]), &json!("Tom Park")));
    place.must(&["account", "change", "tom", "--role", "guardian", "--student", "s17,s18"]);
    assert_eq!((&tom()["classes"], &tom()["students"]), (&json!([]), &json!(["s17", "s18"])));
    place.must(&["account", "change", "tom", "--role", "student", "--student", "s17"]);
    assert_eq!((&tom()["user_id"], &tom()["students"]), (&json!("s17"), &json!([])));
    place.must(&["account", "disable", "tom"]);
    assert_eq!(tom()["state"], "disabled");
    let invited = place.run(&["account", "invite", "tom"]);
    assert_eq!(invited.code, Some(1), "{}", invited.transcript());
    assert!(invited.stderr.contains("account enable tom"), "{}", invited.stderr);
    place.must(&["account", "enable", "tom"]);
    place.write("password", PASSWORD);
    place.must(&["account", "password", "Tom", "--password-file", "password"]);
    assert_eq!(tom()["state"], "active");
    assert_eq!(place.run(&["account", "disable", "nobody"]).code, Some(1));
}

#[test]
fn a_student_whom_nobody_knows_is_told_beside_the_link() {
    let place = Playground::new();
    let made = place.must(&["account", "add", "pat", "--role", "guardian", "--student", "s17"]);
    assert!(made.stderr.contains("no student \"s17\" yet"), "{}", made.stderr);
    assert!(made.stdout.starts_with("/invitations/"), "{}", made.stdout);
}

#[test]
fn what_is_no_account_is_refused_with_a_hint() {
    let place = Playground::new();
    place.write("short", "short\n");
    for arguments in [
        &["account", "add", "a b", "--role", "operator"][..],
        &["account", "add", "a", "--role", "headmaster"],
        &["account", "add", "a", "--role", "teacher"],
        &["account", "add", "a", "--role", "guardian"],
        &["account", "add", "a", "--role", "student", "--student", "s1,s2"],
        &["account", "add", "a", "--role", "operator", "--class", "7a"],
        &["account", "add", "a", "--role", "operator", "--password-file", "short"],
        &["account", "add", "a", "--role", "operator", "--password-file", "missing"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?} {}", run.transcript());
        assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    }
    assert!(!place.path("seedtest-data").exists(), "what is refused leaves nothing behind");
}
