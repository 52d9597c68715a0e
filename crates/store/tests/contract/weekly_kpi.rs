//! Merging and reading weekly KPIs.

use std::time::Duration;

use chrono::NaiveDate;
use seedtest_store::{Error, KpiMerge, KpiPatch, NewWeeklyKpi, Store};
use serde_json::{Map, Value as Json, json};

use crate::backends::{Database, on_both};

fn week(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
}

fn patch(user_id: &str, day: u32, keys: Json) -> KpiPatch {
    let Json::Object(patch) = keys else { panic!("a patch is an object") };
    KpiPatch { user_id: user_id.to_owned(), week_start: week(day), patch }
}

fn new_row(patch: &KpiPatch) -> NewWeeklyKpi {
    NewWeeklyKpi {
        user_id: patch.user_id.clone(),
        week_start: patch.week_start,
        kpis: serde_json::value::to_raw_value(&patch.patch).unwrap(),
    }
}

async fn merge(store: &Store, patches: &[KpiPatch]) -> KpiMerge {
    let mut tx = store.begin().await.unwrap();
    let merged = tx.merge_weekly_kpi(patches).await.unwrap();
    tx.commit().await.unwrap();
    merged
}

async fn kpis(database: &Database, day: u32) -> Map<String, Json> {
    let rows = database.store.weekly_kpi(week(day)).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows.into_iter().next().unwrap().kpis
}

#[tokio::test]
async fn a_writer_keeps_the_keys_of_the_others() {
    on_both(async |database| {
        let store = &database.store;
        merge(store, &[patch("u", 1, json!({"sigma": 0.2, "S": 0.4}))]).await;
        merge(store, &[patch("u", 1, json!({"I_t": 0.5, "E_t": null, "S": null}))]).await;
        let expected = json!({"sigma": 0.2, "S": null, "I_t": 0.5, "E_t": null});
        assert_eq!(Json::Object(kpis(&database, 1).await), expected);
    })
    .await;
}

#[tokio::test]
async fn an_ability_that_is_no_longer_known_goes_with_the_row_of_its_writer() {
    on_both(async |database| {
        let store = &database.store;
        let known =
            json!({"I_t": 0.1, "theta": 0.4, "theta_se": 0.2, "delta_theta": 0.1, "S": 0.3});
        merge(store, &[patch("u", 1, known)]).await;
        // Whoever writes S leaves the ability alone.
        merge(store, &[patch("u", 1, json!({"S": 0.2}))]).await;
        assert_eq!(kpis(&database, 1).await["theta"], 0.4);
        let unknown = patch("u", 1, json!({"I_t": null, "theta": 0.5}));
        merge(store, std::slice::from_ref(&unknown)).await;
        let expected = json!({"I_t": null, "theta": 0.5, "S": 0.2});
        assert_eq!(Json::Object(kpis(&database, 1).await), expected);
        assert_eq!(merge(store, &[unknown]).await, KpiMerge { changed: 0, unchanged: 1 });
    })
    .await;
}

#[tokio::test]
async fn new_rows_are_the_rows_a_merge_makes() {
    on_both(async |database| {
        let keys = json!({"I_t": 0.1, "method": "θ \"d\"", "reasons": {"P": "x"}, "n": null});
        let rows = [patch("a", 8, keys.clone()), patch("b", 8, json!({}))];
        merge(&database.store, &[patch("a", 1, keys)]).await;
        let mut tx = database.store.begin().await.unwrap();
        tx.lock_weekly_kpi().await.unwrap();
        assert!(tx.has_weekly_kpi(week(1)).await.unwrap());
        assert!(!tx.has_weekly_kpi(week(8)).await.unwrap());
        assert_eq!(tx.insert_weekly_kpi(&rows.each_ref().map(new_row)).await.unwrap(), 2);
        assert!(tx.has_weekly_kpi(week(8)).await.unwrap());
        tx.commit().await.unwrap();
        let stored = database.store.weekly_kpi(week(8)).await.unwrap();
        assert_eq!(stored[0].kpis, kpis(&database, 1).await);
        let merged = merge(&database.store, &rows).await;
        assert_eq!(merged, KpiMerge { changed: 0, unchanged: 2 });
    })
    .await;
}

