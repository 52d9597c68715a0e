//! KPIs by week.

use seedtest_store::{KpiPatch, Store};
use serde_json::{Value, json};

use super::{BACKENDS, Platform, keys};

const SIX: [&str; 6] = ["A_t", "E_t", "I_t", "P", "R_t", "S"];

async fn store_week(store: &Store, user: &str, week: &str, kpis: Value) {
    let Value::Object(patch) = kpis else { panic!("an object") };
    let row = KpiPatch { user_id: user.into(), week_start: week.parse().unwrap(), patch };
    let mut tx = store.begin().await.unwrap();
    tx.merge_weekly_kpi(&[row]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn weeks_come_newest_first_with_exactly_the_six_kpis() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        for (week, i) in [("2025-02-24", 0.1), ("2025-03-03", 0.2), ("2025-03-10", 0.3)] {
            store_week(store, "amy", week, json!({"I_t": i, "P": null, "sigma": 0.1})).await;
        }
        store_week(store, "ben", "2025-03-10", json!({"I_t": 0.9})).await;
        let token = platform.admin("reports:view");
        let path = "/analysis/metrics/weekly?user_id=amy";
        let (status, rows) = platform.get(&token, path).await;
        assert_eq!(status, 200, "{rows}");
        let weeks: Vec<_> = rows.as_array().unwrap().iter().map(|r| &r["week_start"]).collect();
        assert_eq!(weeks, ["2025-03-10", "2025-03-03", "2025-02-24"]);
        assert_eq!(keys(&rows[0]), ["kpis", "user_id", "week_start"]);
        assert_eq!(keys(&rows[0]["kpis"]), SIX);
        assert_eq!((&rows[0]["kpis"]["I_t"], &rows[0]["kpis"]["S"]), (&json!(0.3), &Value::Null));
        for (weeks, expected) in [("2", 2), ("0", 1), ("-3", 1), ("99", 3)] {
            let (_, rows) = platform.get(&token, &format!("{path}&weeks={weeks}")).await;
            assert_eq!(rows.as_array().unwrap().len(), expected, "{weeks}");
        }
        let (_, rows) = platform.get(&token, &format!("{path}&extended=true&weeks=1")).await;
        assert_eq!(rows[0]["kpis"]["sigma"], 0.1);
    }
}

#[tokio::test]
async fn a_student_without_weeks_is_not_found_unless_asked_otherwise() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.admin("analysis:run");
    let path = "/analysis/metrics/weekly";
    let (status, body) = platform.get(&token, &format!("{path}?user_id=zoe")).await;
    assert_eq!((status, &body["message"]), (404, &json!("not_found")));
    let (status, body) = platform.get(&token, &format!("{path}?user_id=zoe&include_empty=1")).await;
    assert_eq!((status, body), (200, json!([])));
    let long = "x".repeat(10_000);
    for user in ["", "?user_id=", "?user_id=%20", "?user_id=a%00b", &format!("?user_id={long}")] {
        let (status, body) = platform.get(&token, &format!("{path}{user}")).await;
        assert_eq!((status, &body["message"]), (400, &json!("invalid user_id")), "{user}");
    }
    let (status, body) = platform.get(&token, &format!("{path}?user_id=zoe&weeks=four")).await;
    assert_eq!((status, &body["message"]), (400, &json!("invalid weeks")));
}
