//! What one exam says of its student.

use seedtest_server::Config;
use seedtest_store::{ExamResult, Store};
use serde_json::{Value, json};

use super::school::store_items;
use super::theta::store_overall;
use super::{BACKENDS, Platform, at, claims, keys};

/// Session v1 of amy, organisation 1: of topic t1 four of five right, of t2 one of four; the items
/// have no parameters.
pub(crate) async fn store_exam(store: &Store, extra: Value) {
    let question = |id: usize, topic: &str, right: bool| json!({"question_id": id, "topic": topic, "is_correct": right});
    let mut questions: Vec<Value> = (0..5).map(|i| question(i, "t1", i != 0)).collect();
    questions.extend((5..9).map(|i| question(i, "t2", i == 5)));
    questions.push(json!({"question_id": 9, "topic": "t3"}));
    let mut result_json = json!({ "questions": questions });
    result_json.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let exam = ExamResult {
        id: None,
        session_id: "v1".into(),
        user_id: Some("amy".into()),
        org_id: Some(1),
        exam_id: None,
        status: "ready".into(),
        result_json,
        created_at: at("2025-03-10T10:00:00Z"),
        updated_at: None,
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_exam_results(&[exam]).await.unwrap();
    tx.commit().await.unwrap();
}

const PATH: &str = "/exams/v1/analysis";

#[tokio::test]
async fn topics_advice_forecast_and_standing() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        store_exam(store, json!({})).await;
        let token = platform.token("amy", "exam:read");
        let path = format!("{PATH}?lang=en&goal_targets=100,125&goal_horizons=2,4");
        // Nothing is known of the ability yet, so there is no forecast and no standing.
        let (status, bare) = platform.get(&token, &path).await;
        assert_eq!(status, 200, "{bare}");
        assert_eq!(keys(&bare), ["recommendations", "topic_insights"]);
        assert_eq!(
            bare["topic_insights"],
            json!([
                {"topic": "t1", "accuracy": 0.8, "correct": 4, "total": 5, "strength": true},
                {"topic": "t2", "accuracy": 0.25, "correct": 1, "total": 4, "strength": false},
            ])
        );
        assert_eq!(
            bare["recommendations"],
            json!([
                {"topic": "t2", "message": "Practise t2: 1 of 4 answers were right.", "kind": "practise"},
                {"topic": "t1", "kind": "strength",
                 "message": "t1 is a strength: 4 of 5 answers were right. Go on with harder questions."},
            ])
        );
        store_overall(store, "amy", 0.25, "2025-03-06T00:00:00Z").await;
        for (user, theta) in [("ben", -1.0), ("cat", 0.0), ("dan", 1.0)] {
            store_overall(store, user, theta, "2025-03-06T00:00:00Z").await;
        }
        let (_, full) = platform.get(&token, &path).await;
        let ability = json!({"theta": 0.25, "standard_error": 0.25, "method": "stored"});
        assert_eq!(full["ability"], ability, "{full}");
        assert_eq!(full["benchmark"], json!({"percentile": 62.5, "label": "average"}));
        let forecast = &full["forecast"];
        assert_eq!(
            (&forecast["horizon"], &forecast["method"]),
            (&json!(4), &json!("normal_without_growth"))
        );
        assert_eq!(forecast["points"][3], json!({"step": 4, "score_scaled": 112.5}));
        let goals = forecast["goals"].as_array().unwrap();
        assert_eq!(goals.len(), 4);
        // 1 − Φ(−1) for 100 and 1 − Φ(1) for 125, R: pnorm(1), pnorm(1, lower.tail = FALSE).
        for (goal, expected) in goals.iter().zip([0.841_345, 0.841_345, 0.158_655, 0.158_655]) {
            let found = goal["probability"].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-6, "{goal}");
        }
    }
}

#[tokio::test]
async fn the_ability_of_the_exam_comes_before_that_of_the_platform() {
    let platform = Platform::start(BACKENDS[0]).await;
    let store = &platform.service.store;
    store_exam(store, json!({"ability_estimate": 0.75, "standard_error": 0.5})).await;
    let token = platform.token("amy", "exam:read");
    let (_, report) = platform.get(&token, PATH).await;
    let of_platform = json!({"theta": 0.75, "standard_error": 0.5, "method": "platform"});
    assert_eq!(report["ability"], of_platform);
    // Items of another name change nothing.
    store_items(store).await;
    assert_eq!(platform.get(&token, PATH).await.1["ability"], of_platform);
    super::school::store_numbered_items(store).await;
    let (_, report) = platform.get(&token, PATH).await;
    assert_eq!(report["ability"]["method"], "eap");
    assert!(report["ability"]["standard_error"].as_f64().unwrap() < 1.0, "{report}");
}

