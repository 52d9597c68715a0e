//! Ids that were merged into another one: every route is about the student that is stored, and says so.

use serde_json::{Value, json};

use super::exams::store_exam;
use super::school::{store_answers, store_items};
use super::theta::store_overall;
use super::{BACKENDS, Platform, at};
use crate::service::{SECRET, json as read};

/// amy's answers, exam and ability, which are `ann`'s since the merge.
async fn merged(platform: &Platform) {
    let store = &platform.service.store;
    store_answers(store, "amy").await;
    store_items(store).await;
    store_exam(store, json!({})).await;
    let by = seedtest_store::Correction { at: at("2025-03-11T00:00:00Z"), actor: "me" };
    let mut tx = store.begin().await.unwrap();
    tx.merge_students("amy", "ann", by).await.unwrap();
    tx.commit().await.unwrap();
    store_overall(store, "ann", 0.25, "2025-03-06T00:00:00Z").await;
}

fn is_told(body: &Value) -> bool {
    let told = body["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str);
    told.into_iter()
        .any(|warning| warning.contains("\"amy\" is \"ann\" since the two ids were merged"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_of_a_student_follows_a_merge_and_says_so() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        merged(&platform).await;
        let admin = platform.admin("reports:view analysis:run exam:write recommend:plan");
        for (method, path, body) in [
            ("post", "/analysis/irt/update-theta", json!({"user_id": "amy"})),
            ("post", "/analysis/metrics/recompute", json!({"user_id": "amy"})),
            ("get", "/explain/amy", Value::Null),
            ("post", "/analytics/score/topic-theta", json!({"student_id": "amy"})),
            ("post", "/analytics/improvement/index", json!({"student_id": "amy"})),
            ("post", "/analytics/risk/churn", json!({"student_id": "amy"})),
            ("post", "/analytics/recommend/next-topics", json!({"student_id": "amy"})),
            ("post", "/analytics/goal/attainment", json!({"student_id": "amy", "target_score": 1})),
        ] {
            let (status, answer) = match method {
                "get" => platform.get(&admin, path).await,
                _ => platform.post(&admin, path, &body).await,
            };
            assert_eq!(status, 200, "{path}: {answer}");
            let who = answer.get("user_id").or(answer.get("student_id"));
            assert_eq!(who, Some(&json!("ann")), "{path}: {answer}");
            assert!(is_told(&answer), "{path}: {answer}");
        }
        // A list says so beside itself.
        let listed = platform.get_raw(&admin, "/analysis/irt/theta?user_id=amy").await;
        let told: Value =
            serde_json::from_slice(listed.headers()["x-warnings"].as_bytes()).unwrap();
        assert!(is_told(&json!({"warnings": told})), "{told}");
        let (_, rows) = read(listed).await;
        assert!(rows.as_array().is_some_and(|rows| !rows.is_empty()), "{rows}");
        // Services, too.
        let service = &platform.service;
        let event =
            json!({"kind": "session_finished", "user_id": "amy", "at": "2025-03-12T09:00:00Z"});
        let (status, put) = read(service.post("/v1/events", event.to_string()).await).await;
        assert_eq!((status, is_told(&put)), (202, true), "{put}");
        let same =
            json!({"kind": "session_finished", "user_id": "ann", "at": "2025-03-12T09:00:00Z"});
        let (_, known) = read(service.post("/v1/events", same.to_string()).await).await;
        assert_eq!((&known["event_id"], &known["new"]), (&put["event_id"], &json!(false)));
        let forecast = service.client.get(service.url("/forecast/student?user_id=amy&target=0.5"));
        let (status, found) = read(forecast.bearer_auth(SECRET).send().await.unwrap()).await;
        assert_eq!((status, &found["user_id"], is_told(&found)), (200, &json!("ann"), true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_by_the_old_id_has_what_is_theirs_and_no_more() {
    let platform = Platform::start(BACKENDS[0]).await;
    merged(&platform).await;
    store_overall(&platform.service.store, "ben", 0.5, "2025-03-06T00:00:00Z").await;
    for user in ["amy", "ann"] {
        let token = platform.token(user, "reports:view exam:read analysis:run");
        let (status, own) = platform.get(&token, "/metrics/comprehensive").await;
        assert_eq!((status, &own["user_id"]), (200, &json!("ann")), "{own}");
        assert_eq!(is_told(&own), user == "amy", "{own}");
        assert_eq!(platform.get(&token, "/exams/v1/analysis").await.0, 200);
        for id in ["amy", "ann"] {
            let path = format!("/analysis/irt/theta?user_id={id}");
            assert_eq!(platform.get(&token, &path).await.0, 200, "{user} of {id}");
        }
        let others = platform.get(&token, "/analysis/irt/theta?user_id=ben").await;
        assert_eq!(others.0, 403, "{}", others.1);
    }
    // Who may not see the student does not learn of the merge.
    let stranger = platform.token("ben", "reports:view");
    let (status, refused) = platform.get(&stranger, "/analysis/irt/theta?user_id=amy").await;
    assert_eq!(status, 403);
    assert!(!refused.to_string().contains("ann"), "{refused}");
}
