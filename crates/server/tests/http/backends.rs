//! Jobs whose models run in this process or in another one: the same tests over both, and the same
//! rows from both.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use seedtest_pipeline::{
    Clock, JobContext, JobLog, LogFormat, Outcome, Settings, Verification, find_job, run_job,
    verify_run,
};
use seedtest_store::{AttemptRow, RunFilter, Store, Target};
use tempfile::TempDir;

use crate::service::{SECRET, Service, config};

const NOW: &str = "2025-03-12T10:00:00Z";

/// A database with a school in it, and where the models of its jobs run.
struct Place {
    store: Store,
    environment: HashMap<&'static str, String>,
    /// The other process.
    _service: Option<Service>,
    _dir: TempDir,
}

impl Place {
    async fn with(service: Option<Service>, students: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
        store.migrate().await.unwrap();
        store_school(&store, students).await;
        let mut environment = HashMap::new();
        if let Some(service) = &service {
            for name in
                ["R_IRT_BASE_URL", "R_BRMS_BASE_URL", "R_FORECAST_BASE_URL", "R_GLMM_BASE_URL"]
            {
                environment.insert(name, service.url(""));
            }
            for name in [
                "R_IRT_INTERNAL_TOKEN",
                "R_BRMS_INTERNAL_TOKEN",
                "R_FORECAST_INTERNAL_TOKEN",
                "R_GLMM_INTERNAL_TOKEN",
            ] {
                environment.insert(name, SECRET.to_string());
            }
        }
        Self { store, environment, _service: service, _dir: dir }
    }

    /// In this process, and in another one.
    async fn both() -> [Self; 2] {
        let service = Service::start(config()).await;
        [Self::with(None, 40).await, Self::with(Some(service), 40).await]
    }

