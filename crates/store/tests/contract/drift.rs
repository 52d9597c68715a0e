//! Calibrations beside each other, in the tables that other tools read.

use seedtest_store::{
    Calibration, DriftAlert, DriftWindow, Kept, Store, WindowEstimate, WindowItem,
};
use serde_json::{Value, json};

use crate::attempts::at;
use crate::backends::{Database, on_both};

fn calibration(run_id: &str, fitted: i64) -> Calibration {
    Calibration {
        run_id: run_id.to_owned(),
        fitted_at: at(fitted),
        model: "2PL".to_owned(),
        version: "v1".to_owned(),
        items: Vec::new(),
        abilities: Vec::new(),
        model_spec: json!({}),
        metrics: Value::Null,
    }
}

fn window(run_id: &str, fitted: i64, drifting: &[&str]) -> DriftWindow {
    let b = WindowEstimate { value: Some(-0.5), lower: Some(-0.7), upper: Some(-0.3) };
    let item = |id: &str| WindowItem {
        item_id: id.to_owned(),
        b,
        n: Some(200),
        dif: (id == "q1").then(|| json!([{"reference": "1"}])),
        ..WindowItem::default()
    };
    let alert = |id: &&str| DriftAlert {
        item_id: (*id).to_owned(),
        metric: "delta_b",
        value: -0.6,
        threshold: Some(0.5),
        severity: "severe",
    };
    DriftWindow {
        run_id: run_id.to_owned(),
        fitted_at: at(fitted),
        answers: (at(0), at(fitted)),
        population: json!({"run_id": run_id}),
        items: vec![item("q1"), item("q2")],
        alerts: drifting.iter().map(alert).collect(),
    }
}

async fn write(store: &Store, run_id: &str, fitted: i64, drifting: &[&str]) {
    let mut tx = store.begin().await.unwrap();
    tx.write_calibration(&calibration(run_id, fitted)).await.unwrap();
    tx.write_drift_window(&window(run_id, fitted, drifting)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn rows(database: &Database, sql: &str) -> Vec<String> {
    let rows = database.rows(sql).await;
    let shown = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    rows.into_iter().map(|row| row.into_iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
}

const ALERTS: &str = "SELECT run_id, item_id, metric, severity, \
    CASE WHEN resolved_at IS NULL THEN 'open' ELSE 'over' END FROM drift_alerts ORDER BY run_id, item_id";
const ITEMS: &str = "SELECT run_id, item_id FROM item_calibration JOIN drift_windows ON id = window_id \
    ORDER BY run_id, item_id";

#[tokio::test]
async fn what_moved_is_open_until_the_next_calibration() {
    on_both(async |database| {
        let store = &database.store;
        write(store, "fit-1", 5, &["q1", "q2"]).await;
        assert_eq!(
            rows(&database, ALERTS).await,
            ["fit-1 q1 delta_b severe open", "fit-1 q2 delta_b severe open"]
        );
        write(store, "fit-2", 9, &["q2"]).await;
        let found = [
            "fit-1 q1 delta_b severe over",
            "fit-1 q2 delta_b severe over",
            "fit-2 q2 delta_b severe open",
        ];
        assert_eq!(rows(&database, ALERTS).await, found);
        // Written again, everything stands once, by the same ids.
        let windows = "SELECT CAST(id AS TEXT) FROM drift_windows ORDER BY id";
        let ids = rows(&database, windows).await;
        write(store, "fit-2", 9, &["q2"]).await;
        assert_eq!(rows(&database, windows).await, ids);
        assert_eq!(rows(&database, ALERTS).await, found);
        assert_eq!(rows(&database, ITEMS).await, ["fit-1 q1", "fit-1 q2", "fit-2 q1", "fit-2 q2"]);
        assert_eq!(ids.len(), 2);
        let dif = "SELECT CAST(count(*) AS TEXT) FROM item_calibration WHERE dif IS NOT NULL";
        assert_eq!(rows(&database, dif).await, ["2"]);
        let known = "SELECT CAST(count(*) AS TEXT) FROM item_calibration WHERE a_hat IS NULL AND b_l95 < b_hat \
             AND b_hat < b_u95 AND n = 200";
        assert_eq!(rows(&database, known).await, ["4"]);
    })
    .await;
}

#[tokio::test]
async fn what_other_programs_found_stays_as_it_is() {
    on_both(async |database| {
        let store = &database.store;
        database
            .execute(
                "INSERT INTO drift_alerts (item_id, metric, run_id, created_at) \
                 VALUES ('q1', 'delta_a', 'drift_20250101_020000', '2025-01-01T00:00:00Z')",
            )
            .await;
        write(store, "fit-1", 5, &[]).await;
        let open = "SELECT run_id FROM drift_alerts WHERE resolved_at IS NULL";
        assert_eq!(rows(&database, open).await, ["drift_20250101_020000"]);
        let mut tx = store.begin().await.unwrap();
        for kept in Kept::ALL {
            tx.prune(kept, at(1_000_000_000)).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(rows(&database, open).await, ["drift_20250101_020000"]);
    })
    .await;
}

#[tokio::test]
async fn windows_go_with_their_calibrations() {
    on_both(async |database| {
        let store = &database.store;
        write(store, "fit-1", 5, &["q1"]).await;
        write(store, "fit-2", 9, &["q2"]).await;
        for before in [at(7), at(7)] {
            let mut tx = store.begin().await.unwrap();
            for kept in Kept::ALL {
                tx.prune(kept, before).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        // The alert was over when the second calibration came, which is after the moment.
        assert_eq!(rows(&database, ALERTS).await.len(), 2);
        assert_eq!(
            rows(&database, "SELECT CAST(count(*) AS TEXT) FROM item_calibration").await,
            ["2"]
        );
        let mut tx = store.begin().await.unwrap();
        for kept in Kept::ALL {
            tx.prune(kept, at(10)).await.unwrap();
        }
        for kept in Kept::ALL {
            tx.prune(kept, at(10)).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(rows(&database, ALERTS).await, ["fit-2 q2 delta_b severe open"]);
        assert_eq!(
            rows(&database, "SELECT CAST(count(*) AS TEXT) FROM drift_windows").await,
            ["1"]
        );
    })
    .await;
}