#[tokio::test]
async fn a_new_row_that_is_there_already_is_refused_and_nothing_is_written() {
    on_both(async |database| {
        merge(&database.store, &[patch("b", 1, json!({"I_t": 0.5}))]).await;
        let rows = ["a", "b"].map(|user| patch(user, 1, json!({"I_t": 0.7})));
        let mut tx = database.store.begin().await.unwrap();
        assert!(tx.insert_weekly_kpi(&rows.each_ref().map(new_row)).await.is_err());
        drop(tx);
        assert_eq!(Json::Object(kpis(&database, 1).await), json!({"I_t": 0.5}));
        let mut tx = database.store.begin().await.unwrap();
        let error = tx.insert_weekly_kpi(&[new_row(&patch("a", 2, json!({})))]).await.unwrap_err();
        assert!(matches!(error, Error::BadValue { column: "week_start", .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn writing_the_same_again_changes_nothing() {
    on_both(async |database| {
        let patches = [
            patch("a", 1, json!({"I_t": 0.5, "P": null})),
            patch("b", 1, json!({"I_t": -1.0, "note": {"n": [1, 2]}})),
            patch("b", 8, json!({"I_t": 0})),
        ];
        let merged = merge(&database.store, &patches).await;
        assert_eq!(merged, KpiMerge { changed: 3, unchanged: 0 });
        let before = database.store.weekly_kpi_range(week(1), week(8)).await.unwrap();
        let merged = merge(&database.store, &patches).await;
        assert_eq!(merged, KpiMerge { changed: 0, unchanged: 3 });
        assert_eq!(database.store.weekly_kpi_range(week(1), week(8)).await.unwrap(), before);
        let keys: Vec<_> = before.iter().map(|row| (&*row.user_id, row.week_start)).collect();
        assert_eq!(keys, [("a", week(1)), ("b", week(1)), ("b", week(8))]);

        // SQLite's clock counts milliseconds.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let merged = merge(&database.store, &[patch("b", 8, json!({"I_t": 1}))]).await;
        assert_eq!(merged, KpiMerge { changed: 1, unchanged: 0 });
        let after = database.store.weekly_kpi(week(8)).await.unwrap();
        assert!(after[0].updated_at > before[2].updated_at);
    })
    .await;
}

#[tokio::test]
async fn patches_of_one_row_are_folded_in_order() {
    on_both(async |database| {
        let patches =
            [patch("u", 1, json!({"P": 0.1, "S": 0.2})), patch("u", 1, json!({"P": 0.3}))];
        let merged = merge(&database.store, &patches).await;
        assert_eq!(merged, KpiMerge { changed: 1, unchanged: 0 });
        assert_eq!(Json::Object(kpis(&database, 1).await), json!({"P": 0.3, "S": 0.2}));
    })
    .await;
}

#[tokio::test]
async fn two_writers_at_once_both_win() {
    Box::pin(on_both(async |database| {
        let other = Store::open(&database.target).await.unwrap();
        let users: Vec<String> = (0..200).map(|user| format!("user {user}")).collect();
        let patches = |key: &str| -> Vec<KpiPatch> {
            let mut keys = Map::new();
            keys.insert(key.to_owned(), json!(1));
            users.iter().map(|user| patch(user, 1, Json::Object(keys.clone()))).collect()
        };
        let (mut forward, mut backward) = (patches("P"), patches("S"));
        backward.reverse();
        forward.rotate_left(50);
        tokio::join!(merge(&database.store, &forward), merge(&other, &backward));
        let rows = database.store.weekly_kpi(week(1)).await.unwrap();
        assert_eq!(rows.len(), users.len());
        for row in rows {
            assert_eq!(Json::Object(row.kpis), json!({"P": 1, "S": 1}), "{}", row.user_id);
        }
    }))
    .await;
}

#[tokio::test]
async fn a_week_starts_on_monday() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        let patches = [patch("u", 1, json!({})), patch("u", 3, json!({}))];
        let error = tx.merge_weekly_kpi(&patches).await.unwrap_err();
        assert!(matches!(error, Error::BadValue { row: 1, column: "week_start", .. }), "{error}");
        assert!(error.to_string().contains("2024-01-03 is not a monday"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn risks_of_a_week_are_those_that_are_known() {
    on_both(async |database| {
        let store = &database.store;
        let rows = [
            patch("a", 1, json!({"S": 0.25})),
            patch("b", 1, json!({"S": null})),
            patch("c", 1, json!({"I_t": 0.5})),
            patch("d", 1, json!({"S": 1})),
            patch("a", 8, json!({"S": 0.75})),
        ];
        merge(store, &rows).await;
        let mut risks = store.week_risks(week(1)).await.unwrap();
        risks.sort_by(f64::total_cmp);
        assert_eq!(risks, [0.25, 1.0]);
        assert!(store.week_risks(week(15)).await.unwrap().is_empty());
    })
    .await;
}
