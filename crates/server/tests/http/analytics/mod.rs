//! The routes of `r-analytics`, by internal token and mirrored for people.

mod goals;
mod mirror;
mod report;
mod standing;

use serde_json::{Map, Value};

use crate::platform::Platform;
use crate::service::json as read;

/// Posts with the internal token.
pub(crate) async fn post(platform: &Platform, path: &str, body: &Value) -> (u16, Value) {
    read(platform.service.post(path, body.to_string()).await).await
}

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < 5e-6, "{value} is not {expected}");
}

async fn store_kpis(platform: &Platform, user_id: &str, week: &str, kpis: Value) {
    let Value::Object(patch) = kpis else { panic!("KPIs are an object") };
    store_patch(platform, user_id, week, patch).await;
}

async fn store_patch(platform: &Platform, user_id: &str, week: &str, patch: Map<String, Value>) {
    let row = seedtest_store::KpiPatch {
        user_id: user_id.into(),
        week_start: week.parse().unwrap(),
        patch,
    };
    let mut tx = platform.service.store.begin().await.unwrap();
    tx.merge_weekly_kpi(&[row]).await.unwrap();
    tx.commit().await.unwrap();
}
