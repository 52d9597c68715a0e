//! `POST /xapi/statements`, `POST /caliper/events`: answers as learning systems send them.

use reqwest::Response;
use seedtest_responses::Outcome;
use seedtest_store::LogFilter;
use serde_json::{Value, json};

use crate::platform::{BACKENDS, Platform};
use crate::service::{SECRET, json as read};

const VERSION: &str = "X-Experience-API-Version";

async fn send(platform: &Platform, version: Option<&str>, body: &Value) -> Response {
    let service = &platform.service;
    let request = service.client.post(service.url("/xapi/statements")).bearer_auth(SECRET);
    let request = match version {
        Some(version) => request.header(VERSION, version),
        None => request,
    };
    request.json(body).send().await.unwrap()
}

async fn xapi(platform: &Platform, body: &Value) -> (u16, Value) {
    read(send(platform, Some("2.0.0"), body).await).await
}

async fn caliper(platform: &Platform, events: Value) -> (u16, Value) {
    let service = &platform.service;
    let envelope = json!({"sensor": "s", "sendTime": "2025-03-12T09:35:00.000Z",
        "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2", "data": events});
    let request = service.client.post(service.url("/caliper/events")).bearer_auth(SECRET);
    read(request.json(&envelope).send().await.unwrap()).await
}

fn id(n: u32) -> String {
    format!("6f2bb2a0-8f7a-4c0b-9a0e-2f3f1c1d{n:04}")
}

