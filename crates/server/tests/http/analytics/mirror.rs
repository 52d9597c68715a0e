//! The same routes for people, with all of their scopes.

use seedtest_server::{Config, Reports};
use serde_json::{Value, json};

use super::{post, store_kpis};
use crate::platform::school::store_answers;
use crate::platform::{BACKENDS, Platform};
use crate::service::json as read;

const ROUTES: [(&str, &str); 6] = [
    ("/score/topic-theta", "analysis:run reports:view"),
    ("/improvement/index", "analysis:run reports:view"),
    ("/goal/attainment", "analysis:run reports:view"),
    ("/recommend/next-topics", "recommend:plan reports:view"),
    ("/risk/churn", "analysis:run reports:view"),
    ("/report/generate", "reports:generate reports:view"),
];

async fn ask(platform: &Platform, token: &str, path: &str) -> (u16, Value) {
    let body = json!({"student_id": "amy", "target_score": 0.5});
    let request = platform.service.client.post(platform.service.url(path)).bearer_auth(token);
    read(request.json(&body).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_wants_all_of_its_scopes_and_answers_the_same() {
    for backend in BACKENDS {
        let dir = tempfile::tempdir().unwrap();
        let reports = Reports { dir: dir.path().into(), ..Reports::default() };
        let platform = Platform::with(backend, |config| Config { reports, ..config }).await;
        store_answers(&platform.service.store, "amy").await;
        store_kpis(&platform, "amy", "2025-03-10", json!({"S": 0.25})).await;
        for (route, scopes) in ROUTES {
            let body = json!({"student_id": "amy", "target_score": 0.5});
            let (status, direct) = post(&platform, route, &body).await;
            assert_eq!(status, 200, "{route}: {direct}");
            for prefix in ["/analytics", "/api/seedtest/analytics"] {
                let path = format!("{prefix}{route}");
                let all = platform.admin(scopes);
                assert_eq!(ask(&platform, &all, &path).await, (200, direct.clone()), "{path}");
                for scope in scopes.split(' ') {
                    let (status, body) = ask(&platform, &platform.admin(scope), &path).await;
                    let refused = (403, &json!("insufficient_scope"));
                    assert_eq!((status, &body["error"]), refused, "{path} with {scope}");
                }
                assert_eq!(ask(&platform, "", &path).await.0, 401);
                assert_eq!(ask(&platform, crate::service::SECRET, &path).await.0, 401);
            }
        }
    }
}

#[tokio::test]
async fn health_of_the_mirror_wants_a_scope_too() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.admin("reports:view");
    let (status, body) = platform.get(&token, "/analytics/health").await;
    assert_eq!((status, &body["status"]), (200, &json!("ok")));
    assert_eq!(platform.get(&platform.admin(""), "/analytics/health").await.0, 403);
    assert_eq!(platform.get("", "/analytics/health").await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_behind_the_mirror_is_a_502_and_a_mistake_of_the_caller_is_not() {
    let dir = tempfile::tempdir().unwrap();
    // Reports would have to go below a file.
    let blocked = dir.path().join("blocked");
    std::fs::write(&blocked, "").unwrap();
    let reports = Reports { dir: blocked.join("reports"), ..Reports::default() };
    let platform = Platform::with(BACKENDS[0], |config| Config { reports, ..config }).await;
    store_kpis(&platform, "amy", "2025-03-10", json!({"S": 0.25})).await;
    let (status, direct) = post(&platform, "/report/generate", &json!({"student_id": "amy"})).await;
    assert_eq!((status, &direct["error"]), (500, &json!("internal")));
    let token = platform.admin("reports:generate reports:view");
    let (status, body) = ask(&platform, &token, "/analytics/report/generate").await;
    assert_eq!((status, &body["error"]), (502, &json!("upstream")));
    assert!(body["message"].as_str().unwrap().starts_with("r-analytics error: "), "{body}");
    let path = "/analytics/report/generate";
    let (status, body) =
        platform.post(&token, path, &json!({"student_id": "amy", "period": "yearly"})).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_parameter")));
}
