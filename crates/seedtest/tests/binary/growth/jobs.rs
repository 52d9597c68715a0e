//! The job of growth, and what the service predicts from its fits.

use seedtest_store::{AttemptRow, KpiPatch, Store, Target};
use serde_json::{Map, Value, json};

use super::{noise, number};
use crate::anchors::service;
use crate::playground::{Playground, Run};

/// A place with a database of ten students who answer six questions a week for eight weeks.
struct School {
    place: Playground,
    url: Option<String>,
}

impl School {
    fn both() -> [Self; 2] {
        let url = seedtest_testkit::postgres_database().unwrap();
        [None, Some(url)].map(|url| {
            let school = Self { place: Playground::new(), url };
            school.must(&[], &["migrate"]);
            school.answers();
            school
        })
    }

    /// Runs a command that has to succeed; a model of few draws may not converge.
    fn must(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let run = self.run(environment, arguments);
        run.ended();
        run
    }

    fn run(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut all = environment.to_vec();
        all.extend(self.url.as_deref().map(|url| ("DATABASE_URL", url)));
        self.place.run_with(&all, arguments)
    }

    fn with<T>(&self, work: impl AsyncFnOnce(&Store) -> T) -> T {
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

    fn answers(&self) {
        let users: Vec<String> = (0..10).map(|student| format!("s{student}")).collect();
        let rows: Vec<AttemptRow<'_>> = users
            .iter()
            .enumerate()
            .flat_map(|(student, id)| {
                (0..8usize)
                    .flat_map(move |week| (0..6usize).map(move |n| answer(id, student, week, n)))
            })
            .collect();
        self.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.write_attempts(&rows).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    fn kpis(&self, user_id: &str, week: &str) -> Map<String, Value> {
        let rows = self.with(async |store| store.weekly_kpi(week.parse().unwrap()).await.unwrap());
        rows.into_iter().find(|row| row.user_id == user_id).map(|row| row.kpis).unwrap_or_default()
    }
}

fn answer(id: &str, student: usize, week: usize, n: usize) -> AttemptRow<'_> {
    const ITEMS: [&str; 6] = ["q0", "q1", "q2", "q3", "q4", "q5"];
    let monday: chrono::DateTime<chrono::Utc> = "2025-01-27T12:00:00Z".parse().unwrap();
    let chance = 0.3 + 0.03 * student as f64 + 0.03 * week as f64;
    AttemptRow {
        user_id: id,
        item_id: ITEMS[n],
        topic_id: Some("t1"),
        session_id: None,
        subject_id: None,
        completed_at: monday + chrono::Duration::days((7 * week + n % 4) as i64),
        correct: Some(noise(student * 8 + week, n) + 0.5 < chance),
        response_time_ms: Some(20_000),
        used_hints: Some(0),
        source: None,
        points: None,
        max_points: None,
    }
}

const JOB: &[&str] = &["job", "run", "fit-bayesian-growth"];
const WEEK: &str = "2025-03-17";
const KEYS: [&str; 8] =
    ["P", "sigma", "P_lower", "P_upper", "P_source", "P_fitted_at", "P_target", "P_target_scale"];

#[test]
fn the_job_writes_probabilities_that_the_daily_job_carries_into_the_next_week() {
    for school in School::both() {
        school.must(&[], &["job", "run", "compute-daily-kpis"]);
        assert_eq!(school.kpis("s3", WEEK)["P_source"], Value::Null);
        let dry = school.must(&[], &[JOB, &["--dry-run"]].concat());
        assert!(dry.stdout.contains("Predictions computed for 10 students"), "{}", dry.stdout);
        assert_eq!(school.kpis("s3", WEEK)["P"], Value::Null);

        let run = school.must(&[], JOB);
        for line in [
            "[INFO] Fitting Bayesian growth model (lookback=8 weeks, n_samples=1000, n_chains=2)",
            "[INFO] Updated weekly_kpi.P/sigma for 10 users",
            "[INFO] Bayesian growth model fitting completed: run_id=brms-20250320-120000",
        ] {
            assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
        }
        let fitted = school.kpis("s3", WEEK);
        assert_eq!(fitted["P_source"], "brms");
        assert_eq!(fitted["P_fitted_at"], "2025-03-20T12:00:00.000000Z");
        assert!(number(&fitted["P_lower"]) < number(&fitted["P"]));
        assert!(number(&fitted["sigma"]) > 0.05, "that of the student: {fitted:?}");
        assert_eq!(
            (&fitted["P_target"], &fitted["P_target_scale"]),
            (&json!(0.0), &json!("theta"))
        );
        assert!(fitted["I_t"].is_number(), "the keys of the other writer stay");
        for key in ["P", "sigma", "P_lower", "P_upper"] {
            assert_eq!(fitted["reasons"].get(key), None, "{key} is known now");
        }

        let next = [("SEEDTEST_NOW", "2025-03-25T02:10:00Z"), ("METRICS_USE_BAYESIAN", "true")];
        school.must(&next, &["job", "run", "compute-daily-kpis"]);
        let carried = school.kpis("s3", "2025-03-24");
        for key in KEYS {
            assert_eq!(carried[key], fitted[key], "{key}");
        }
        let report =
            ["report", "--student", "s3", "--week", WEEK, "--lang", "en", "--out", "report"];
        school.must(&[], &report);
        let percent = format!("{:.0}", 100.0 * number(&fitted["P"]));
        let page = std::fs::read_dir(school.place.path("report"))
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .find(|text| text.contains("s3"));
        assert!(page.unwrap().contains(&percent), "P = {percent} % is not on the page");
    }
}

#[test]
fn a_later_fit_stands_on_the_scale_of_the_first_and_an_unreliable_one_changes_nothing() {
    for school in School::both() {
        school.must(&[], JOB);
        let settings = |run_id: &str| {
            let fit = school.with(async |store| store.growth_fit(run_id).await.unwrap());
            fit.unwrap_or_else(|| panic!("no fit {run_id}")).settings
        };
        let first = settings("brms-20250320-120000");
        assert_eq!(first["scale"]["source"], "attempt");
        let before = school.kpis("s3", WEEK);

        // Three draws cannot agree: the run is recorded, the probabilities stay.
        let later = [("SEEDTEST_NOW", "2025-03-21T12:00:00Z")];
        let poor =
            [JOB, &["--lookback-weeks", "4", "--n-samples", "3", "--n-warmup", "0"]].concat();
        let run = school.run(&later, &poor);
        assert_eq!(run.code, Some(3), "{}", run.transcript());
        assert!(run.stdout.contains("P and sigma stay as they were"), "{}", run.stdout);
        assert_eq!(school.kpis("s3", WEEK), before);
        assert_eq!(settings("brms-20250321-120000")["scale"], first["scale"]);
        let latest = school.with(async |store| {
            store.latest_growth_fit("2025-04-01T00:00:00Z".parse().unwrap()).await.unwrap()
        });
        assert_eq!(latest.unwrap().run_id, "brms-20250320-120000");

        let forced = school.must(&later, &[&poor[..], &["--force"]].concat());
        assert!(forced.stdout.contains("Updated weekly_kpi.P/sigma for 10 users"));
        assert_ne!(school.kpis("s3", WEEK)["P"], before["P"]);
    }
}

#[test]
fn a_student_without_a_row_gets_one_and_a_run_can_be_repeated() {
    for school in School::both() {
        let old = KpiPatch {
            user_id: "s1".into(),
            week_start: "2025-03-03".parse().unwrap(),
            patch: Map::from_iter([("I_t".to_string(), json!(0.1))]),
        };
        school.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.merge_weekly_kpi(&[old]).await.unwrap();
            tx.commit().await.unwrap();
        });
        school.must(&[], JOB);
        assert_eq!(school.kpis("s1", "2025-03-03")["P_source"], "brms", "on the newest row");
        assert!(school.kpis("s1", WEEK).is_empty());
        assert_eq!(school.kpis("s2", WEEK)["P_source"], "brms", "in a row of this week");
        let runs = school.must(&[], &["runs", "list"]).stdout;
        let run = runs.split_whitespace().find(|word| word.starts_with("fit-bayesian-growth-"));
        let verified = school.must(&[], &["runs", "verify", run.unwrap()]);
        assert!(!verified.stdout.to_lowercase().contains("differ"), "{}", verified.stdout);
    }
}

