//! From the log to the slopes: the job of progress on both databases, its rows, the report.

use std::collections::BTreeMap;

use seedtest_store::{Store, Target};
use serde_json::{Value, json};

use crate::anchors::service;
use crate::playground::{Playground, Run};

/// Late on the last Sunday of a demo of twelve weeks.
const NOW: &str = "2025-05-25T23:00:00Z";

struct School {
    place: Playground,
    urls: [Option<String>; 2],
}

impl School {
    fn new() -> Self {
        let place = Playground::new();
        place.must(&["demo", "--students", "60", "--weeks", "12", "--seed", "5"]);
        let school =
            Self { place, urls: [None, Some(seedtest_testkit::postgres_database().unwrap())] };
        school.each(&["migrate"]);
        school.each(&["import", "seedtest-demo/responses.csv", "seedtest-demo/exams.jsonl"]);
        school.each(&["job", "run", "compute-daily-kpis"]);
        school
    }

    fn run(&self, backend: usize, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut all = vec![("SEEDTEST_NOW", NOW)];
        all.extend(environment);
        all.extend(self.urls[backend].as_deref().map(|url| ("DATABASE_URL", url)));
        let run = self.place.run_with(&all, arguments);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        run
    }

    /// The same command on both databases; both must print the same.
    fn each(&self, arguments: &[&str]) -> Run {
        let [one, two] = [0, 1].map(|backend| self.run(backend, &[], arguments));
        if arguments[0] == "job" {
            assert_eq!(one.stdout, two.stdout);
        }
        one
    }

    async fn store(&self, backend: usize) -> Store {
        let target = match &self.urls[backend] {
            Some(url) => Target::parse(url).unwrap(),
            None => Target::Sqlite { path: self.place.path("seedtest-data/seedtest.db") },
        };
        Store::open(&target).await.unwrap()
    }

