//! `seedtest goal`, `classroom` and `session`: rows that only SQL could write before.

use serde_json::{Value, json};

use crate::playground::Playground;

fn rows(place: &Playground, arguments: &[&str]) -> Vec<Value> {
    let run = place.must(arguments);
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_goal_is_set_again_and_taken_back() {
    let place = Playground::new();
    let set = |rest: &[&str]| {
        let all = [&["goal", "set", "--student", "s17", "--topic", "t1"][..], rest].concat();
        place.must(&all);
    };
    set(&["--score", "80", "--priority", "5"]);
    set(&["--score", "85", "--by", "2025-06-30"]);
    let goals = rows(&place, &["goal", "list"]);
    assert_eq!(goals.len(), 1);
    assert_eq!(goals[0]["target_score"], 85.0);
    assert_eq!(
        (&goals[0]["target_date"], &goals[0]["priority"]),
        (&json!("2025-06-30"), &json!(5))
    );
    place.must(&["goal", "remove", "--student", "s17", "--topic", "t1"]);
    assert!(rows(&place, &["goal", "list", "--student", "s17"]).is_empty());
    let again = place.run(&["goal", "remove", "--student", "s17", "--topic", "t1"]);
    assert_eq!(again.code, Some(1), "{}", again.transcript());
    for bad in
        [&["--score", "many"][..], &["--priority", "5"], &["--score", "1", "--priority", "101"]]
    {
        let all = [&["goal", "set", "--student", "s17", "--topic", "t1"][..], bad].concat();
        assert_eq!(place.run(&all).code, Some(2), "{bad:?}");
    }
}

#[test]
fn classes_and_sessions_are_added_once() {
    let place = Playground::new();
    place.must(&["classroom", "add", "c7", "--org", "1", "--name", "7a", "--grade", "7"]);
    let again = place.run(&["classroom", "add", "c8", "--org", "1", "--name", "7a"]);
    assert_eq!(again.code, Some(1), "{}", again.transcript());
    assert_eq!(rows(&place, &["classroom", "list", "--org", "1"]).len(), 1);
    assert!(rows(&place, &["classroom", "list", "--org", "2"]).is_empty());
    let started = "2025-03-10T09:00:00Z";
    let add =
        ["session", "add", "x1", "--student", "s17", "--classroom", "c7", "--started", started];
    place.must(&add);
    let again = place.must(&["session", "add", "x1", "--student", "s18"]);
    assert!(again.stdout.contains("stays as it is"), "{}", again.stdout);
    let sessions = rows(&place, &["session", "list", "--classroom", "c7"]);
    let found: Vec<_> = sessions.iter().map(|s| (&s["user_id"], &s["started_at"])).collect();
    assert_eq!(found, [(&json!("s17"), &json!(started))]);
    let ended = [
        "session",
        "add",
        "x2",
        "--student",
        "s",
        "--started",
        started,
        "--ended",
        "2025-03-10T08:00:00Z",
    ];
    assert_eq!(place.run(&ended).code, Some(2));
}