#[tokio::test]
async fn a_session_is_open_to_its_student_its_teachers_and_administrators() {
    let platform = Platform::start(BACKENDS[0]).await;
    store_exam(&platform.service.store, json!({})).await;
    let with = |user: &str, more: Value| {
        let mut claims = claims(user, "exam:read");
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        platform.key.sign(&claims)
    };
    for (token, status, word) in [
        (with("amy", json!({"role": "student"})), 200, Value::Null),
        (with("t", json!({"role": "teacher", "org_id": 1})), 200, Value::Null),
        (with("t", json!({"roles": ["teacher"], "org_id": "1"})), 200, Value::Null),
        (with("a", json!({"role": "admin", "org_id": null})), 200, Value::Null),
        (with("ben", json!({"role": "student"})), 403, json!("forbidden_owner")),
        (with("ben", json!({})), 403, json!("forbidden_owner")),
        (with("t", json!({"role": "teacher", "org_id": 2})), 403, json!("forbidden_org")),
        (with("t", json!({"role": "teacher", "org_id": null})), 403, json!("missing_org")),
    ] {
        let (found, body) = platform.get(&token, PATH).await;
        assert_eq!((found, &body["message"]), (status, &word), "{body}");
    }
    assert_eq!(platform.get("", PATH).await.0, 401);
    let token = with("amy", json!({}));
    for (path, status) in [
        ("/exams/%20/analysis", 400),
        ("/exams/v1/analysis?goal_targets=1,x", 400),
        ("/exams/v1/analysis?goal_targets=inf", 400),
        ("/exams/v1/analysis?goal_horizons=0", 400),
        ("/exams/v1/analysis?goal_horizons=1.5", 400),
        ("/exams/v1/analysis?lang=fr", 400),
    ] {
        assert_eq!(platform.get(&token, path).await.0, status, "{path}");
    }
}

/// An exam of nobody who asks for it and one that does not exist are told alike.
#[tokio::test]
async fn only_administrators_learn_which_exams_there_are() {
    let platform = Platform::start(BACKENDS[0]).await;
    store_exam(&platform.service.store, json!({})).await;
    let asked = async |token: &str, session: &str| {
        let (status, mut body) = platform.get(token, &format!("/exams/{session}/analysis")).await;
        body["request_id"].take();
        (status, body)
    };
    let teacher = |org: Value| {
        let mut claims = claims("t", "exam:read");
        (claims["role"], claims["org_id"]) = (json!("teacher"), org);
        platform.key.sign(&claims)
    };
    let strangers = [platform.token("ben", "exam:read"), teacher(json!(2)), teacher(Value::Null)];
    for token in strangers {
        let (there, missing) = (asked(&token, "v1").await, asked(&token, "v2").await);
        assert_eq!(there.0, 403);
        assert_eq!(there, missing);
    }
    assert_eq!(asked(&platform.token("amy", "exam:read"), "v2").await.0, 403);
    assert_eq!(asked(&teacher(json!(1)), "v2").await.0, 403);
    assert_eq!(asked(&platform.admin("exam:read"), "v2").await.0, 404);
}

/// An exam that names no organisation is its student's: who teaches the student sees it.
#[tokio::test]
async fn an_exam_of_no_organisation_is_open_to_who_teaches_its_student() {
    let platform = Platform::start(BACKENDS[0]).await;
    let store = &platform.service.store;
    store_exam(store, json!({})).await;
    let alone = |session: &str, user: &str| ExamResult {
        id: None,
        session_id: session.into(),
        user_id: Some(user.into()),
        org_id: None,
        exam_id: None,
        status: "ready".into(),
        result_json: json!({"questions": [{"question_id": 1, "topic": "t1", "is_correct": true}]}),
        created_at: at("2025-03-10T10:00:00Z"),
        updated_at: None,
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_exam_results(&[alone("v3", "amy"), alone("v4", "zoe")]).await.unwrap();
    tx.commit().await.unwrap();
    let teacher = |org: i64| {
        let mut claims = claims("t", "exam:read");
        (claims["role"], claims["org_id"]) = (json!("teacher"), json!(org));
        platform.key.sign(&claims)
    };
    // amy is of organisation 1 by another exam, zoe of none that is known.
    for (org, session, status) in [(1, "v3", 200), (2, "v3", 403), (1, "v4", 403)] {
        let path = format!("/exams/{session}/analysis");
        assert_eq!(platform.get(&teacher(org), &path).await.0, status, "{org} {session}");
    }
}

#[tokio::test]
async fn the_analysis_can_be_switched_off() {
    let off = [("ENABLE_ANALYSIS".to_string(), "false".to_string())];
    let set = |config| Config { environment: off.into_iter().collect(), ..config };
    let platform = Platform::with(BACKENDS[0], set).await;
    let (status, body) = platform.get(&platform.token("amy", "exam:read"), PATH).await;
    assert_eq!((status, &body["error"]), (501, &json!("disabled")));
}
