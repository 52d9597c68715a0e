//! Answers and item parameters for a student whose numbers are known.

use chrono::Duration;
use seedtest_store::{AttemptRow, Calibration, ItemParams, Store};
use serde_json::json;

use super::at;

/// Twenty answers two weeks and more ago, 5 of them right, 2 s each; the same twenty items in the
/// last two weeks, 10 right, 1 s each. The first ten items are of topic t1, the others of t2.
pub(crate) async fn store_answers(store: &Store, user_id: &str) {
    let items: Vec<String> = (0..20).map(|i| format!("q{i}")).collect();
    let mut rows = Vec::new();
    for (from, session, right, time) in
        [("2025-02-20T10:00:00Z", "p", 5, 2_000), ("2025-03-05T10:00:00Z", "r", 10, 1_000)]
    {
        for (i, item_id) in items.iter().enumerate() {
            rows.push(AttemptRow {
                user_id,
                item_id,
                topic_id: Some(if i < 10 { "t1" } else { "t2" }),
                session_id: Some(session),
                subject_id: None,
                completed_at: at(from) + Duration::minutes(i as i64),
                correct: Some(i < right),
                response_time_ms: Some(time),
                used_hints: Some(0),
                source: None,
                points: None,
                max_points: None,
            });
        }
    }
    let mut tx = store.begin().await.unwrap();
    tx.write_attempts(&rows).await.unwrap();
    tx.commit().await.unwrap();
}

/// Parameters of all twenty items, model 2PL, version v1.
pub(crate) async fn store_items(store: &Store) {
    store_parameters(store, "fit", |i| format!("q{i}")).await;
}

/// The same for items called by a number.
pub(crate) async fn store_numbered_items(store: &Store) {
    store_parameters(store, "numbered", |i| i.to_string()).await;
}

async fn store_parameters(store: &Store, run_id: &str, name: impl Fn(u32) -> String) {
    let item = |i: u32| ItemParams {
        item_id: name(i),
        params: json!({"a": 1.0, "b": f64::from(i) / 10.0 - 1.0}),
    };
    let calibration = Calibration {
        run_id: run_id.into(),
        fitted_at: at("2025-03-01T00:00:00Z"),
        model: "2PL".into(),
        version: "v1".into(),
        items: (0..20).map(item).collect(),
        abilities: Vec::new(),
        model_spec: json!({}),
        metrics: json!({}),
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_calibration(&calibration).await.unwrap();
    tx.commit().await.unwrap();
}