fn statement(n: u32, student: &str, item: &str, right: bool) -> Value {
    json!({
        "id": id(n),
        "actor": {"account": {"homePage": "https://lms.example", "name": student}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {"id": item},
        "result": {"success": right},
        "timestamp": "2025-03-12T09:30:00Z",
    })
}

/// Student, item and outcome of every answer, in order.
async fn answers(platform: &Platform) -> Vec<(String, String, Outcome)> {
    let log = platform.service.store.load_log(&LogFilter::default()).await.unwrap().log;
    let mut all: Vec<_> = (0..log.len())
        .map(|at| {
            let student = log.students()[log.student()[at] as usize].to_string();
            let item = log.items()[log.item()[at] as usize].to_string();
            (student, item, log.outcome()[at])
        })
        .collect();
    all.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    all
}

fn row(student: &str, item: &str, outcome: Outcome) -> (String, String, Outcome) {
    (student.to_owned(), item.to_owned(), outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_are_taken_in_once() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let one = statement(1, "amy", "q1", true);
        let answer = send(&platform, Some("1.0.3"), &one).await;
        assert_eq!(answer.headers()[VERSION], "1.0.3");
        assert_eq!(read(answer).await, (200, json!([id(1)])));
        let scored = json!({
            "id": id(2),
            "actor": {"mbox": "mailto:bob@x.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
            "object": {"id": "q2"},
            "result": {"score": {"scaled": 0.25}},
            "timestamp": "2025-03-12T09:31:00Z",
        });
        let watched = json!({
            "actor": {"mbox": "mailto:bob@x.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": "lecture"},
            "timestamp": "2025-03-12T09:31:00Z",
        });
        let list = json!([one, scored, watched]);
        let (status, ids) = xapi(&platform, &list).await;
        assert_eq!(status, 200, "{ids}");
        assert_eq!(ids[0], id(1));
        // The same ones again: the same ids, also the one that was made, and nothing new.
        assert_eq!(xapi(&platform, &list).await, (200, ids));
        let expected = [row("amy", "q1", Outcome::Right), row("bob@x.org", "q2", Outcome::Wrong)];
        assert_eq!(answers(&platform).await, expected);
        let events = platform.service.store.event_counts().await.unwrap();
        assert_eq!(events.waiting + events.done, 2);
        // Other words under a known id, and an answer that contradicts another one.
        for other in [statement(1, "amy", "q1", false), statement(3, "amy", "q1", false)] {
            let (status, refused) = xapi(&platform, &json!([other])).await;
            assert_eq!((status, &refused["error"]), (409, &json!("conflict")), "{refused}");
            assert!(refused["message"].as_str().unwrap().starts_with("statement 0: "));
        }
        assert_eq!(answers(&platform).await, expected);
        let void = json!({
            "id": id(4),
            "actor": {"mbox": "mailto:admin@x.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
            "object": {"objectType": "StatementRef", "id": id(1).to_uppercase()},
            "timestamp": "2025-03-12T10:00:00Z",
        });
        assert_eq!(xapi(&platform, &void).await, (200, json!([id(4)])));
        assert_eq!(xapi(&platform, &void).await, (200, json!([id(4)])));
        assert_eq!(answers(&platform).await, expected[1..]);
        assert_eq!(xapi(&platform, &one).await, (200, json!([id(1)])));
        assert_eq!(answers(&platform).await, expected[1..], "it came back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_cannot_be_read_is_named_and_nothing_is_taken_in() {
    let platform = Platform::start(BACKENDS[0]).await;
    let good = || statement(1, "amy", "q1", true);
    let with = |key: &str, value: Value| {
        let mut statement = statement(2, "amy", "q2", true);
        statement[key] = value;
        statement
    };
    for (bad, what) in [
        (with("timestamp", json!("yesterday")), "bad_time"),
        (with("timestamp", json!("2025-04-01T00:00:00Z")), "in_the_future"),
        (with("timestamp", json!("2125-01-01T00:00:00Z")), "time_out_of_range"),
        (with("actor", Value::Null), "no actor"),
        (with("verb", json!({})), "verb has no id"),
        (with("object", json!({"id": ""})), "missing_item"),
        (with("actor", json!({"objectType": "Agent"})), "missing_student"),
        (with("id", json!("7")), "no UUID"),
        (with("id", json!(id(1))), "the same id"),
        (json!("a statement"), "no object"),
    ] {
        let (status, refused) = xapi(&platform, &json!([good(), bad])).await;
        assert_eq!(status, 400, "{bad}: {refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.starts_with("statement 1: ") && message.contains(what), "{message}");
        assert!(!refused["hint"].as_str().unwrap().contains("--"), "{refused}");
    }
    for version in [None, Some("0.95"), Some("1.1"), Some("3.0.0"), Some("2.00")] {
        let (status, refused) = read(send(&platform, version, &good()).await).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_parameter")), "{version:?}");
    }
    let service = &platform.service;
    for body in ["", "[", "7", r#"[{"id":1,"id":2}]"#] {
        let request = service.client.post(service.url("/xapi/statements")).bearer_auth(SECRET);
        let request = request.header(VERSION, "2.0.0").header("content-type", "application/json");
        assert_eq!(request.body(body).send().await.unwrap().status(), 400, "{body}");
    }
    let request = service.client.post(service.url("/xapi/statements")).header(VERSION, "2.0.0");
    assert_eq!(request.json(&good()).send().await.unwrap().status(), 401);
    assert_eq!(answers(&platform).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_caliper_are_taken_in_once() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let item = json!({
            "id": "urn:uuid:1",
            "type": "AssessmentItemEvent",
            "action": "Completed",
            "actor": {"id": "https://x/users/amy", "type": "Person"},
            "object": {"id": "https://x/items/1", "type": "AssessmentItem"},
            "generated": {"type": "Response", "score": {"maxScore": 1, "scoreGiven": 1},
                "attempt": {"endedAtTime": "2025-03-12T09:31:00.000Z"}},
            "eventTime": "2025-03-12T09:31:05.000Z",
        });
        let grade = json!({
            "id": "urn:uuid:2",
            "type": "GradeEvent",
            "action": "Graded",
            "actor": {"id": "https://x/grader"},
            "object": {"type": "Attempt", "assignee": "https://x/users/bob",
                "assignable": {"id": "https://x/items/2"},
                "endedAtTime": "2025-03-12T09:32:00.000Z"},
            "generated": {"type": "Score", "maxScore": 4, "scoreGiven": 1},
            "eventTime": "2025-03-12T09:40:00.000Z",
        });
        let other = json!({"type": "NavigationEvent", "action": "NavigatedTo"});
        let all = json!([item, grade, other]);
        let (status, taken) = caliper(&platform, all.clone()).await;
        assert_eq!(status, 200, "{taken}");
        assert_eq!([&taken["stored"], &taken["known"], &taken["others"]], [2, 0, 1]);
        let (_, again) = caliper(&platform, all).await;
        assert_eq!([&again["stored"], &again["known"], &again["others"]], [0, 2, 1]);
        let expected = [
            row("https://x/users/amy", "https://x/items/1", Outcome::Right),
            row("https://x/users/bob", "https://x/items/2", Outcome::Wrong),
        ];
        assert_eq!(answers(&platform).await, expected);
        let mut undated = grade.clone();
        undated["id"] = json!("urn:uuid:3");
        undated["object"]["endedAtTime"] = json!("soon");
        let (status, refused) = caliper(&platform, json!([other, undated])).await;
        assert_eq!(status, 400);
        assert!(refused["message"].as_str().unwrap().starts_with("event 1: bad_time"), "{refused}");
        let service = &platform.service;
        for body in [json!([item]), json!({"sensor": "s"}), json!({"data": [7]})] {
            let request = service.client.post(service.url("/caliper/events")).bearer_auth(SECRET);
            assert_eq!(request.json(&body).send().await.unwrap().status(), 400, "{body}");
        }
    }
}

/// A statement that voids another one.
fn void(n: u32, target: u32) -> Value {
    json!({
        "id": id(n),
        "actor": {"mbox": "mailto:admin@x.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": id(target)},
        "timestamp": "2025-03-12T10:00:00Z",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_result_is_refused_and_its_id_stays_free() {
    let platform = Platform::start(BACKENDS[0]).await;
    for (n, result, reason) in [
        (1, json!({"success": "yes"}), "bad_correct"),
        (2, json!({"success": 1}), "bad_correct"),
        (3, json!("right"), "bad_correct"),
        (4, json!({"score": {"scaled": 7}}), "bad_points"),
        (5, json!({"score": {"scaled": -2}}), "bad_points"),
        (6, json!({"score": {"raw": 0, "max": 0}}), "bad_points"),
        (7, json!({"score": {"raw": 7, "max": 5}}), "bad_points"),
        (8, json!({"score": {"raw": 1, "min": 2, "max": 5}}), "bad_points"),
        (9, json!({"success": true, "score": {"raw": "5", "max": 5}}), "bad_points"),
        (10, json!({"score": [1]}), "bad_points"),
    ] {
        let mut bad = statement(n, "amy", &format!("q{n}"), true);
        bad["result"] = result.clone();
        let (status, refused) = xapi(&platform, &json!([bad])).await;
        assert_eq!(status, 400, "{result}: {refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.starts_with("statement 0: ") && message.contains(reason), "{message}");
        assert!(!refused["hint"].as_str().unwrap().contains("--"), "{refused}");
        assert_eq!(answers(&platform).await.len(), n as usize - 1);
        // The same id, put right.
        let good = statement(n, "amy", &format!("q{n}"), true);
        assert_eq!(xapi(&platform, &good).await, (200, json!([id(n)])), "{result}");
    }
    for broken in [json!({}), json!({"id": "7"}), json!({"id": 7})] {
        let mut void = void(20, 1);
        void["object"] = broken;
        let (status, refused) = xapi(&platform, &void).await;
        assert_eq!(status, 400, "{refused}");
        assert!(refused["message"].as_str().unwrap().contains("voids no statement"), "{refused}");
    }
    for student in ["amy\u{1b}[2J", "amy\nben", "a\u{7f}"] {
        let (status, refused) = xapi(&platform, &statement(21, student, "q1", true)).await;
        assert_eq!(status, 400, "{student:?}: {refused}");
        let told = refused["message"].as_str().unwrap();
        assert!(
            told.contains("control characters") && !told.contains(char::is_control),
            "{told:?}"
        );
    }
    assert_eq!(answers(&platform).await.len(), 10);
}

/// What is stored does not depend on how statements are split into requests, nor on their order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_counts_whenever_it_comes() {
    let (one, other) = (statement(1, "amy", "q1", true), statement(2, "ben", "q1", false));
    let all = [one, void(3, 1), other];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for backend in BACKENDS {
        for (round, order) in orders.iter().enumerate() {
            for at_once in [1, 2, 3] {
                // One database for all rounds of a backend would know the ids.
                if backend == BACKENDS[1] && (round + at_once) % 3 != 0 {
                    continue;
                }
                let platform = Platform::start(backend).await;
                let sent: Vec<Value> = order.iter().map(|at| all[*at].clone()).collect();
                for part in sent.chunks(at_once) {
                    let (status, told) = xapi(&platform, &json!(part)).await;
                    assert_eq!(status, 200, "{order:?} by {at_once}: {told}");
                }
                let expected = [row("ben", "q1", Outcome::Wrong)];
                assert_eq!(answers(&platform).await, expected, "{order:?} by {at_once}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_voided_can_be_put_right() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let sent = async |statement: &Value| xapi(&platform, statement).await;
        assert_eq!(sent(&statement(1, "amy", "q1", true)).await.0, 200);
        // Before it is voided, another word is a contradiction, and the hint says how to go on.
        let (status, refused) = sent(&statement(3, "amy", "q1", false)).await;
        assert_eq!(status, 409, "{refused}");
        assert!(refused["hint"].as_str().unwrap().contains("void the earlier"), "{refused}");
        assert_eq!(sent(&void(2, 1)).await.0, 200);
        assert_eq!(answers(&platform).await, []);
        assert_eq!(sent(&statement(3, "amy", "q1", false)).await, (200, json!([id(3)])));
        assert_eq!(answers(&platform).await, [row("amy", "q1", Outcome::Wrong)]);
        // Voided once more, and told again as it was at first; all in one request.
        let again = json!([void(4, 3), statement(5, "amy", "q1", true)]);
        assert_eq!(sent(&again).await.0, 200);
        assert_eq!(answers(&platform).await, [row("amy", "q1", Outcome::Right)]);
        // The same ones again change nothing.
        for known in [statement(1, "amy", "q1", true), statement(3, "amy", "q1", false), again] {
            assert_eq!(sent(&known).await.0, 200, "{known}");
        }
        assert_eq!(answers(&platform).await, [row("amy", "q1", Outcome::Right)]);
        // An answer of which two statements tell is out when both are voided.
        assert_eq!(sent(&statement(6, "amy", "q1", true)).await.0, 200);
        assert_eq!(sent(&void(7, 5)).await.0, 200);
        assert_eq!(answers(&platform).await, [row("amy", "q1", Outcome::Right)]);
        assert_eq!(sent(&void(8, 6)).await.0, 200);
        assert_eq!(answers(&platform).await, []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_the_operator_voided_is_the_operators() {
    let platform = Platform::start(BACKENDS[0]).await;
    assert_eq!(xapi(&platform, &statement(1, "amy", "q1", true)).await.0, 200);
    let mut tx = platform.service.store.begin().await.unwrap();
    let key = seedtest_store::AnswerKey { user_id: "amy", item_id: "q1", at: None };
    let answer = tx.find_answers(key).await.unwrap().remove(0);
    let by = seedtest_store::Correction { at: answer.completed_at, actor: "teacher" };
    let change = seedtest_store::AnswerChange::Void;
    tx.change_answer(&answer, change, Some("copied"), by).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(xapi(&platform, &statement(2, "amy", "q1", true)).await.0, 200);
    assert_eq!(answers(&platform).await, [], "it came back");
    let (status, refused) = xapi(&platform, &statement(3, "amy", "q1", false)).await;
    assert_eq!(status, 409, "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("voided by the operator"), "{refused}");
    assert!(refused["hint"].as_str().unwrap().contains("answer restore"), "{refused}");
}
