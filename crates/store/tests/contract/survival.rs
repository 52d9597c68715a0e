//! Fits and risks of the survival model.

use chrono::{DateTime, Duration, Utc};
use seedtest_store::{Error, SurvivalFitRow, SurvivalRiskRow};
use serde_json::json;

use crate::backends::on_both;

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(20_000 + day)
}

fn fit(run_id: &str, day: i64) -> SurvivalFitRow {
    SurvivalFitRow {
        run_id: run_id.into(),
        formula: "Surv(time, event) ~ x".into(),
        family: "cox".into(),
        event_threshold_days: 14,
        coefficients: json!({"x": 0.5}),
        hazard_ratios: json!({"x": 1.6}),
        concordance: Some(0.7),
        n: 100,
        n_events: 30,
        survival_curve: json!([{"t": 1, "S": 0.9}]),
        model: json!({"model": {"means": [1.5]}}),
        fitted_at: at(day),
    }
}

fn risk(user_id: &str, risk_score: f64) -> SurvivalRiskRow {
    SurvivalRiskRow {
        user_id: user_id.into(),
        run_id: "r1".into(),
        risk_score,
        hazard_ratio: Some(2.0),
        rank_percentile: Some(0.5),
        survival: json!({"days_silent": 3, "reasons": []}),
        updated_at: at(1),
    }
}

#[tokio::test]
async fn the_newest_fit_up_to_a_day_is_read_back() {
    on_both(async |database| {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        for row in [fit("r1", 1), fit("r2", 5), fit("r1", 1)] {
            tx.write_survival_fit(&row).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(store.latest_survival_fit(at(9)).await.unwrap(), Some(fit("r2", 5)));
        assert_eq!(store.latest_survival_fit(at(4)).await.unwrap(), Some(fit("r1", 1)));
        assert_eq!(store.latest_survival_fit(at(0)).await.unwrap(), None);
        assert_eq!(store.survival_fit("r1").await.unwrap(), Some(fit("r1", 1)));
        assert_eq!(store.survival_fit("r3").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_student_has_one_risk_and_none_out_of_range() {
    on_both(async |database| {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        tx.write_survival_risks(&[risk("a", 0.2), risk("b", 1.0)]).await.unwrap();
        tx.write_survival_risks(&[risk("a", 0.4)]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.survival_risks().await.unwrap(), [risk("a", 0.4), risk("b", 1.0)]);
        assert_eq!(store.survival_risk("a").await.unwrap(), Some(risk("a", 0.4)));
        assert_eq!(store.survival_risk("z").await.unwrap(), None);
        for bad in [1.5, f64::NAN] {
            let mut tx = store.begin().await.unwrap();
            let error = tx.write_survival_risks(&[risk("c", 0.1), risk("d", bad)]).await;
            assert!(matches!(error, Err(Error::BadValue { row: 1, column: "risk_score", .. })));
        }
        assert_eq!(store.survival_risks().await.unwrap().len(), 2);
    })
    .await;
}
