//! From the log to the churn risk: job, report and data set.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::Value;

use crate::playground::{Playground, Run};

/// Late on the last Sunday of a demo of sixteen weeks.
const NOW: &str = "2025-06-22T23:00:00Z";

/// A simulated school in both databases.
struct School {
    place: Playground,
    urls: [Option<String>; 2],
}

impl School {
    fn new() -> Self {
        let place = Playground::new();
        place.must(&["demo", "--students", "250", "--weeks", "16", "--seed", "5"]);
        let school =
            Self { place, urls: [None, Some(seedtest_testkit::postgres_database().unwrap())] };
        let files = ["seedtest-demo/responses.csv", "seedtest-demo/exams.jsonl"];
        school.each(&["migrate"]);
        school.each(&["import", files[0], files[1]]);
        school
    }

    /// The same command on both databases; both must print the same.
    fn each(&self, arguments: &[&str]) -> Run {
        self.at(NOW, arguments)
    }

    fn at(&self, now: &str, arguments: &[&str]) -> Run {
        let [one, two] = [0, 1].map(|backend| {
            let mut environment = vec![("SEEDTEST_NOW", now)];
            environment.extend(self.urls[backend].as_deref().map(|url| ("DATABASE_URL", url)));
            let run = self.place.run_with(&environment, arguments);
            assert_eq!(run.code, Some(0), "{}", run.transcript());
            run
        });
        if arguments[0] == "job" {
            assert_eq!(one.stdout, two.stdout);
        }
        one
    }

    fn report(&self) -> String {
        self.each(&["report", "--all", "--lang", "en", "--out", "out"]);
        let names = std::fs::read_dir(self.place.path("out")).unwrap();
        let mut text = String::new();
        for name in names {
            text += &std::fs::read_to_string(name.unwrap().path()).unwrap();
        }
        text
    }
}

#[test]
fn from_the_log_to_the_risk_in_the_report() {
    let school = School::new();
    school.each(&["job", "run", "compute-daily-kpis"]);
    let dry = school.each(&["job", "run", "fit-survival-churn", "--dry-run"]);
    assert!(dry.stdout.contains("[DRY_RUN]"), "{}", dry.transcript());
    assert!(!school.report().contains("What raises it: "));

    let first = school.each(&["job", "run", "fit-survival-churn"]);
    for line in [
        "[INFO] Fitting survival model (lookback=90 days, event_threshold=14 days)",
        "[INFO] Loaded ",
        "[INFO] Survival model fitted: n=",
        "[INFO] Quality on left-out users at 14 days: AUC=",
        "[INFO] Risk scores computed for ",
        " survival risk scores",
        "[INFO] Updated weekly_kpi.S for ",
        "[INFO] Survival model fitting completed: run_id=survival-20250622-230000",
    ] {
        assert!(first.stdout.contains(line), "{line} is not in {}", first.stdout);
    }
    assert!(first.stdout.contains("users at or above the alert threshold 0.7"));
    let again = school.each(&["job", "run", "fit-survival-churn"]);
    assert_eq!(first.stdout, again.stdout, "a second run changes nothing");
    assert!(school.report().contains("What raises it: "), "the report has no reasons");

    // The KPI job of the same night leaves the fitted S alone, and so do its reasons.
    school.each(&["job", "run", "compute-daily-kpis"]);
    assert!(school.report().contains("What raises it: "), "S was overwritten");
}

#[test]
fn silence_refreshes_p_and_s_at_once() {
    let school = School::new();
    let none = school.at("2025-03-05T01:00:00Z", &["job", "run", "detect-inactivity"]);
    assert!(none.stdout.contains("No inactive users found (threshold=7 days)"));
    let heuristic = school.each(&["job", "run", "detect-inactivity", "--dry-run"]);
    assert!(heuristic.stdout.contains("; dry_run=true"), "{}", heuristic.transcript());
    school.each(&["job", "run", "fit-survival-churn"]);
    let later = "2025-06-23T05:30:00Z";
    let all = school.at(later, &["job", "run", "detect-inactivity"]);
    assert!(all.stdout.contains("[INFO] Found ") && all.stdout.contains("failed=0"));
    let nobody = ["job", "run", "detect-inactivity", "--user", "nobody"];
    assert!(school.at(later, &nobody).stdout.contains("No inactive users found"));
}

