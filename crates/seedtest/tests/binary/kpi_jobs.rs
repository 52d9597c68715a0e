//! What the KPI jobs store, take over and leave alone.

use seedtest_store::{AbilityUpdate, AttemptRow, KpiPatch, Store, Target, TopicTheta};
use serde_json::{Map, Value, json};

use crate::playground::{Playground, Run};

/// A place with a database that the test itself fills.
pub(crate) struct Place {
    pub(crate) place: Playground,
    url: Option<String>,
}

impl Place {
    pub(crate) fn both() -> [Self; 2] {
        let url = seedtest_testkit::postgres_database().unwrap();
        [None, Some(url)].map(Self::on)
    }

    /// A place on that server, or with a file of its own; migrated.
    pub(crate) fn on(url: Option<String>) -> Self {
        let place = Self { place: Playground::new(), url };
        place.run(&[], &["migrate"]);
        place
    }

    pub(crate) fn run(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let run = self.attempt(environment, arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run
    }

    /// Runs a command that may fail.
    pub(crate) fn attempt(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut all = environment.to_vec();
        all.extend(self.url.as_deref().map(|url| ("DATABASE_URL", url)));
        self.place.run_with(&all, arguments)
    }

    /// Address of the server, where the place has one.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Number of rows of a table, as the binary itself counts them.
    pub(crate) fn place_rows(&self, table: &str) -> u64 {
        let doctor = self.run(&[], &["doctor"]).stdout;
        let prefix = format!("{table}: ");
        let line = doctor.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_else(|| panic!("no table {table} in {doctor}")).parse().unwrap()
    }

    pub(crate) fn with<T>(&self, work: impl AsyncFnOnce(&Store) -> T) -> T {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.unwrap().block_on(async {
            let target = match &self.url {
                Some(url) => Target::parse(url).unwrap(),
                None => Target::Sqlite { path: self.place.path("seedtest-data/seedtest.db") },
            };
            let store = Store::open(&target).await.unwrap();
            let result = work(&store).await;
            store.close().await;
            result
        })
    }

    /// One answer a day at noon from 1 to 20 March 2025, right on even days.
    fn answers(&self, users: &[&str]) {
        let rows: Vec<AttemptRow<'_>> = users
            .iter()
            .flat_map(|&user_id| (1..=20u32).map(move |day| answer(user_id, day)))
            .collect();
        self.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.write_attempts(&rows).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    fn patch(&self, user_id: &str, week: &str, keys: Value) {
        let Value::Object(patch) = keys else { panic!("an object") };
        let row = KpiPatch { user_id: user_id.into(), week_start: week.parse().unwrap(), patch };
        self.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.merge_weekly_kpi(&[row]).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    fn ability(&self, user_id: &str, theta: f64, at: &str) {
        let update = AbilityUpdate {
            user_id: user_id.into(),
            theta,
            se: 0.4,
            model: "2PL".into(),
            fitted_at: at.parse().unwrap(),
            n_answers: None,
        };
        self.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.write_ability_update(&update).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    fn topic(&self, topic_id: &str, theta: f64, se: f64, at: &str) {
        let row = TopicTheta {
            user_id: "amy".into(),
            topic_id: topic_id.into(),
            theta,
            se: Some(se),
            model: "2PL".into(),
            version: None,
            run_id: None,
            fitted_at: at.parse().unwrap(),
        };
        self.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.write_topic_thetas(&[row]).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    pub(crate) fn kpis(&self, user_id: &str, week: &str) -> Option<Map<String, Value>> {
        let rows = self.with(async |store| store.weekly_kpi(week.parse().unwrap()).await.unwrap());
        rows.into_iter().find(|row| row.user_id == user_id).map(|row| row.kpis)
    }
}

fn answer(user_id: &str, day: u32) -> AttemptRow<'_> {
    const ITEMS: [&str; 4] = ["q0", "q1", "q2", "q3"];
    AttemptRow {
        user_id,
        item_id: ITEMS[(day % 4) as usize],
        topic_id: Some("t1"),
        session_id: None,
        subject_id: None,
        completed_at: format!("2025-03-{day:02}T12:00:00Z").parse().unwrap(),
        correct: Some(day.is_multiple_of(2)),
        response_time_ms: Some(1000 * day),
        used_hints: Some(day % 3),
        source: None,
        points: None,
        max_points: None,
    }
}

fn close(value: &Value, expected: f64) {
    let number = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((number - expected).abs() < 5e-6, "{number} is not {expected}");
}

const DAILY: &[&str] = &["job", "run", "compute-daily-kpis"];
const WEEK: &str = "2025-03-17";

#[test]
fn the_daily_job_leaves_a_fresh_posterior_and_a_fresh_survival_risk_alone() {
    for place in Place::both() {
        place.answers(&["amy", "ben"]);
        place.ability("amy", 0.2, "2025-03-18T03:00:00Z");
        let fits = json!({
            "P": 0.9, "sigma": 0.05, "P_lower": 0.8, "P_upper": 0.97, "P_source": "brms",
            "P_fitted_at": "2025-03-17T04:30:00Z",
            "S": 0.33, "S_source": "survival", "S_fitted_at": "2025-03-19T05:00:00Z",
            "growth_slope": 0.1,
        });
        place.patch("amy", WEEK, fits.clone());
        place.run(&[], DAILY);
        let amy = place.kpis("amy", WEEK).unwrap();
        for (key, value) in fits.as_object().unwrap() {
            assert_eq!(&amy[key], value, "{key}");
        }
        assert!(amy["I_t"].is_number());
        assert_eq!(place.kpis("ben", WEEK).unwrap()["S_source"], "heuristic");
    }
}

#[test]
fn stale_fits_give_way_with_everything_that_belongs_to_them() {
    for place in Place::both() {
        place.answers(&["amy"]);
        place.ability("amy", 0.2, "2025-03-18T03:00:00Z");
        let fits = json!({
            "P": 0.9, "sigma": 0.05, "P_lower": 0.8, "P_upper": 0.97, "P_source": "brms",
            "P_fitted_at": "2025-03-05T04:30:00Z",
            "S": 0.33, "S_source": "survival", "S_fitted_at": "2025-03-17T05:00:00Z",
        });
        place.patch("amy", WEEK, fits);
        place.run(&[("METRICS_DEFAULT_TARGET", "0.5")], DAILY);
        let amy = place.kpis("amy", WEEK).unwrap();
        close(&amy["P"], 0.22663);
        assert_eq!(amy["P_source"], "normal");
        assert_eq!(amy["P_fitted_at"], "2025-03-18T03:00:00.000000Z");
        for key in ["sigma", "P_lower", "P_upper"] {
            assert_eq!(amy[key], Value::Null, "{key}");
            assert_eq!(amy["reasons"][key], "no_posterior");
        }
        assert_eq!(amy["S_source"], "heuristic");
    }
}

#[test]
fn a_posterior_is_carried_into_the_new_week_only_when_asked() {
    for place in Place::both() {
        place.answers(&["amy"]);
        let fit = json!({
            "P": 0.9, "sigma": 0.05, "P_lower": 0.8, "P_upper": 0.97, "P_source": "brms",
            "P_fitted_at": "2025-03-10T04:30:00Z",
        });
        place.patch("amy", "2025-03-10", fit.clone());
        place.run(&[], DAILY);
        let without = place.kpis("amy", WEEK).unwrap();
        assert_eq!(without["P"], Value::Null);
        assert_eq!(without["reasons"]["P"], "not_estimated_yet");
        place.run(&[("METRICS_USE_BAYESIAN", "true")], DAILY);
        let carried = place.kpis("amy", WEEK).unwrap();
        for (key, value) in fit.as_object().unwrap() {
            assert_eq!(&carried[key], value, "{key}");
        }
        assert_eq!(carried["reasons"].get("P"), None);
    }
}

#[test]
fn one_bad_student_does_not_lose_the_others() {
    for place in Place::both() {
        place.answers(&["amy", "ben"]);
        // A standard error of 1e-200 has no finite weight, so the topics have no finite mean.
        place.topic("t1", 0.5, 1e-200, "2025-03-19T00:00:00Z");
        let run = place.run(&[], DAILY);
        assert!(run.stdout.contains("[ERROR] user=amy error=theta is not a finite number\n"));
        assert!(run.stdout.contains("processed_users=1, failed_users=1, week=2025-03-17"));
        assert!(place.kpis("amy", WEEK).is_none());
        assert!(place.kpis("ben", WEEK).is_some());
    }
}

#[test]
fn improvement_from_topic_abilities_when_there_is_no_overall_one() {
    for place in Place::both() {
        place.answers(&["amy"]);
        place.topic("t1", -0.1, 0.2, "2025-03-02T00:00:00Z");
        place.topic("t1", 0.2, 0.2, "2025-03-19T00:00:00Z");
        place.run(&[("METRICS_USE_IRT_THETA", "true")], DAILY);
        let amy = place.kpis("amy", WEEK).unwrap();
        assert_eq!(amy["method"], "theta_delta");
        // 14 answers in the window: 0.3·(14/30)·(1 − 1.96·0.2)
        close(&amy["I_t"], 0.3 * 14.0 / 30.0 * (1.0 - 1.96 * 0.2));
        close(&amy["theta"], 0.2);
    }
}

#[test]
fn features_hold_exact_medians_and_the_state_of_the_evening() {
    for place in Place::both() {
        place.answers(&["amy"]);
        place.ability("amy", 0.4, "2025-03-10T03:00:00Z");
        place.ability("amy", 0.6, "2025-03-12T23:59:59Z");
        let aggregate = ["job", "run", "aggregate-features-daily", "--date", "2025-03-13"];
        let first = place.run(&[("AGG_INCLUDE_THETA", "true")], &aggregate);
        assert!(first.stdout.contains("Aggregating features for 8 (user, topic, date)"));
        let read = || {
            place.with(async |store| {
                let (first, last) = ("2025-01-01", "2025-12-31");
                store.features(first.parse().unwrap(), last.parse().unwrap()).await.unwrap()
            })
        };
        let rows = read();
        assert_eq!(rows.len(), 8);
        let theta: Vec<_> = rows.iter().map(|row| row.theta_estimate).collect();
        let evening = [vec![None; 4], vec![Some(0.4); 2], vec![Some(0.6); 2]].concat();
        assert_eq!(theta, evening);
        let last = &rows[7];
        assert_eq!((last.attempts, last.correct, last.hints), (1, 0, 1));
        assert_eq!((last.avg_time_ms, last.rt_median), (Some(13_000), Some(13_000)));
        assert_eq!(last.last_seen_at.to_rfc3339(), "2025-03-13T12:00:00+00:00");
        // 13 answers from 1 March, none before the window: nothing to compare with.
        assert_eq!(last.improvement, None);
        place.run(&[("AGG_INCLUDE_THETA", "true")], &aggregate);
        assert_eq!(read(), rows);
        let backfill = ["job", "run", "features-backfill", "--from", "2025-03-20", "--user", "amy"];
        place.run(&[], &backfill);
        // 14 answers, 7 right, against 6 answers, 3 right: no change.
        assert_eq!(read()[8].improvement, Some(0.0));
    }
}

#[test]
fn a_week_is_computed_again_also_for_silent_students_with_an_ability() {
    for place in Place::both() {
        place.answers(&["amy"]);
        place.ability("zoe", 1.0, "2025-03-01T00:00:00Z");
        let run = place.run(&[("KPI_WEEK_START", "2025-03-12")], &["job", "recompute_weekly_kpi"]);
        let line = "Weekly KPI recompute finished. Users processed: 2 (week_start=2025-03-10).";
        assert_eq!(run.stdout.trim(), line);
        let zoe = place.kpis("zoe", "2025-03-10").unwrap();
        assert_eq!(zoe["A_t"], Value::Null);
        // 1 − Φ((0 − 1)/0.4)
        close(&zoe["P"], 0.99379);
        let this_week = place.run(&[("KPI_WEEK_START", "soon")], &["job", "recompute-weekly-kpi"]);
        assert!(this_week.stdout.contains("week_start=2025-03-17"), "{}", this_week.stdout);
    }
}

#[test]
fn counts_are_told_and_never_fail() {
    for place in Place::both() {
        place.answers(&["amy"]);
        place.ability("amy", 0.5, "2025-03-18T00:00:00Z");
        place.run(&[], DAILY);
        let run = place.run(&[], &["job", "verify-counts"]);
        for line in [
            "mirt_item_params: 0",
            "mirt_ability: 1",
            "weekly_kpi: 1",
            "[VERIFY] user=amy theta=0.5000 weekly_kpi=2025-03-17",
        ] {
            assert!(run.stdout.lines().any(|found| found == line), "{line}: {}", run.stdout);
        }
    }
}

#[test]
fn a_model_and_the_daily_job_write_at_once_and_neither_loses() {
    let users: Vec<String> = (0..40).map(|user| format!("u{user:02}")).collect();
    let ids: Vec<&str> = users.iter().map(String::as_str).collect();
    for place in Place::both() {
        place.answers(&ids);
        for user_id in &ids {
            place.ability(user_id, 0.2, "2025-03-18T03:00:00Z");
        }
        std::thread::scope(|scope| {
            let model = scope.spawn(|| {
                for id in &ids {
                    let fit = json!({
                        "P": 0.9, "sigma": 0.05, "P_source": "brms",
                        "P_fitted_at": "2025-03-20T04:30:00Z", "growth_slope": 0.1,
                    });
                    place.patch(id, WEEK, fit);
                }
            });
            for _ in 0..3 {
                place.run(&[], DAILY);
            }
            model.join().unwrap();
        });
        for id in &ids {
            let kpis = place.kpis(id, WEEK).unwrap();
            assert_eq!(kpis["P_source"], "brms", "{id}");
            close(&kpis["P"], 0.9);
            close(&kpis["growth_slope"], 0.1);
            assert!(kpis["A_t"].is_number(), "{id}");
        }
    }
}
