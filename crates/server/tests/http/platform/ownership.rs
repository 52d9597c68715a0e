//! Role × route × object: a student sees and changes their own, a teacher the students of the
//! organisation, an administrator everybody's.

use std::collections::BTreeSet;

use seedtest_server::{Config, Reports, endpoints};
use seedtest_store::{
    ExamResult, Roster, RosterClass, RosterEnrolment, RosterRemovals, RosterStudent, Sitting, Store,
};
use serde_json::{Value, json};

use super::{BACKENDS, Platform, at, claims};
use crate::service::json as read;

const PREFIX: &str = "/api/seedtest";
/// Every scope of the platform.
const ALL: &str = "reports:view reports:generate analysis:run recommend:plan exam:read exam:write";

/// Whose things a row of the table is about.
#[derive(Debug, Clone, Copy, PartialEq)]
enum About {
    /// The student in the place of `$`.
    Student,
    /// Those of the caller.
    Own,
    /// All students.
    Everybody,
    /// Nobody.
    Nobody,
    /// The classes that the caller may see; who has no students has none.
    Classes,
    /// Which rows it is about only the body says: `rows.rs` has the roles.
    Elsewhere,
}
use About::{Classes, Elsewhere, Everybody, Nobody, Own, Student};

/// Method, path, body; `$` stands for the student.
const ROUTES: &[(&str, &str, &str, About)] = &[
    ("get", "/analysis/metrics/weekly?user_id=$&include_empty=true", "", Student),
    ("post", "/analysis/metrics/recompute", r#"{"user_id": "$"}"#, Student),
    ("get", "/analysis/irt/theta?user_id=$", "", Student),
    ("post", "/analysis/irt/update-theta", r#"{"user_id": "$"}"#, Student),
    ("get", "/exams/exam-of-$/analysis", "", Student),
    (
        "post",
        "/exams/session-of-$/answers",
        r#"{"user_id": "$", "answers": [{"question_id": 1, "is_correct": true, "topic": "t1"}]}"#,
        Student,
    ),
    // An exam that is finished is answered as it was.
    ("post", "/exams/exam-of-$/finish", "{}", Student),
    ("get", "/explain/$", "", Student),
    ("post", "/analytics/score/topic-theta", r#"{"student_id": "$"}"#, Student),
    ("post", "/analytics/improvement/index", r#"{"student_id": "$"}"#, Student),
    ("post", "/analytics/goal/attainment", r#"{"student_id": "$", "target_score": 1}"#, Student),
    ("post", "/analytics/recommend/next-topics", r#"{"student_id": "$"}"#, Student),
    ("post", "/analytics/risk/churn", r#"{"student_id": "$"}"#, Student),
    ("post", "/analytics/report/generate", r#"{"student_id": "$"}"#, Student),
    ("get", "/analytics/health", "", Nobody),
    ("post", "/metrics/improvement", "{}", Own),
    ("post", "/metrics/efficiency", "{}", Own),
    ("post", "/metrics/recovery", "{}", Own),
    ("post", "/metrics/engagement", "{}", Own),
    ("post", "/metrics/dropout-risk", "{}", Own),
    ("get", "/metrics/comprehensive", "", Own),
    ("post", "/metrics/topic-ability", r#"{"topic_id": "t", "responses": []}"#, Own),
    ("get", "/metrics/topic-abilities", "", Own),
    ("get", "/metrics/weak-topics", "", Own),
    ("post", "/metrics/weekly/recompute", "{}", Everybody),
    ("get", "/features/daily?user_id=$", "", Student),
    (
        "post",
        "/features/daily",
        r#"{"user_id": "$", "topic_id": "t1", "date": "2025-03-10", "attempts": 1}"#,
        Student,
    ),
    ("get", "/interest-goals?user_id=$", "", Student),
    ("get", "/interest-goals/?user_id=$", "", Student),
    ("post", "/interest-goals", r#"{"user_id": "$", "topic_id": "t1", "priority": 1}"#, Student),
    ("post", "/interest-goals/", r#"{"user_id": "$", "topic_id": "t1"}"#, Student),
    ("get", "/sessions?user_id=$", "", Student),
    ("get", "/sessions/session-of-$", "", Student),
    ("post", "/sessions", r#"{"id": "new-of-$", "user_id": "$"}"#, Student),
    ("get", "/results?user_id=$", "", Student),
    ("get", "/classrooms", "", Classes),
    ("get", "/classrooms/", "", Classes),
    ("post", "/classrooms", "{}", Elsewhere),
    ("post", "/classrooms/", "{}", Elsewhere),
];

/// Who calls: user, role, organisation; then what they are told about amy, about eve, about everybody.
/// The empty word means that they are let in.
const CALLERS: &[(&str, &str, Option<i64>, [&str; 3])] = &[
    ("amy", "student", Some(1), ["", "forbidden_owner", "forbidden_everybody"]),
    ("amy", "", None, ["", "forbidden_owner", "forbidden_everybody"]),
    ("eve", "student", Some(1), ["forbidden_owner", "", "forbidden_everybody"]),
    // An id that is another one's in other letters; with blanks around it the token is refused.
    ("Amy", "student", Some(1), ["forbidden_owner", "forbidden_owner", "forbidden_everybody"]),
    ("tom", "teacher", Some(1), ["", "forbidden_org", "forbidden_everybody"]),
    ("tom", "teacher", Some(2), ["forbidden_org", "", "forbidden_everybody"]),
    ("tom", "teacher", Some(3), ["forbidden_org", "forbidden_org", "forbidden_everybody"]),
    ("tom", "teacher", None, ["missing_org", "missing_org", "forbidden_everybody"]),
    ("olga", "org_admin", Some(1), ["", "forbidden_org", "forbidden_everybody"]),
    ("olga", "parent", Some(1), ["forbidden_owner", "forbidden_owner", "forbidden_everybody"]),
    ("root", "admin", None, ["", "", ""]),
];

/// Tokens that say more than a role and an organisation: claims, and what they are told about amy, eve and
/// everybody. The roster has amy in the class c1 of the organisation 1, and in no other.
fn claims_and_answers() -> [(Value, [&'static str; 3]); 12] {
    let denied = ["forbidden_owner", "forbidden_owner", "forbidden_everybody"];
    [
        // Of two roles the lesser counts.
        (json!({"role": "student", "roles": ["admin"]}), denied),
        (json!({"role": "admin", "roles": ["student"]}), denied),
        (json!({"role": "admin", "roles": []}), denied),
        (json!({"role": "admin", "roles": ["admin", "teacher"]}), ["", "", ""]),
        (json!({"roles": ["student", "teacher"]}), ["", "forbidden_org", "forbidden_everybody"]),
        // In capital and small letters alike.
        (json!({"role": "Teacher"}), ["", "forbidden_org", "forbidden_everybody"]),
        (json!({"roles": ["ADMIN"]}), ["", "", ""]),
        // Classes are those of the roster.
        (
            json!({"role": "teacher", "classroom_ids": ["c1"]}),
            ["", "forbidden_org", "forbidden_everybody"],
        ),
        (
            json!({"role": "teacher", "classroom_ids": ["c0"]}),
            ["forbidden_class", "forbidden_org", "forbidden_everybody"],
        ),
        (
            json!({"role": "teacher", "classroom_ids": []}),
            ["forbidden_class", "forbidden_org", "forbidden_everybody"],
        ),
        (
            json!({"role": "teacher", "classroom_ids": null}),
            ["forbidden_class", "forbidden_org", "forbidden_everybody"],
        ),
        (
            json!({"role": "org_admin", "classroom_ids": []}),
            ["", "forbidden_org", "forbidden_everybody"],
        ),
    ]
}

/// An exam of a student of an organisation.
async fn store_exam(store: &Store, user: &str, org_id: i32) {
    let exam = ExamResult {
        id: None,
        session_id: format!("exam-of-{user}"),
        user_id: Some(user.into()),
        org_id: Some(org_id),
        exam_id: None,
        status: "ready".into(),
        result_json: json!({"questions": [
            {"question_id": 1, "topic": "t1", "is_correct": true},
        ]}),
        created_at: at("2025-03-10T10:00:00Z"),
        updated_at: None,
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_exam_results(&[exam]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn store_session(store: &Store, user: &str, org_id: i32) {
    let sitting = Sitting {
        id: format!("session-of-{user}"),
        classroom_id: None,
        exam_id: None,
        user_id: Some(user.into()),
        org_id: Some(org_id),
        started_at: Some(at("2025-03-10T10:00:00Z")),
        ended_at: None,
        status: Some("started".into()),
    };
    let mut tx = store.begin().await.unwrap();
    assert!(tx.add_sitting(&sitting, at("2025-03-10T10:00:00Z")).await.unwrap());
    tx.commit().await.unwrap();
}

async fn school(backend: seedtest_store::Backend, dir: &std::path::Path) -> Platform {
    let reports = Reports { dir: dir.into(), ..Reports::default() };
    let platform = Platform::with(backend, |config| Config { reports, ..config }).await;
    for (user, org_id) in [("amy", 1), ("eve", 2)] {
        store_exam(&platform.service.store, user, org_id).await;
        store_session(&platform.service.store, user, org_id).await;
    }
    store_roster(&platform.service.store).await;
    platform
}

/// amy is in a class of the first organisation, whatever her sessions say.
async fn store_roster(store: &Store) {
    let class = RosterClass {
        class_id: "c1".into(),
        school_id: Some("1".into()),
        name: "one".into(),
        grade: None,
    };
    let roster = Roster {
        classes: vec![class],
        students: vec![RosterStudent { user_id: "amy".into(), name: None }],
        enrolments: vec![RosterEnrolment { user_id: "amy".into(), class_id: "c1".into() }],
        ..Roster::default()
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_roster(&roster, &RosterRemovals::default()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn ask(
    platform: &Platform,
    token: &str,
    (method, path, body): (&str, &str, &str),
    student: &str,
) -> (u16, Value) {
    let url = platform.service.url(&format!("{PREFIX}{}", path.replace('$', student)));
    let client = &platform.service.client;
    let request = match method {
        "get" => client.get(url),
        _ => client
            .post(url)
            .header("content-type", "application/json")
            .body(body.replace('$', student)),
    };
    read(request.bearer_auth(token).send().await.unwrap()).await
}

/// Asks every route with a token of these claims; `told` is what it is told about amy, eve and everybody.
async fn check_routes(platform: &Platform, claims: &Value, told: [&str; 3]) {
    let token = platform.key.sign(claims);
    let refused = |word: &&str| ["forbidden_owner", "missing_org"].contains(word);
    let of_classes = told.into_iter().find(refused).unwrap_or_default();
    for &(method, path, body, about) in ROUTES {
        let objects: &[(&str, &str)] = match about {
            Student => &[("amy", told[0]), ("eve", told[1])],
            Own | Nobody => &[("amy", "")],
            Classes => &[("amy", of_classes)],
            Elsewhere => &[],
            Everybody => &[("amy", told[2])],
        };
        for (student, word) in objects {
            let (status, answer) = ask(platform, &token, (method, path, body), student).await;
            let case = format!("{claims}: {method} {path} of {student}");
            let found = if status == 403 { answer["message"].as_str() } else { Some("") };
            // As the contract calls it on some routes.
            let found = found.map(|word| word.replace("forbidden_user", "forbidden_owner"));
            assert_eq!(found.as_deref(), Some(*word), "{case}: {status} {answer}");
            // What the caller may ask is answered, or is not known.
            assert!([200, 201, 403, 404].contains(&status), "{case}: {status} {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_on_every_route_for_every_object() {
    for backend in BACKENDS {
        let dir = tempfile::tempdir().unwrap();
        let platform = school(backend, dir.path()).await;
        for (user, role, org_id, told) in CALLERS {
            let mut claims = claims(user, ALL);
            (claims["role"], claims["org_id"]) = (json!(role), json!(org_id));
            check_routes(&platform, &claims, *told).await;
        }
        for (said, told) in claims_and_answers() {
            let mut claims = claims("tom", ALL);
            for (name, value) in said.as_object().unwrap() {
                claims[name] = value.clone();
            }
            check_routes(&platform, &claims, told).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_without_a_scope_is_refused_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let platform = school(BACKENDS[0], dir.path()).await;
    for scope in ["", "profile", "reports", "reports:viewer"] {
        for role in ["student", "teacher", "admin"] {
            let token = platform.token_as("amy", role, scope);
            for &(method, path, body, _) in ROUTES {
                let (status, answer) = ask(&platform, &token, (method, path, body), "amy").await;
                let refused = (403, &json!("insufficient_scope"));
                assert_eq!((status, &answer["error"]), refused, "{role} {scope:?} {method} {path}");
            }
        }
    }
}

#[test]
fn the_table_has_every_route_of_people() {
    let of_table: BTreeSet<(String, String)> = ROUTES
        .iter()
        .map(|(method, path, ..)| {
            let path = path.split('?').next().unwrap().replace("exam-of-$", "{session_id}");
            let path = path.replace("exams/session-of-$", "exams/{session_id}");
            let path = path.replace("session-of-$", "{id}");
            let path = path.replace('$', "{user_id}");
            ((*method).to_string(), path)
        })
        .collect();
    let all = endpoints(PREFIX).unwrap().into_iter();
    let of_people = all.filter(|e| e.access != "everybody" && e.access != "internal");
    let of_service: BTreeSet<(String, String)> = of_people
        .map(|e| (e.method.to_string(), e.path.trim_start_matches(PREFIX).to_string()))
        .collect();
    assert_eq!(of_table, of_service);
}