/// Days on which every student did anything, from the files of the school.
fn active_days(school: &School) -> BTreeMap<String, BTreeSet<NaiveDate>> {
    let day = |text: &str| text[..10].parse::<NaiveDate>().unwrap();
    let mut days: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    let responses = school.place.read("seedtest-demo/responses.csv");
    let mut lines = responses.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| names.iter().position(|other| *other == name).unwrap();
    let (student, time) = (at("student_id"), at("completed_at"));
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        days.entry(cells[student].to_owned()).or_default().insert(day(cells[time]));
    }
    for line in school.place.read("seedtest-demo/exams.jsonl").lines() {
        let exam: Value = serde_json::from_str(line).unwrap();
        let student = exam["user_id"].as_str().unwrap().to_owned();
        days.entry(student).or_default().insert(day(exam["created_at"].as_str().unwrap()));
    }
    days
}

/// Time and event of a landmark by the definition: the first day of 21 that belongs to a run of 14 or more
/// days without activity, censored 14 days before today.
fn silence(active: &BTreeSet<NaiveDate>, landmark: NaiveDate, today: NaiveDate) -> (i64, u8) {
    let observed = 21.min((today - landmark).num_days() - 14);
    let in_silence = |day: &NaiveDate| {
        let before = active.range(..*day).next_back();
        let after = active.range(*day..).next().copied().unwrap_or(today + Days::new(1));
        !active.contains(day) && before.is_some_and(|before| (after - *before).num_days() > 14)
    };
    let first =
        landmark.iter_days().skip(1).take(21).take_while(|day| *day <= today).find(in_silence);
    let event = first.map(|day| (day - landmark).num_days()).filter(|time| *time <= observed);
    event.map_or((observed, 0), |time| (time, 1))
}

/// Every time and event of the data set is that of the log, counted here once more.
fn check_against_the_log(school: &School, csv: &str) {
    let days = active_days(school);
    let today = NOW[..10].parse::<NaiveDate>().unwrap();
    let mut events = 0;
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let landmark = cells[1].parse::<NaiveDate>().unwrap();
        let (time, event) = silence(&days[cells[0]], landmark, today);
        let found = (cells[2].parse::<f64>().unwrap(), cells[3].parse::<u8>().unwrap());
        assert_eq!(found, (time as f64, event), "{line}");
        events += u32::from(event);
    }
    assert!(events > 50, "{events} events are too few to say anything");
}

#[test]
fn the_data_set_and_the_commands_agree_with_the_job() {
    let school = School::new();
    let job = school.each(&["job", "run", "fit-survival-churn"]);
    school.each(&["dataset", "churn", "--out", "churn.csv"]);
    let csv = school.place.read("churn.csv");
    assert!(csv.starts_with("user_id,landmark,time,event,A_t,"));
    let fit = ["fit", "survival", "--data", "churn.csv", "--json", "fit.json"];
    school.each(&fit);
    let fit: Value = serde_json::from_str(&school.place.read("fit.json")).unwrap();
    let n = fit["n_obs"].as_u64().unwrap();
    assert!(job.stdout.contains(&format!("Survival model fitted: n={n}, family=cox")));
    assert_eq!(csv.lines().count() as u64, n + 1);
    check_against_the_log(&school, &csv);
    let predict =
        ["predict", "survival", "--model", "fit.json", "--data", "churn.csv", "--times", "7,14"];
    let printed = school.each(&predict).stdout;
    assert!(printed.lines().nth(1).unwrap().trim_start().starts_with("1 student-"), "{printed}");
    let weibull = ["fit", "survival", "--data", "churn.csv", "--family", "weibull"];
    assert!(school.each(&weibull).stdout.contains("weibull: Surv(time, event) ~ A_t"));
    let weekly = ["fit", "survival", "--data", "churn.csv", "--family", "discrete-cloglog"];
    assert!(school.each(&weekly).stdout.contains("discrete_cloglog: Surv(time, event) ~ A_t"));
    let lasso = ["fit", "survival", "--data", "churn.csv", "--alpha", "1", "--lambda", "1se"];
    assert!(school.each(&lasso).stdout.contains("path of 100 penalties, alpha 1: lambda "));
    let residuals =
        ["fit", "survival", "--data", "churn.csv", "--residuals", "--json", "residuals.json"];
    school.each(&residuals);
    let fit: Value = serde_json::from_str(&school.place.read("residuals.json")).unwrap();
    assert_eq!(fit["residuals"]["martingale"].as_array().unwrap().len() as u64, n);
    let curves = ["fit", "survival-curves", "--data", "churn.csv", "--group", "landmark"];
    assert!(school.each(&curves).stdout.contains("log-rank: chi-square"));
    let wrong = school.place.run(&["fit", "survival", "--data", "churn.csv", "--id", "nobody"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.transcript());
}
