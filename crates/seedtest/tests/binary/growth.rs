use std::fmt::Write as _;

use seedtest_store::{AttemptRow, KpiPatch, Store, Target};
use serde_json::{Map, Value, json};

use crate::anchors::service;
use crate::playground::{Playground, Run};

/// A number in −0.5..0.5 that looks random and never changes.
fn noise(student: usize, week: usize) -> f64 {
    let mixed = (student * 7_919 + week * 104_729 + 12_345) * 2_654_435_761;
    (mixed / 65_536 % 10_000) as f64 / 10_000.0 - 0.5
}

/// Twelve students over eight weeks; later ones start higher, and all grow by 0.1 a week.
fn scores() -> String {
    let mut text = String::from("student_id,week,score\n");
    for student in 0..12 {
        for week in (0..8).filter(|week| (student + week) % 5 != 0) {
            let score = 0.1 * student as f64 - 0.5 + 0.1 * week as f64 + noise(student, week);
            let _ = writeln!(text, "s{student:02},{week},{score:.4}");
        }
    }
    text
}

const SHORT: [&str; 6] = ["--chains", "2", "--warmup", "500", "--samples", "1000"];

fn fit(place: &Playground, more: &[&str]) -> Run {
    let mut arguments = vec!["fit", "growth", "--data", "scores.csv"];
    arguments.extend(SHORT);
    arguments.extend(more);
    place.run(&arguments)
}