    /// The slopes in the stored rows by student, with their errors.
    async fn slopes(&self, backend: usize) -> BTreeMap<String, (f64, f64, String)> {
        let store = self.store(backend).await;
        let week = store.newest_kpi_week().await.unwrap().unwrap();
        let rows = store.weekly_kpi_range(week - chrono::Duration::weeks(12), week).await.unwrap();
        let slope = |row: seedtest_store::WeeklyKpi| {
            let number = |key: &str| row.kpis.get(key).and_then(Value::as_f64);
            let unit = row.kpis.get("growth_slope_unit")?.as_str()?.to_owned();
            Some((row.user_id.clone(), (number("growth_slope")?, number("growth_slope_se")?, unit)))
        };
        rows.into_iter().filter_map(slope).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_log_to_the_slope_in_the_report() {
    let school = School::new();
    let dry = school.each(&["job", "run", "glmm-fit-progress", "--dry-run"]);
    assert!(dry.stdout.contains("Would fit GLMM with "), "{}", dry.transcript());
    assert!(school.slopes(0).await.is_empty());

    let job = ["job", "run", "fit-growth-glmm", "--update-kpi"];
    let first = school.each(&job);
    for line in [
        "[INFO] Fitting GLMM growth model (lookback=12 weeks)",
        "[INFO] Loaded ",
        " weekly observations",
        "[INFO] Fixed effects: (Intercept)=",
        "[INFO] GLMM fit stored: run_id=glmm-20250525-230000; rows=",
        "[INFO] Updated weekly_kpi.growth_slope for ",
        "[INFO] GLMM growth model fitting completed: run_id=glmm-20250525-230000",
    ] {
        assert!(first.stdout.contains(line), "{line} is not in {}", first.stdout);
    }
    let slopes = school.slopes(0).await;
    assert_eq!(slopes, school.slopes(1).await);
    assert!(slopes.len() > 40, "{}", slopes.len());
    assert!(slopes.values().all(|(_, se, unit)| *se > 0.0 && unit == "accuracy"));

    // The row of the run, and slopes that scatter around the fixed one, not around 0.
    let fit =
        school.store(1).await.latest_progress_fit(NOW.parse().unwrap()).await.unwrap().unwrap();
    let week = fit.fixed_effects.as_ref().unwrap()["week"].as_f64().unwrap();
    let mean = slopes.values().map(|(slope, _, _)| slope).sum::<f64>() / slopes.len() as f64;
    let se = fit.metrics["fixed_effects_se"]["week"].as_f64().unwrap();
    assert!((mean - week).abs() < 2.0 * se, "{mean} {week} {se}");
    // Students without a row of KPIs have a slope, too.
    let students = fit.random_effects_summary.unwrap()["student_slopes"].as_u64().unwrap();
    assert!(students >= slopes.len() as u64, "{students}");
    assert_eq!(fit.model_spec["lookback_weeks"], 12);
    assert_eq!(fit.formula.as_deref(), Some("score ~ week + (week|student) + (1|topic)"));

    // Twice is like once, and other jobs leave the slopes alone.
    assert_eq!(first.stdout, school.each(&job).stdout);
    school.each(&["job", "run", "compute-daily-kpis"]);
    assert_eq!(school.slopes(1).await, slopes);
    school.each(&["report", "--all", "--lang", "en", "--out", "out"]);
    let names = std::fs::read_dir(school.place.path("out")).unwrap();
    let text: String =
        names.map(|name| std::fs::read_to_string(name.unwrap().path()).unwrap()).collect();
    assert!(text.contains("percentage points a week"), "the report has no slope");
    for backend in [0, 1] {
        let list = ["runs", "list", "--name", "glmm-fit-progress", "--json"];
        let line: Value =
            serde_json::from_str(school.run(backend, &[], &list).stdout.lines().next().unwrap())
                .unwrap();
        let verified =
            school.run(backend, &[], &["runs", "verify", line["run_id"].as_str().unwrap()]);
        assert!(verified.stdout.contains("identical"), "{}", verified.transcript());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn right_answers_may_be_counted_and_formulas_chosen() {
    let school = School::new();
    let binomial = [("GLMM_FAMILY", "binomial"), ("GLMM_UPDATE_KPI", "true")];
    let run = school.run(0, &binomial, &["job", "run", "glmm_fit_progress"]);
    assert!(run.stdout.contains("GLMM fit stored"), "{}", run.transcript());
    let slopes = school.slopes(0).await;
    assert!(slopes.values().all(|(_, _, unit)| unit == "log_odds") && !slopes.is_empty());

    let formula = ["--formula", "score ~ week + (1|student_id)", "--update-kpi"];
    let job = ["job", "run", "glmm-fit-progress"];
    let run = school.run(1, &[], &[&job[..], &formula].concat());
    assert!(run.stdout.contains("no slope over weeks by student"), "{}", run.transcript());
    assert!(school.slopes(1).await.is_empty());
    let nobody = [&job[..], &["--min-observations", "100000"]].concat();
    assert!(school.run(1, &[], &nobody).stdout.contains("No weekly aggregates found; exiting."));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_week_has_no_slope_and_none_are_refused() {
    let school = School::new();
    let job = ["job", "run", "glmm-fit-progress", "--update-kpi", "--lookback-weeks"];
    let ends = |weeks: &str, environment: &[(&str, &str)]| {
        let mut all = vec![("SEEDTEST_NOW", NOW)];
        all.extend(environment);
        school.place.run_with(&all, &[&job[..], &[weeks]].concat())
    };
    let run = ends("1", &[]);
    assert_eq!(run.code, Some(3), "{}", run.transcript());
    for line in [
        "the data do not determine student.week",
        "growth_slope stays as it was: the data do not determine student.week (`week` is 0 in every row",
        "no estimate of week",
    ] {
        assert!(run.stdout.contains(line), "{line}: {}", run.transcript());
    }
    assert!(school.slopes(0).await.is_empty());
    let fit =
        school.store(0).await.latest_progress_fit(NOW.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(fit.metrics["converged"], false);
    assert_eq!(fit.metrics["variance_components"]["student"]["week"]["sd"], 0.0);

    let run = ends("0", &[]);
    assert_ne!(run.code, Some(0), "{}", run.transcript());
    assert!(run.transcript().contains("from 1 to 5200"), "{}", run.transcript());

    // A service at another address says deviations alone; its refusal fails the job.
    let fitted = json!({
        "status": "success", "fixed_effects": {"(Intercept)": 0.5, "week": 0.02}, "fixed_effects_se": {},
        "random_effects": {"student_id": {"(Intercept)": {"u0001": 0.1}, "week": {"u0001": 0.01}}},
        "fit_metrics": {"loglik": -1.0}, "fit_meta": {"converged": true},
    });
    let (url, _, last) = service(vec![(200, fitted)]);
    let run = ends("12", &[("R_GLMM_BASE_URL", &url)]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let request = last.lock().unwrap().clone();
    assert!(request.starts_with("POST /glmm/fit_progress "), "{request}");
    for part in ["\"formula\":\"score ~ week + (week|student) + (1|topic)\"", "\"weights\":\"n\""] {
        assert!(request.contains(part), "{part}: {request}");
    }
    let (url, calls, _) = service(vec![(422, json!({"message": "no variation"}))]);
    let run = ends("12", &[("R_GLMM_BASE_URL", &url)]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stdout.contains("[ERROR]"), "{}", run.stdout);
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 1);
}
