//! Forecasts with their anomalies, and segments.

use chrono::NaiveDate;
use seedtest_store::{AnomalyRow, ForecastRow, KpiPatch, SegmentRunRow, UserSegmentRow};
use serde_json::{Map, Value, json};

use crate::attempts::at;
use crate::backends::on_both;

fn monday(week: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 3, 3).unwrap() + chrono::Days::new(7 * week)
}

fn forecast(run_id: &str, scope: &str, user_id: Option<&str>, fitted: i64) -> ForecastRow {
    ForecastRow {
        run_id: run_id.into(),
        metric: "I_t".into(),
        changepoints: json!([{"ds": "2025-03-03", "delta": 0.1}]),
        forecast: json!([{"ds": "2025-03-10", "yhat": 0.2}]),
        fit_meta: json!({"scope": scope, "model": {"run_id": run_id}}),
        user_id: user_id.map(Into::into),
        lookback_weeks: 12,
        horizon_weeks: 4,
        anomaly_threshold: 2.5,
        fitted_at: at(fitted),
    }
}

fn anomaly(run_id: &str, week: u64, score: f64) -> AnomalyRow {
    AnomalyRow {
        run_id: run_id.into(),
        week_start: monday(week),
        metric: "I_t".into(),
        value: Some(0.5),
        expected: Some(0.1),
        anomaly_score: Some(score),
        flag: true,
        detected_at: at(10),
    }
}

#[tokio::test]
async fn the_newest_forecast_of_the_cohort_is_read_back_and_a_run_replaces_itself() {
    on_both(async |database| {
        let store = &database.store;
        let parts = [
            forecast("r1", "cohort", None, 10),
            forecast("r1:class:3B", "class", None, 10),
            forecast("r1:student:amy", "student", Some("amy"), 10),
        ];
        let mut tx = store.begin().await.unwrap();
        let found = [anomaly("r1", 0, 3.0), anomaly("r1", 2, -4.0), anomaly("r1:class:3B", 2, 2.6)];
        tx.write_forecasts("r1", &parts, &found).await.unwrap();
        let later = [forecast("r10", "cohort", None, 20)];
        tx.write_forecasts("r10", &later, &[]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.latest_forecast(at(15)).await.unwrap().as_ref(), Some(&parts[0]));
        assert_eq!(store.latest_forecast(at(99)).await.unwrap().as_ref(), Some(&later[0]));
        assert_eq!(store.latest_forecast(at(0)).await.unwrap(), None);
        assert_eq!(store.forecast("r1:student:amy").await.unwrap().as_ref(), Some(&parts[2]));
        assert_eq!(store.forecasts_of_run("r1").await.unwrap(), parts);
        assert_eq!(store.anomalies("r1").await.unwrap(), found[..2]);

        // A run of the same id with less in it leaves nothing of the first, and others alone.
        let mut tx = store.begin().await.unwrap();
        tx.write_forecasts("r1", &parts[..1], &found[1..2]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.forecasts_of_run("r1").await.unwrap(), parts[..1]);
        assert_eq!(store.anomalies("r1").await.unwrap(), found[1..2]);
        assert_eq!(store.anomalies("r1:class:3B").await.unwrap(), []);
        assert_eq!(store.forecasts_of_run("r10").await.unwrap(), later);
    })
    .await;
}

fn student(user_id: &str, run_id: &str, cluster_id: Option<i64>) -> UserSegmentRow {
    UserSegmentRow {
        user_id: user_id.into(),
        segment_label: "improving".into(),
        cluster_id,
        run_id: run_id.into(),
        features_snapshot: json!({"engagement": 0.4, "membership": 0.9}),
        assigned_at: at(10),
    }
}

fn segment_run(run_id: &str, fitted: i64) -> SegmentRunRow {
    SegmentRunRow {
        run_id: run_id.into(),
        method: "kmeans".into(),
        n_clusters: 2,
        centers: json!([{"engagement": 0.4}, {"engagement": 0.8}]),
        metrics: json!({"silhouette": 0.5}),
        labels: json!({"segments": [], "carry": {"assignments": {"amy": 1}, "free": 3}}),
        fitted_at: at(fitted),
    }
}

#[tokio::test]
async fn a_student_has_one_segment_and_keeps_it_where_a_run_does_not_see_them() {
    on_both(async |database| {
        let store = &database.store;
        let labels = [("improving".to_owned(), "gets better".to_owned())];
        let mut tx = store.begin().await.unwrap();
        let first = [student("amy", "c1", Some(1)), student("ben", "c1", Some(2))];
        tx.write_segments(&segment_run("c1", 10), &first, &labels).await.unwrap();
        let second = [student("ben", "c2", None)];
        tx.write_segments(&segment_run("c2", 20), &second, &labels).await.unwrap();
        tx.commit().await.unwrap();
        let expected = [first[0].clone(), second[0].clone()];
        assert_eq!(store.user_segments().await.unwrap(), expected);
        assert_eq!(store.latest_segment_run(at(15)).await.unwrap(), Some(segment_run("c1", 10)));
        assert_eq!(store.latest_segment_run(at(25)).await.unwrap(), Some(segment_run("c2", 20)));
        assert_eq!(store.segment_run("c1").await.unwrap(), Some(segment_run("c1", 10)));
        assert_eq!(store.segment_run("c3").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn weeks_are_read_with_what_is_known_of_them() {
    on_both(async |database| {
        let store = &database.store;
        let patch = |user: &str, week: u64, kpis: Value| {
            let Value::Object(patch) = kpis else { unreachable!() };
            let patch: Map<String, Value> = patch;
            KpiPatch { user_id: user.into(), week_start: monday(week), patch }
        };
        let mut tx = store.begin().await.unwrap();
        let rows = [
            patch("amy", 0, json!({"I_t": 0.25, "A_t": 0.5, "sessions": 7, "mean_gap": null})),
            patch("amy", 1, json!({"I_t": null, "E_t": -0.0})),
            patch("ben", 1, json!({"I_t": -1, "R_t": 1})),
            patch("ben", 2, json!({"I_t": 0.75})),
        ];
        tx.merge_weekly_kpi(&rows).await.unwrap();
        tx.commit().await.unwrap();
        let found = store.weekly_improvement(monday(0), monday(1)).await.unwrap();
        let expected = [("amy".to_owned(), monday(0), 0.25), ("ben".to_owned(), monday(1), -1.0)];
        assert_eq!(found, expected);
        let kpis = store.segment_kpis(monday(0), monday(1)).await.unwrap();
        let values: Vec<_> = kpis.iter().map(|row| row.values).collect();
        assert_eq!(
            values,
            [
                [Some(0.5), Some(0.25), None, None, Some(7.0), None],
                [None, None, Some(0.0), None, None, None],
                [None, Some(-1.0), None, Some(1.0), None, None],
            ]
        );
    })
    .await;
}
