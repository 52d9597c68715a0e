//! Calls of jobs: spellings, flags, environment, dry runs.

use std::fmt::Write as _;

use crate::playground::{Playground, stable};

fn log() -> String {
    let mut text = String::from("student,item,topic,correct,completed_at,response_time_ms\n");
    for student in 0..12u32 {
        for item in 0..10u32 {
            let day = 1 + (student + item) % 19;
            let right = u32::from((student * 7 + item * 5) % 12 > item);
            let _ = writeln!(
                text,
                "s{student:02},q{item},t{},{right},2025-03-{day:02}T08:{item:02}:00Z,{}",
                item % 3,
                20_000 + 500 * item
            );
        }
    }
    text
}

fn imported() -> Playground {
    let place = Playground::new();
    place.write("log.csv", log());
    place.must(&["import", "log.csv"]);
    place
}

#[test]
fn calibrating_twice_writes_once() {
    let place = imported();
    let first = place.must(&["job", "run", "mirt-calibrate"]);
    let counts = |place: &Playground| {
        ["mirt_ability", "mirt_item_params", "mirt_fit_meta", "item_calibration", "drift_windows"]
            .map(|table| place.rows(table))
    };
    let before = counts(&place);
    assert_eq!((before[1], before[4]), (before[3], 1), "the window of the run has every item");
    let second = place.must(&["job", "run", "mirt-calibrate"]);
    assert_eq!(counts(&place), before);
    insta::assert_snapshot!(first.stdout + &second.stdout);
}

#[test]
fn every_spelling_of_a_job_runs_it() {
    let place = imported();
    for name in [
        "compute-daily-kpis",
        "compute_daily_kpis",
        "apps.seedtest_api.jobs.compute_daily_kpis",
        "seedtest_api.jobs.compute_daily_kpis",
    ] {
        let run = place.must(&["job", name, "--dry-run"]);
        assert!(run.stdout.contains("Computing KPIs for 12 users"), "{name}: {}", run.stdout);
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = imported();
    let calibrate = place.must(&["job", "run", "mirt-calibrate", "--dry-run"]);
    let kpis = place.run_with(&[("DRY_RUN", "true")], &["job", "run", "compute-daily-kpis"]);
    assert_eq!(kpis.code, Some(0));
    assert_eq!(place.rows("mirt_ability") + place.rows("weekly_kpi"), 0);
    stable().bind(|| insta::assert_snapshot!(calibrate.stdout + &kpis.stdout));
}

#[test]
fn a_history_is_the_weeks_one_by_one() {
    let history = imported();
    history.must(&[
        "job",
        "run",
        "compute-daily-kpis",
        "--from",
        "2025-03-01",
        "--to",
        "2025-03-20",
    ]);
    let single = imported();
    for day in ["2025-03-02", "2025-03-09", "2025-03-16", "2025-03-20"] {
        single.must(&["job", "run", "compute-daily-kpis", "--date", day]);
    }
    assert_eq!(history.rows("weekly_kpi"), single.rows("weekly_kpi"));
    for place in [&history, &single] {
        place.must(&["report", "--all", "--week", "2025-03-12", "--lang", "en", "--out", "out"]);
    }
    assert_eq!(history.read("out/index.html"), single.read("out/index.html"));
}

#[test]
fn a_flag_beats_the_environment_and_a_name_its_alias() {
    let place = imported();
    let environment = [("MIRT_MODEL", "Rasch"), ("IRT_MODEL", "2PL")];
    let from_environment =
        place.run_with(&environment, &["job", "run", "mirt-calibrate", "--dry-run"]);
    assert!(from_environment.stdout.contains("Model: Rasch"), "{}", from_environment.stdout);
    let arguments = ["job", "run", "mirt-calibrate", "--dry-run", "--model", "1PL"];
    let from_flag = place.run_with(&environment, &arguments);
    assert!(from_flag.stdout.contains("Model: 1PL"), "{}", from_flag.stdout);
    let empty = [("MIRT_MODEL", "")];
    let unset = place.run_with(&empty, &["job", "run", "mirt-calibrate", "--dry-run"]);
    assert!(unset.stdout.contains("Model: 2PL"), "{}", unset.stdout);
}

#[test]
fn the_whole_log_is_calibrated_unless_a_lookback_is_chosen() {
    let place = imported();
    let later = [("SEEDTEST_NOW", "2025-09-01T00:00:00Z")];
    let calibrate = |arguments: &[&str]| {
        let all = [&["job", "run", "mirt-calibrate", "--dry-run"], arguments].concat();
        place.run_with(&later, &all).stdout
    };
    let whole = calibrate(&[]);
    assert!(whole.contains("Loaded 120 observations"), "{whole}");
    // A day that is named is obeyed: the three days before it hold no answer, or some of them.
    let none = calibrate(&["--as-of", "2025-08-31", "--lookback-days", "3"]);
    assert_eq!(none, "No observations found; exiting.\n");
    let few = calibrate(&["--lookback-days", "1"]);
    assert!(few.contains("standing at the end of that day"), "{few}");
    assert!(!few.contains("Loaded 120 observations"), "{few}");
}

#[test]
fn a_replay_does_not_see_later_answers() {
    let place = imported();
    let earlier = [("SEEDTEST_NOW", "2025-03-05T00:00:00Z")];
    let run = place.run_with(&earlier, &["job", "run", "mirt-calibrate", "--dry-run"]);
    let earlier_days = ["2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"];
    let log = log();
    let expected = log.lines().filter(|line| earlier_days.iter().any(|day| line.contains(day)));
    let message = format!("Loaded {} observations", expected.count());
    assert!(run.stdout.contains(&message), "{message}: {}", run.stdout);
}

#[test]
fn log_lines_as_json() {
    let place = imported();
    let run = place.must(&["--log", "json", "job", "run", "compute-daily-kpis"]);
    for line in run.stdout.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry["level"], "INFO");
        assert!(entry["message"].is_string());
    }
}

#[test]
fn nobody_active_is_not_an_error() {
    let place = imported();
    let run = place.run_with(
        &[("SEEDTEST_NOW", "2025-09-01T00:00:00Z")],
        &["job", "run", "compute-daily-kpis", "--as-of", "2025-08-31"],
    );
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stdout, "[INFO] No recent users found (lookback=30 days); exiting.\n");
}

#[test]
fn contradicting_dates_are_a_usage_error() {
    let place = imported();
    for arguments in [
        vec!["--date", "2025-03-01", "--from", "2025-03-01"],
        vec!["--to", "2025-03-01"],
        vec!["--from", "2025-03-10", "--to", "2025-03-01"],
        vec!["--date", "2099-01-01"],
    ] {
        let mut all = vec!["job", "run", "compute-daily-kpis"];
        all.extend(&arguments);
        let run = place.run(&all);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.transcript());
    }
}

#[test]
fn a_report_needs_kpis() {
    let place = imported();
    let run = place.run(&["report", "--all"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("compute-daily-kpis"), "{}", run.stderr);
    place.must(&["job", "run", "compute-daily-kpis"]);
    let run = place.run(&["report", "--student", "nobody"]);
    assert!(run.stderr.contains("No KPIs found for user=nobody") || run.stderr.contains("nobody"));
    place.must(&["report", "--student", "s03", "--lang", "ko"]);
}
