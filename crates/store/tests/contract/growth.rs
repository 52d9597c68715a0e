//! Fits of the growth model.

use chrono::NaiveDate;
use seedtest_store::{DatedTheta, GrowthFitRow, KpiPatch, ProgressFitRow, TopicDayFeatures};
use serde_json::{Map, json};

use crate::attempts::at;
use crate::backends::on_both;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
}

fn fit(run_id: &str, fitted: i64, verdict: &str) -> GrowthFitRow {
    GrowthFitRow {
        run_id: run_id.to_owned(),
        formula: "score ~ week + (week|student)".to_owned(),
        priors: json!({"week": {"dist": "normal", "mean": 0.0, "sd": 0.5}}),
        posterior_summary: json!({"week": {"mean": 0.1, "q2.5": -0.1}}),
        diagnostics: json!({"verdict": verdict, "rhat": {"max": 1.0}}),
        settings: json!({"seed": 42}),
        predictions: Some(json!({"a": {"P": 0.5}})),
        fitted_at: at(fitted),
    }
}

#[tokio::test]
async fn a_converged_fit_is_preferred_and_predictions_are_read_apart() {
    on_both(async |database| {
        let store = &database.store;
        assert_eq!(store.latest_growth_fit(at(100)).await.unwrap(), None);
        let mut tx = store.begin().await.unwrap();
        let good = fit("good", 10, "converged");
        for row in [fit("old", 5, "converged"), good.clone(), fit("bad", 20, "truncated")] {
            tx.write_growth_fit(&row).await.unwrap();
        }
        tx.write_growth_fit(&good).await.unwrap();
        tx.commit().await.unwrap();
        let without = |row: GrowthFitRow| GrowthFitRow { predictions: None, ..row };
        let latest = store.latest_growth_fit(at(100)).await.unwrap();
        assert_eq!(latest, Some(without(good)), "the newest that converged");
        assert_eq!(store.latest_growth_fit(at(4)).await.unwrap(), None);
        let past = store.latest_growth_fit(at(7)).await.unwrap().unwrap();
        assert_eq!(past.run_id, "old");
        let bad = store.growth_fit("bad").await.unwrap();
        assert_eq!(bad, Some(without(fit("bad", 20, "truncated"))));
        assert_eq!(store.growth_fit("none").await.unwrap(), None);
        let predictions = store.growth_predictions("bad").await.unwrap();
        assert_eq!(predictions, Some(json!({"a": {"P": 0.5}})));
        assert_eq!(store.growth_predictions("none").await.unwrap(), None);
        for (from, to, expected) in [
            (7, 100, vec!["old", "good"]),
            (10, 100, vec!["good"]),
            (50, 100, vec!["good"]),
            (1, 9, vec!["old"]),
            (1, 4, vec![]),
        ] {
            let found = store.converged_growth_fits(at(from), at(to)).await.unwrap();
            let found: Vec<&str> = found.iter().map(|fit| &*fit.run_id).collect();
            assert_eq!(found, expected, "{from} to {to}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_thetas_of_a_day_are_averaged_over_topics() {
    on_both(async |database| {
        let row = |topic: &str, date, theta, sd| TopicDayFeatures {
            user_id: "a".into(),
            topic_id: topic.into(),
            date,
            attempts: 1,
            correct: 1,
            avg_time_ms: None,
            rt_median: None,
            hints: 0,
            theta_estimate: theta,
            theta_sd: sd,
            improvement: None,
            last_seen_at: at(0),
        };
        let rows = [
            row("x", day(1), Some(0.5), Some(0.25)),
            row("y", day(1), Some(1.0), Some(0.75)),
            row("x", day(2), Some(0.25), None),
            row("x", day(3), None, None),
            row("x", day(9), Some(2.0), None),
        ];
        let mut tx = database.store.begin().await.unwrap();
        tx.write_features(&rows, at(1)).await.unwrap();
        tx.commit().await.unwrap();
        let found = database.store.feature_thetas(day(1), day(8)).await.unwrap();
        let theta =
            |date, theta, se| DatedTheta { user_id: "a".into(), date: day(date), theta, se };
        assert_eq!(found, [theta(1, 0.75, Some(0.5)), theta(2, 0.25, None)]);
    })
    .await;
}

#[tokio::test]
async fn the_newest_row_of_every_student_is_found() {
    on_both(async |database| {
        let patch = |user: &str, date| KpiPatch {
            user_id: user.into(),
            week_start: day(date),
            patch: Map::new(),
        };
        let mut tx = database.store.begin().await.unwrap();
        let patches = [patch("a", 1), patch("a", 8), patch("b", 1), patch("b", 15)];
        tx.merge_weekly_kpi(&patches).await.unwrap();
        let newest = tx.newest_kpi_rows(day(8)).await.unwrap();
        assert_eq!(newest, [("a".to_owned(), day(8)), ("b".to_owned(), day(1))]);
    })
    .await;
}

#[tokio::test]
async fn a_fit_of_progress_is_replaced_by_its_own_run_only() {
    on_both(async |database| {
        let store = &database.store;
        assert_eq!(store.latest_progress_fit(at(100)).await.unwrap(), None);
        let fit = |run_id: &str, fitted: i64, week: f64| ProgressFitRow {
            run_id: run_id.to_owned(),
            model_spec: json!({"formula": "score ~ week + (week|student)"}),
            metrics: json!({"aic": 1.5}),
            formula: Some("score ~ week + (week|student)".to_owned()),
            fixed_effects: Some(json!({"week": week})),
            random_effects_summary: Some(json!({"student_slopes": 3})),
            fit_metrics: None,
            fitted_at: at(fitted),
        };
        let mut tx = store.begin().await.unwrap();
        for row in [fit("a", 10, 0.1), fit("b", 20, 0.2), fit("a", 10, 0.3)] {
            tx.write_progress_fit(&row).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(store.latest_progress_fit(at(15)).await.unwrap(), Some(fit("a", 10, 0.3)));
        assert_eq!(store.latest_progress_fit(at(100)).await.unwrap(), Some(fit("b", 20, 0.2)));
    })
    .await;
}