/// Writes an ability of one student.
fn ability(school: &School, user_id: &str, theta: f64) {
    ability_on(school, user_id, theta, "2025-03-19T03:00:00Z");
}

fn ability_on(school: &School, user_id: &str, theta: f64, at: &str) {
    let update = seedtest_store::AbilityUpdate {
        user_id: user_id.into(),
        theta,
        se: 0.3,
        model: "2PL".into(),
        fitted_at: at.parse().unwrap(),
        n_answers: None,
    };
    school.with(async |store| {
        let mut tx = store.begin().await.unwrap();
        tx.write_ability_update(&update).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_stored_fit_predicts_the_students_it_has_not_seen() {
    const RECOMPUTE: &[&str] = &["job", "run", "recompute-weekly-kpi"];
    let bayesian: &[(&str, &str)] = &[("METRICS_USE_BAYESIAN", "true")];
    for school in School::both() {
        ability(&school, "low", -0.6);
        ability(&school, "high", 0.6);
        school.must(bayesian, RECOMPUTE);
        assert_eq!(school.kpis("low", WEEK)["P_source"], "normal", "no fit yet");
        school.must(&[], JOB);
        school.must(bayesian, RECOMPUTE);
        let [low, high] = ["low", "high"].map(|id| school.kpis(id, WEEK));
        for found in [&low, &high] {
            assert_eq!(
                (&found["P_source"], &found["P_basis"]),
                (&json!("brms"), &json!("ability"))
            );
            assert_eq!(found["P_fitted_at"], "2025-03-20T12:00:00.000000Z");
            let [lower, p, upper] = ["P_lower", "P", "P_upper"].map(|key| number(&found[key]));
            assert!(0.0 < lower && lower < p && p < upper && upper < 1.0, "{found:?}");
            assert!(number(&found["sigma"]) > 0.0);
            assert_eq!(found["reasons"].get("sigma"), None);
        }
        assert!(number(&low["P"]) < number(&high["P"]), "{low:?} {high:?}");
        assert_eq!(
            school.kpis("s3", WEEK)["P_basis"],
            "scores",
            "a student of the fit keeps its P"
        );

        // A newer ability counts at once, and without the switch the approximation does.
        ability(&school, "low", 0.9);
        school.must(bayesian, RECOMPUTE);
        assert!(number(&school.kpis("low", WEEK)["P"]) > number(&low["P"]));
        school.must(&[], RECOMPUTE);
        let normal = school.kpis("high", WEEK);
        assert_eq!((&normal["P_source"], &normal["sigma"]), (&json!("normal"), &Value::Null));
        // A week before the fit knows nothing of it.
        school.must(bayesian, &[RECOMPUTE, &["--week-start", "2025-03-10"]].concat());
        assert_ne!(school.kpis("high", "2025-03-10").get("P_source"), Some(&json!("brms")));
    }
}

#[test]
fn the_p_of_a_fit_on_abilities_is_that_of_the_prediction_service() {
    for school in School::both() {
        for (week, day) in ["05", "12", "19"].into_iter().enumerate() {
            for student in 0..10 {
                let theta =
                    0.1 * student as f64 - 0.4 + 0.05 * week as f64 + 0.3 * noise(student, week);
                let at = format!("2025-03-{day}T03:00:00Z");
                ability_on(&school, &format!("s{student}"), theta, &at);
            }
        }
        school.must(&[], &[JOB, &["--score-source", "theta", "--horizon-weeks", "2"]].concat());
        ability(&school, "zoe", 0.35);
        let bayesian = [("METRICS_USE_BAYESIAN", "true"), ("METRICS_DEFAULT_TARGET", "0.5")];
        school.must(&bayesian, &["job", "run", "recompute-weekly-kpi"]);
        let fit = school
            .with(async |store| store.growth_fit("brms-20250320-120000").await.unwrap().unwrap());
        let mut settings = fit.settings;
        let model = serde_json::from_value(settings["model"].take()).unwrap();
        let request = json!({"target": 0.5, "user_features": {"current_score": 0.35, "se": 0.3}});
        let request = serde_json::from_value(request).unwrap();
        let never = seedtest_numerics::Interrupt::never();
        let expected = seedtest_families::growth::predict(&request, Some(&model), &never).unwrap();
        let found = school.kpis("zoe", WEEK);
        assert_eq!(found["P_basis"], "ability");
        assert!((number(&found["P"]) - expected.probability.unwrap()).abs() < 1e-9);
        assert!((number(&found["P_upper"]) - expected.upper.unwrap()).abs() < 1e-9);
    }
}

#[test]
fn right_answers_are_counted_and_a_later_day_starts_warm() {
    for school in School::both() {
        let settings = |run_id: &str| {
            let fit = school.with(async |store| store.growth_fit(run_id).await.unwrap());
            fit.unwrap_or_else(|| panic!("no fit {run_id}")).settings
        };
        let binomial: &[(&str, &str)] = &[("BRMS_FAMILY", "binomial")];
        // Ten students are few: whether the chains diverge is not the question here.
        school.must(binomial, &[JOB, &["--force"]].concat());
        let first = settings("brms-20250320-120000");
        assert_eq!((&first["family"], &first["warm_start"]), (&json!("binomial"), &json!(false)));
        // Ability 0 is the average share of right answers.
        let average = number(&first["scale"]["mean"]);
        assert!((number(&first["target"]) - average).abs() < 1e-12, "{first}");
        assert_eq!(school.kpis("s3", WEEK)["P_source"], "brms");
        school.must(&[], JOB);
        for (now, run_id, warm) in [
            ("2025-03-20T18:00:00Z", "brms-20250320-180000", false),
            ("2025-03-21T12:00:00Z", "brms-20250321-120000", true),
        ] {
            school.must(&[("SEEDTEST_NOW", now)], JOB);
            assert_eq!(settings(run_id)["warm_start"], warm, "{now}");
        }
        let runs = school.must(&[], &["runs", "list"]).stdout;
        let warm = runs.split_whitespace().find(|word| word.starts_with("fit-bayesian-growth-"));
        let verified = school.must(&[], &["runs", "verify", warm.unwrap()]);
        assert!(!verified.stdout.to_lowercase().contains("differ"), "{}", verified.stdout);
        let theta = [JOB, &["--score-source", "theta"]].concat();
        ability(&school, "s1", 0.1);
        ability(&school, "s2", 0.3);
        let mut environment = binomial.to_vec();
        environment.extend(school.url.as_deref().map(|url| ("DATABASE_URL", url)));
        let run = school.place.run_with(&environment, &theta);
        assert_ne!(run.code, Some(0), "{}", run.transcript());
        assert!(run.transcript().contains("no shares of right answers"), "{}", run.transcript());
    }
}

#[test]
fn scores_of_one_week_say_nothing_of_growth_and_leave_no_probability() {
    for school in School::both() {
        for student in 0..10 {
            ability(&school, &format!("s{student}"), 0.1 * f64::from(student) - 0.4);
        }
        let run = school.must(&[], &[JOB, &["--score-source", "theta"]].concat());
        assert!(run.stdout.contains("P is null (slope_of_prior)"), "{}", run.stdout);
        let row = school.kpis("s3", WEEK);
        assert_eq!((&row["P"], &row["P_source"]), (&Value::Null, &Value::Null));
        for key in ["P", "sigma", "P_lower", "P_upper"] {
            assert_eq!(row["reasons"][key], "slope_of_prior", "{row:?}");
        }
        let fit =
            school.with(async |store| store.growth_fit("brms-20250320-120000").await.unwrap());
        assert_eq!(fit.unwrap().diagnostics["verdict"], "unidentified");
    }
}

#[test]
fn the_stored_verdict_is_the_one_that_was_answered() {
    for school in School::both() {
        // 2 × 60 draws agree but are few.
        let short = [JOB, &["--n-samples", "60"]].concat();
        school.must(&[], &short);
        let fit =
            school.with(async |store| store.growth_fit("brms-20250320-120000").await.unwrap());
        let diagnostics = fit.unwrap().diagnostics;
        assert_ne!(diagnostics["verdict"], "converged", "{diagnostics}");
        assert_eq!(diagnostics["verdict"], diagnostics["details"]["status"], "{diagnostics}");
        let latest = school.with(async |store| {
            store.latest_growth_fit("2025-04-01T00:00:00Z".parse().unwrap()).await.unwrap()
        });
        assert_eq!(latest, None);
    }
}

#[test]
fn without_answers_abilities_are_fitted_and_without_both_nothing_is() {
    for school in School::both() {
        let theta = [JOB, &["--score-source", "theta"]].concat();
        let run = school.must(&[], &theta);
        assert!(run.stdout.contains("[WARN] No data found for Bayesian fitting"), "{}", run.stdout);
        for (week, (day, at)) in [("03", -0.1), ("10", 0.0), ("17", 0.2)].into_iter().enumerate() {
            let fitted_at = format!("2025-03-{day}T03:00:00Z");
            school.with(async |store| {
                let mut tx = store.begin().await.unwrap();
                for student in 0..10usize {
                    let update = seedtest_store::AbilityUpdate {
                        user_id: format!("s{student}"),
                        theta: at + 0.1 * student as f64 + 0.5 * noise(student, week),
                        se: 0.3,
                        model: "2PL".into(),
                        fitted_at: fitted_at.parse().unwrap(),
                        n_answers: None,
                    };
                    tx.write_ability_update(&update).await.unwrap();
                }
                tx.commit().await.unwrap();
            });
        }
        let run = school.must(&[], &theta);
        assert!(run.stdout.contains("Loaded 30 weekly scores of 10 students from mirt_ability"));
        assert_eq!(school.kpis("s2", WEEK)["P_source"], "brms");
    }
}

#[test]
fn a_service_at_another_address_fits_and_its_refusal_fails_the_job() {
    let fitted = json!({
        "status": "success", "posterior_summary": {"week": {"mean": 0.04}},
        "diagnostics": {"rhat": {"max": 1.01}, "divergences": 0},
        "predictions": {"s1": {"probability": 0.7, "uncertainty": 0.12}, "s2": {"P": 2.0}},
    });
    for school in School::both() {
        let (url, _, last) = service(vec![(200, fitted.clone())]);
        let run = school.must(&[("R_BRMS_BASE_URL", &url)], JOB);
        assert!(run.stdout.contains("Predictions computed for 1 students"), "{}", run.stdout);
        let row = school.kpis("s1", WEEK);
        assert_eq!((&row["P"], &row["sigma"]), (&json!(0.7), &json!(0.12)));
        assert_eq!((&row["P_lower"], &row["P_source"]), (&Value::Null, &json!("brms")));
        assert!(school.kpis("s2", WEEK).is_empty(), "2.0 is no probability");
        let request = last.lock().unwrap().clone();
        assert!(request.starts_with("POST /growth/fit "), "{request}");
        for part in ["\"student_id\":\"s1\"", "\"n_samples\":1000", "\"eta\":1.0"] {
            assert!(request.contains(part), "{part}");
        }

        let (url, calls, _) = service(vec![(422, json!({"message": "no variation"}))]);
        let mut environment = vec![("R_BRMS_BASE_URL", &*url)];
        environment.extend(school.url.as_deref().map(|url| ("DATABASE_URL", url)));
        let run = school.place.run_with(&environment, JOB);
        assert_eq!(run.code, Some(1), "{}", run.transcript());
        assert!(run.stdout.contains("[ERROR] R BRMS service call failed"), "{}", run.stdout);
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert_eq!(school.kpis("s1", WEEK), row);
    }
}
