//! Abilities.

use seedtest_store::{AbilityUpdate, Store, TopicTheta};
use serde_json::{Value, json};

use super::{BACKENDS, Platform, at, keys};

pub(crate) async fn store_topic(store: &Store, topic: &str, theta: f64, fitted_at: &str) {
    let row = TopicTheta {
        user_id: "amy".into(),
        topic_id: topic.into(),
        theta,
        se: None,
        model: "2PL".into(),
        version: None,
        run_id: None,
        fitted_at: at(fitted_at),
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_topic_thetas(&[row]).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn store_overall(store: &Store, user: &str, theta: f64, fitted_at: &str) {
    let row = AbilityUpdate {
        user_id: user.into(),
        theta,
        se: 0.25,
        model: "2PL".into(),
        fitted_at: at(fitted_at),
        n_answers: None,
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_ability_update(&row).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn topics_come_first_and_the_overall_ability_stands_in() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        store_topic(store, "t1", 0.1, "2025-03-01T00:00:00Z").await;
        store_topic(store, "t2", 0.2, "2025-03-05T00:00:00Z").await;
        store_topic(store, "t1", 0.3, "2025-03-12T10:00:00Z").await;
        store_overall(store, "amy", 1.5, "2025-03-06T00:00:00Z").await;
        store_overall(store, "ben", 0.5, "2025-03-06T00:00:00Z").await;
        let token = platform.admin("reports:view");
        let path = "/analysis/irt/theta?user_id=amy";
        let thetas = async |path: &str| {
            let (status, rows) = platform.get(&token, path).await;
            assert_eq!(status, 200, "{path}: {rows}");
            let rows = rows.as_array().unwrap();
            rows.iter().map(|row| row["theta"].as_f64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(thetas(path).await, [0.3, 0.2, 0.1]);
        assert_eq!(thetas(&format!("{path}&since=2025-03-05")).await, [0.3, 0.2]);
        assert_eq!(thetas(&format!("{path}&topics=t2,%20t9")).await, [0.2]);
        assert_eq!(thetas(&format!("{path}&topics=t9")).await, [1.5]);
        assert_eq!(thetas("/analysis/irt/theta?user_id=ben").await, [0.5]);
        let (_, rows) = platform.get(&token, "/analysis/irt/theta?user_id=ben").await;
        assert_eq!(keys(&rows[0]), ["fitted_at", "model", "se", "theta", "topic_id"]);
        assert_eq!((&rows[0]["topic_id"], &rows[0]["se"]), (&Value::Null, &json!(0.25)));
        assert_eq!(rows[0]["fitted_at"], "2025-03-06T00:00:00Z");
    }
}

#[tokio::test]
async fn nothing_found_and_bad_dates() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.admin("analysis:run");
    let path = "/analysis/irt/theta?user_id=zoe";
    assert_eq!(platform.get(&token, path).await.0, 404);
    for since in ["yesterday", "2025-02-30", "2025-13-01", "%2B12345-01-01", "20250101"] {
        let (status, body) = platform.get(&token, &format!("{path}&since={since}")).await;
        assert_eq!((status, &body["message"]), (400, &json!("invalid since")), "{since}");
    }
    assert_eq!(platform.get(&token, "/analysis/irt/theta").await.0, 400);
    assert_eq!(platform.get(&platform.admin("exam:write"), path).await.0, 403);
}