    async fn run(&self, job: &str) -> Outcome {
        let entry = find_job(job).unwrap();
        let environment = |name: &str| self.environment.get(name).cloned();
        let settings = Settings::resolve(entry, |_| None, environment).unwrap();
        let clock = Clock::fixed(at(NOW));
        let mut written = Vec::new();
        let outcome = {
            let log = &mut JobLog::new(&mut written, LogFormat::Text, clock, false);
            let (store, settings) = (&self.store, &settings);
            run_job(
                entry,
                JobContext { store, clock, settings, log, actor: "test", in_round: false },
            )
            .await
        };
        outcome.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&written)))
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Students over eighty days. The more able answer more often right; a third of them falls
/// silent, the less active the sooner.
async fn store_school(store: &Store, n: u32) {
    let noise = |n: u32| f64::from(n.wrapping_mul(2_654_435_761) >> 12 & 0xffff) / 65_536.0;
    let items: Vec<String> = (0..12).map(|item| format!("q{item}")).collect();
    let students: Vec<String> = (0..n).map(|student| format!("s{student:02}")).collect();
    let mut rows = Vec::new();
    for (number, user_id) in students.iter().enumerate() {
        let (number, able) = (number as u32, f64::from(number as u32) / 40.0);
        let last = if number % 3 == 0 { 20 + number } else { 80 };
        for day in (0..last).filter(|day| noise(number * 101 + day) < 0.2 + 0.3 * able) {
            for k in 0..3 {
                let draw = number * 7_919 + day * 31 + k;
                let item = (draw % 12) as usize;
                let right = noise(draw * 13 + 5) < 0.5 + 0.5 * (able - item as f64 / 12.0);
                rows.push(AttemptRow {
                    user_id,
                    item_id: &items[item],
                    topic_id: Some("t1"),
                    session_id: None,
                    subject_id: None,
                    completed_at: at("2024-12-22T10:00:00Z")
                        + Duration::days(i64::from(day))
                        + Duration::minutes(i64::from(k)),
                    correct: Some(right),
                    response_time_ms: Some(1_000),
                    used_hints: Some(0),
                    source: None,
                    points: None,
                    max_points: None,
                });
            }
        }
    }
    let mut tx = store.begin().await.unwrap();
    tx.write_attempts(&rows).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calibration_gives_the_same_rows() {
    let mut found = Vec::new();
    for place in Place::both().await {
        let outcome = place.run("mirt-calibrate").await;
        assert!(outcome.rows > 12 && !outcome.noop, "{outcome:?}");
        let items = place.store.latest_item_params().await.unwrap();
        let abilities = place.store.latest_abilities().await.unwrap();
        let metrics = place.store.latest_fit_meta().await.unwrap().unwrap().metrics;
        assert_eq!(metrics["converged"], true, "{metrics}");
        let items: Vec<_> = items.into_iter().map(|row| (row.item_id, row.params)).collect();
        let abilities: Vec<_> =
            abilities.into_iter().map(|row| (row.user_id, row.theta, row.se)).collect();
        found.push((items, abilities, metrics["loglik"].clone()));
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_gives_the_same_fit() {
    let mut found = Vec::new();
    for place in Place::both().await {
        let outcome = place.run("glmm-fit-progress").await;
        assert!(outcome.rows == 1 && !outcome.noop && !outcome.not_converged, "{outcome:?}");
        let fit = place.store.latest_progress_fit(at(NOW)).await.unwrap().unwrap();
        let effects = fit.fixed_effects.unwrap();
        assert!(effects["week"].is_f64(), "{effects}");
        assert_eq!(fit.metrics["converged"], true);
        assert!(fit.random_effects_summary.as_ref().unwrap()["student_slopes"].as_u64() > Some(20));
        let variances = fit.metrics["variance_components"].clone();
        found.push((effects, variances, fit.fit_metrics, fit.random_effects_summary));
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn growth_gives_the_same_posterior_and_the_same_probabilities() {
    let mut found = Vec::new();
    for place in Place::both().await {
        let outcome = place.run("fit-bayesian-growth").await;
        assert!(outcome.rows > 20 && !outcome.noop, "{outcome:?}");
        let fit = place.store.latest_growth_fit(at(NOW)).await.unwrap().unwrap();
        let predictions = place.store.growth_predictions(&fit.run_id).await.unwrap();
        assert!(fit.diagnostics["rhat"]["max"].as_f64().unwrap() < 1.05, "{}", fit.diagnostics);
        let week = place.store.weekly_kpi("2025-03-10".parse().unwrap()).await.unwrap();
        let goals: Vec<_> =
            week.into_iter().map(|row| (row.user_id, row.kpis["P"].clone())).collect();
        assert!(!goals.is_empty());
        found.push((fit.posterior_summary, predictions, goals));
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn churn_gives_the_same_coefficients_and_the_same_risks() {
    let mut found = Vec::new();
    for place in Place::both().await {
        let outcome = place.run("fit-survival-churn").await;
        assert!(outcome.rows > 20 && !outcome.noop, "{outcome:?}");
        let fit = place.store.latest_survival_fit(at(NOW)).await.unwrap().unwrap();
        let risks = place.store.survival_risks().await.unwrap();
        assert!(risks.iter().any(|risk| risk.hazard_ratio.is_some()));
        let risks: Vec<_> = risks
            .into_iter()
            .map(|risk| (risk.user_id, risk.risk_score, risk.rank_percentile, risk.survival))
            .collect();
        found.push((fit.coefficients, fit.concordance, fit.survival_curve, risks));
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_to_fit_is_no_failure() {
    for service in [None, Some(Service::start(config()).await)] {
        let place = Place::with(service, 1).await;
        for job in ["fit-bayesian-growth", "fit-survival-churn"] {
            assert!(place.run(job).await.noop, "{job}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_fit_of_this_process_can_be_repeated_here() {
    let [here, there] = Place::both().await;
    for (place, repeatable) in [(here, true), (there, false)] {
        for job in ["mirt-calibrate", "fit-bayesian-growth", "fit-survival-churn"] {
            place.run(job).await;
            let runs = place
                .store
                .runs(RunFilter { name: Some(job), actor: None, limit: 1 })
                .await
                .unwrap();
            let verified = verify_run(&place.store, &runs[0].start.run_id).await.unwrap();
            let identical = matches!(verified, Verification::Identical { .. });
            assert_eq!(identical, repeatable, "{job}: {verified}");
        }
    }
}