fn json_of(run: &Run) -> Value {
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    serde_json::from_str(&run.stdout).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_fit_says_what_it_found_and_how_far_to_trust_it() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let found = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    assert_eq!((&found["status"], &found["ok"]), (&json!("success"), &json!(true)));
    assert_eq!((&found["converged"], &found["n_students"]), (&json!(true), &json!(12)));
    let week = &found["posterior_summary"]["week"];
    assert!((number(&week["mean"]) - 0.1).abs() < 0.05, "{week}");
    assert!(number(&week["q2.5"]) < number(&week["q97.5"]));
    assert_eq!((&week["l95"], &week["u95"]), (&week["q2.5"], &week["q97.5"]));
    assert!(number(&found["diagnostics"]["rhat"]["max"]) < 1.05);
    assert!(number(&found["diagnostics"]["ess_bulk"]["min"]) > 400.0);
    let predictions = found["predictions"].as_object().unwrap();
    assert_eq!(predictions.len(), 12);
    for (id, one) in predictions {
        let [p, lower, upper] = ["probability", "lower", "upper"].map(|key| number(&one[key]));
        assert!(0.0 <= lower && lower <= p && p <= upper && upper <= 1.0, "{id}: {one}");
        assert_eq!((&one["P"], &one["sigma"]), (&one["probability"], &one["uncertainty"]), "{id}");
        assert_eq!(one["reliable"], true, "{id}");
    }
    assert!(number(&predictions["s11"]["P"]) > number(&predictions["s00"]["P"]));
    let table = fit(&place, &["--target", "0.5"]).stdout;
    assert!(table.contains("converged") && table.contains("P(score ≥ 0.5)"), "{table}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let run = |more: &[&str]| fit(&place, &[&["--json", "-"], more].concat()).stdout;
    let one = run(&["--threads", "1"]);
    assert_eq!(one, run(&["--threads", "2"]));
    assert_ne!(one, run(&["--seed", "43"]));
}

#[test]
fn what_cannot_be_fitted_is_refused_with_a_reason() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let refused = |more: &[&str], said: &str| {
        let run = fit(&place, more);
        assert_ne!(run.code, Some(0), "{more:?}");
        assert!(run.stderr.contains(said), "{more:?}: {}", run.stderr);
    };
    refused(&["--formula", "score ~ week + other + (1|student_id)"], "formula");
    refused(&["--formula", "score ~ week + ("], "formula");
    refused(&["--formula", "grade ~ week + (1|student_id)"], "grade");
    refused(&["--family", "poisson"], "gaussian, student, binomial or bernoulli");
    refused(&["--priors", r#"{"week":{"dist":"gamma"}}"#], "priors.week");
    refused(&["--priors", r#"{"weak":{"dist":"flat"}}"#], "intercept, week, sd");
    refused(&["--horizon-weeks", "-1"], "horizon_weeks");
    refused(&["--max-seconds", "0"], "max_seconds");
    refused(&["--credible-interval", "2"], "credible_interval");

    place.write("few.csv", "student,week,score\na,0,0.1\na,1,0.3\n");
    let few = place.must(&["fit", "growth", "--data", "few.csv", "--json", "-"]);
    assert_eq!(json_of(&few)["status"], "noop");
    place.write("dates.csv", scores().replace(",0,", ",2025-01-06,").replace(",1,", ",soon,"));
    let run = place.run(&["fit", "growth", "--data", "dates.csv"]);
    assert!(run.stderr.contains("neither a number nor a date"), "{}", run.stderr);
}

#[test]
fn predictions_come_from_a_mean_from_a_student_or_from_rows() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let normal = ["predict", "growth", "--mean", "0.2", "--sd", "0.4", "--target", "0.5"];
    let found = json_of(&place.run(&[&normal[..], &["--json", "-"]].concat()));
    assert!((number(&found["probability"]) - 0.226_63).abs() < 5e-6, "{found}");
    assert_eq!((&found["method"], &found["lower"]), (&json!("normal"), &Value::Null));
    let without = place.run(&["predict", "growth", "--current-score", "0.2", "--target", "0.5"]);
    assert!(without.stderr.contains("no stored growth model"), "{}", without.stderr);

    let run = fit(&place, &["--target", "0.5", "--keep-model", "--json", "fit.json"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let with_model = |more: &[&str]| {
        let arguments = ["predict", "growth", "--model", "fit.json", "--json", "-"];
        json_of(&place.run(&[&arguments[..], more].concat()))
    };
    let student =
        with_model(&["--current-score", "0.2", "--trend", "0.1", "--weeks-remaining", "2"]);
    assert_eq!(student["method"], "posterior");
    assert!((number(&student["mean_score"]) - 0.4).abs() < 1e-9);
    assert!(number(&student["lower"]) < number(&student["upper"]));

    // The students of the fit again, with a thousand of its draws.
    let again = with_model(&["--data", "scores.csv"]);
    let fitted: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    for (id, one) in fitted["predictions"].as_object().unwrap() {
        let other = &again["predictions"][id];
        let apart = (number(&one["P"]) - number(&other["P"])).abs();
        assert!(apart < 0.02, "{id}: {one} {other}");
    }
}

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

    fn must(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut all = environment.to_vec();
        all.extend(self.url.as_deref().map(|url| ("DATABASE_URL", url)));
        let run = self.place.run_with(&all, arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run
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
    }
}

const JOB: &[&str] = &["job", "run", "fit-bayesian-growth"];
const WEEK: &str = "2025-03-17";
const KEYS: [&str; 6] = ["P", "sigma", "P_lower", "P_upper", "P_source", "P_fitted_at"];

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
        let run = school.must(&later, &poor);
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

#[test]
fn without_answers_abilities_are_fitted_and_without_both_nothing_is() {
    for school in School::both() {
        let theta = [JOB, &["--score-source", "theta"]].concat();
        let run = school.must(&[], &theta);
        assert!(run.stdout.contains("[WARN] No data found for Bayesian fitting"), "{}", run.stdout);
        for (day, at) in [("10", 0.0), ("17", 0.2)] {
            let fitted_at = format!("2025-03-{day}T03:00:00Z");
            school.with(async |store| {
                let mut tx = store.begin().await.unwrap();
                for student in 0..10 {
                    let update = seedtest_store::AbilityUpdate {
                        user_id: format!("s{student}"),
                        theta: at + 0.1 * f64::from(student) + noise(student as usize, 3),
                        se: 0.3,
                        model: "2PL".into(),
                        fitted_at: fitted_at.parse().unwrap(),
                    };
                    tx.write_ability_update(&update).await.unwrap();
                }
                tx.commit().await.unwrap();
            });
        }
        let run = school.must(&[], &theta);
        assert!(run.stdout.contains("Loaded 20 weekly scores of 10 students from mirt_ability"));
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
