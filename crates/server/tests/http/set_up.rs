//! Variables of the environment: those of questions are read when the service starts, those of jobs
//! are no matter of who asks.

use seedtest_server::{Config, Server, StartError};
use seedtest_store::{Store, Target};
use serde_json::json;

use crate::analytics::post;
use crate::platform::school::store_answers;
use crate::platform::{BACKENDS, Platform};
use crate::service::json as read;

const BAD: &str = "as many as you like";

fn set(name: &str, value: &str) -> impl FnOnce(Config) -> Config {
    let environment = [(name.to_string(), value.to_string())].into_iter().collect();
    move |config| Config { environment, ..config }
}

#[tokio::test]
async fn a_bad_setting_of_a_job_is_neither_the_callers_fault_nor_shown() {
    let platform = Platform::with(BACKENDS[0], set("BRMS_N_CHAINS", BAD)).await;
    store_answers(&platform.service.store, "amy").await;
    let goal = json!({"student_id": "amy", "target_score": 0.5});
    let (status, found) = post(&platform, "/goal/attainment", &goal).await;
    assert_eq!((status, &found["status"]), (200, &json!("success")), "{found}");
    let (status, found) =
        post(&platform, "/recommend/next-topics", &json!({"student_id": "amy"})).await;
    assert_eq!(status, 200, "{found}");
    let start = platform.service.post("/v1/runs?job=fit-bayesian-growth", "{}".to_string()).await;
    let (status, refused) = read(start).await;
    assert_eq!(status, 500, "{refused}");
    assert!(!refused.to_string().contains(BAD), "{refused}");
}

#[tokio::test]
async fn a_bad_setting_of_questions_is_told_when_the_service_starts() {
    for (name, value) in [
        ("METRICS_DEFAULT_TARGET", BAD),
        ("METRICS_TARGET_SCALE", BAD),
        ("ABILITY_TO_SCORE_A", BAD),
        ("CHURN_ALERT_THRESHOLD", "7"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::Sqlite { path: dir.path().join("t.db") };
        let store = Store::open(&target).await.unwrap();
        store.migrate().await.unwrap();
        let refused = Server::bind(set(name, value)(Config::default()), store).await.err();
        let Some(error @ StartError::Environment(_)) = refused else { panic!("{refused:?}") };
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(value), "{text}");
    }
}
