//! The audit log: which students each request was about, also where only what is stored says so.

use serde_json::{Value, json};

use crate::serving::Serving;

/// The lines of the audit log about a route.
fn lines(serving: &Serving, method: &str, route: &str) -> Vec<String> {
    let log = serving.log();
    let of_route = |line: &&str| {
        line.contains("seedtest::audit")
            && line.replace('"', "").contains(&format!("method={method} route={route} "))
    };
    log.lines().filter(of_route).map(str::to_owned).collect()
}

#[test]
fn every_look_at_an_adaptive_test_names_its_student() {
    let serving = Serving::start(&[]);
    let items: Vec<Value> = (0..4)
        .map(|n| json!({"item_id": format!("q{n}"), "a": 1.0, "b": f64::from(n) - 1.5}))
        .collect();
    let begin = json!({"user_id": "amykim77", "item_params": items, "settings": {"max_items": 3}});
    let body = |answer: (u16, String)| -> (u16, Value) {
        let json = answer.1.split("\r\n\r\n").nth(1).unwrap_or_default();
        (answer.0, serde_json::from_str(json).unwrap_or_else(|_| panic!("{}", answer.1)))
    };
    let (status, begun) = body(serving.post("/cat/sessions", begin.to_string().as_bytes()));
    assert_eq!(status, 201, "{begun}");
    let id = begun["sessionIdentifier"].as_str().unwrap();
    let item = begun["nextItems"]["itemIdentifiers"][0].as_str().unwrap();
    let path = format!("/cat/sessions/{id}");
    // Right and without points: nobody can tell which is meant.
    let both = json!({"item_id": item, "is_correct": true, "score": 0});
    let (status, refused) =
        body(serving.post(&format!("{path}/results"), both.to_string().as_bytes()));
    assert_eq!((status, &refused["error"]), (400, &"invalid_parameter".into()), "{refused}");
    let given = json!({"item_id": item, "is_correct": true});
    assert_eq!(serving.post(&format!("{path}/results"), given.to_string().as_bytes()).0, 200);
    assert_eq!(serving.ask("GET", &path, "", b"").0, 200);
    assert_eq!(serving.ask("DELETE", &path, "", b"").0, 200);
    for (method, route, n, word) in [
        ("POST", "/cat/sessions", 1, "write"),
        ("POST", "/cat/sessions/{session_id}/results", 2, "write"),
        ("GET", "/cat/sessions/{session_id}", 1, "read"),
        ("DELETE", "/cat/sessions/{session_id}", 1, "write"),
    ] {
        let found = lines(&serving, method, route);
        assert_eq!(found.len(), n, "{method} {route}: {}", serving.log());
        for line in found {
            assert!(line.contains("amykim77") && line.contains(word), "{line}");
        }
    }
}

#[test]
fn an_id_cannot_break_a_line_of_the_log() {
    let serving = Serving::start(&[]);
    let id = "amy\u{1b}[2J\u{202e}\nINFO seedtest::audit: forged";
    let event = json!({"kind": "session_finished", "user_id": id});
    let _ = serving.post("/v1/events", event.to_string().as_bytes());
    let _ = serving.post("/score/topic-theta", json!({"student_id": id}).to_string().as_bytes());
    let log = serving.log();
    assert!(log.contains("seedtest::audit"), "{log}");
    let obeyed = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!log.contains(obeyed), "{log:?}");
    assert!(!log.lines().any(|line| line.starts_with("INFO seedtest::audit: forged")), "{log}");
}
