//! Jobs for one student.

use seedtest_store::RunFilter;
use serde_json::{Value, json};

use super::school::{store_answers, store_items};
use super::{BACKENDS, Platform, keys};

const RECOMPUTE: &str = "/analysis/metrics/recompute";
const UPDATE: &str = "/analysis/irt/update-theta";

#[tokio::test(flavor = "multi_thread")]
async fn a_week_is_computed_stored_and_entered_in_the_ledger() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        store_answers(store, "amy").await;
        let token = platform.admin("analysis:run");
        let (status, row) = platform.post(&token, RECOMPUTE, &json!({"user_id": "amy"})).await;
        assert_eq!(status, 200, "{row}");
        assert_eq!(keys(&row), ["kpis", "user_id", "week_start"]);
        assert_eq!(keys(&row["kpis"]), ["A_t", "E_t", "I_t", "P", "R_t", "S"]);
        assert_eq!(row["week_start"], "2025-03-10");
        // docs/contract/metrics.md M15.
        assert!((row["kpis"]["I_t"].as_f64().unwrap() - 0.13014).abs() < 5e-6, "{row}");
        assert_eq!((&row["kpis"]["E_t"], &row["kpis"]["P"]), (&Value::Null, &Value::Null));
        let (_, weeks) = platform.get(&token, "/analysis/metrics/weekly?user_id=amy").await;
        assert_eq!(weeks, json!([row]));
        let runs = store.runs(RunFilter { name: None, actor: None, limit: 9 }).await.unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].start.name, "recompute-weekly-kpi");
        assert_eq!(runs[0].start.actor, "user t");
        let past = json!({"user_id": "amy", "week_start": "2025-02-19"});
        let (_, row) = platform.post(&token, RECOMPUTE, &past).await;
        assert_eq!(row["week_start"], "2025-02-17");
        assert_eq!(row["kpis"]["I_t"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recomputed_is_refused_and_writes_nothing() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.admin("analysis:run");
    let (status, body) = platform.post(&token, RECOMPUTE, &json!({"user_id": "zoe"})).await;
    assert_eq!((status, &body["message"]), (404, &json!("no_data_to_compute")));
    let weekly = "/analysis/metrics/weekly?user_id=zoe";
    assert_eq!(platform.get(&token, weekly).await.0, 404);
    for (request, message) in [
        (json!({"user_id": "zoe", "week_start": "2025-02-30"}), "invalid week_start"),
        (json!({"user_id": "zoe", "week_start": "2025-03-13"}), "invalid week_start"),
        (json!({"user_id": "zoe", "week_start": "0001-01-01"}), "invalid week_start"),
        (json!({"user_id": " "}), "invalid user_id"),
        (json!({}), "invalid user_id"),
    ] {
        let (status, body) = platform.post(&token, RECOMPUTE, &request).await;
        assert_eq!((status, &body["message"]), (400, &json!(message)), "{request}");
    }
    assert_eq!(platform.post(&token, RECOMPUTE, &json!({"user_id": 7})).await.0, 400);
    let reader = platform.admin("reports:view");
    assert_eq!(platform.post(&reader, RECOMPUTE, &json!({"user_id": "zoe"})).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ability_is_estimated_and_stored() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        store_answers(store, "amy").await;
        let token = platform.admin("exam:write");
        let request = json!({"user_id": "amy", "session_id": "s", "lookback_days": 30});
        let (status, body) = platform.post(&token, UPDATE, &request).await;
        assert_eq!((status, &body["status"]), (200, &json!("noop")), "{body}");
        assert_eq!(keys(&body), ["message", "status", "user_id"]);
        store_items(store).await;
        let (status, body) = platform.post(&token, UPDATE, &request).await;
        assert_eq!((status, &body["status"]), (200, &json!("ok")), "{body}");
        assert_eq!(
            keys(&body),
            ["model", "se", "status", "theta", "updated_at", "user_id", "version"]
        );
        assert_eq!(body["updated_at"], "2025-03-12T10:00:00Z");
        let reader = platform.admin("reports:view");
        let (_, rows) = platform.get(&reader, "/analysis/irt/theta?user_id=amy").await;
        assert_eq!(rows[0]["theta"], body["theta"]);
        let named = json!({"user_id": "amy", "model": "2pl", "version": "v1"});
        let (_, same) = platform.post(&token, UPDATE, &named).await;
        assert_eq!(same["theta"], body["theta"]);
        for (key, value) in [("model", "3PL"), ("version", "v2")] {
            let (_, other) =
                platform.post(&token, UPDATE, &json!({"user_id": "amy", key: value})).await;
            assert_eq!(other["status"], "noop", "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_updates_are_refused() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.admin("analysis:run");
    for request in [
        json!({}),
        json!({"user_id": ""}),
        json!({"user_id": "amy", "lookback_days": 0}),
        json!({"user_id": "amy", "lookback_days": -1}),
        json!({"user_id": "amy", "model": " "}),
    ] {
        assert_eq!(platform.post(&token, UPDATE, &request).await.0, 400, "{request}");
    }
    let reader = platform.admin("reports:view");
    assert_eq!(platform.post(&reader, UPDATE, &json!({"user_id": "amy"})).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_week_of_everybody_is_computed_by_one_at_a_time() {
    const EVERYBODY: &str = "/metrics/weekly/recompute";
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        for user in ["amy", "ben", "cat"] {
            store_answers(store, user).await;
        }
        let token = platform.admin("analysis:run");
        let recompute = async |body: Value| platform.post(&token, EVERYBODY, &body).await;
        let (status, done) = recompute(json!({"weeks_window": 2, "limit_users": 2})).await;
        assert_eq!(status, 200, "{done}");
        let expected =
            json!({"week_start": "2025-03-10", "users_considered": 2, "users_processed": 2});
        assert_eq!(done, expected);
        let (_, done) = recompute(json!({"weeks_window": 2})).await;
        assert_eq!((&done["users_considered"], &done["users_processed"]), (&json!(3), &json!(3)));
        assert_eq!(store.weekly_kpi("2025-03-10".parse().unwrap()).await.unwrap().len(), 3);
        // In the last week nobody answered anything.
        let (_, done) = recompute(json!({})).await;
        assert_eq!((&done["users_considered"], &done["users_processed"]), (&json!(0), &json!(0)));
        for bad in
            [json!({"weeks_window": 0}), json!({"weeks_window": 53}), json!({"limit_users": 0})]
        {
            assert_eq!(recompute(bad.clone()).await.0, 400, "{bad}");
        }
        let lock = store.try_job_lock("recompute-weekly-kpi").await.unwrap();
        let (status, body) = recompute(json!({})).await;
        assert_eq!((status, &body["error"]), (409, &json!("conflict")), "{body}");
        drop(lock);
        assert_eq!(platform.post("", EVERYBODY, &json!({})).await.0, 401);
    }
}
