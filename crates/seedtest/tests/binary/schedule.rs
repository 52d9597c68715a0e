//! What runs by itself: due points once, missed ones once, failures again.

use std::fmt::Write as _;

use crate::playground::{Playground, Run};

/// Thursday noon, the first look of the scheduler.
const FIRST: &str = "2025-03-20T12:00:00Z";
/// Friday, after the night's 03:00 and its jitter.
const FRIDAY: &str = "2025-03-21T03:02:00Z";

fn school() -> Playground {
    let place = Playground::new();
    let mut log = String::from("student,item,correct,completed_at\n");
    for student in 0..12 {
        for item in 0..8 {
            let right = u32::from((student * 3 + item * 5) % 7 > item % 4);
            let day = 10 + item;
            let _ = writeln!(log, "s{student},q{item},{right},2025-03-{day:02}T08:00:00Z");
        }
    }
    place.write("log.csv", log);
    place.must(&["import", "log.csv"]);
    place
}

fn look(place: &Playground, now: &str, environment: &[(&str, &str)]) -> Run {
    let mut all = vec![("SEEDTEST_NOW", now)];
    all.extend_from_slice(environment);
    place.run_with(&all, &["schedule", "--once"])
}

#[track_caller]
fn runs(run: &Run, expected: &[&str]) {
    let begun =
        |line: &str| Some(line.strip_prefix("[INFO] Schedule: ")?.split_once(" of ")?.0.to_owned());
    let ran: Vec<String> = run.stdout.lines().filter_map(begun).collect();
    assert_eq!(ran, expected, "{}", run.transcript());
}

#[test]
fn a_night_runs_once_and_missed_nights_run_once() {
    let place = school();
    let first = look(&place, FIRST, &[]);
    assert_eq!(first.code, Some(0), "{}", first.transcript());
    runs(&first, &[]);
    // Two minutes after three the jitter of at most one minute is over.
    runs(&look(&place, FRIDAY, &[]), &["daily"]);
    runs(&look(&place, FRIDAY, &[]), &[]);
    // The machine was off until Sunday afternoon: one night makes up for two.
    runs(&look(&place, "2025-03-23T15:00:00Z", &[]), &["daily", "prune"]);
    // The clock stepped back an hour.
    runs(&look(&place, "2025-03-23T02:30:00Z", &[]), &[]);
    runs(&look(&place, "2025-03-24T04:00:00Z", &[]), &["weekly"]);
}

#[test]
fn a_scheduler_that_waits_keeps_its_database() {
    let place = school();
    place.must(&["backup", "copy.db"]);
    // A folder where nobody was before, so that the lock is the scheduler's.
    place.must(&["--data-dir", "other", "restore", "copy.db"]);
    let mut scheduler = place.command(&["--data-dir", "other", "schedule"]).spawn().unwrap();
    let begins = std::time::Instant::now();
    while !place.exists("other/seedtest.db.process-0.lock") {
        assert!(begins.elapsed() < std::time::Duration::from_mins(1), "it never begins");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    let refused = place.run(&["--data-dir", "other", "restore", "copy.db", "--overwrite"]);
    scheduler.kill().unwrap();
    scheduler.wait().unwrap();
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    assert!(refused.stderr.contains("another process works on"), "{}", refused.transcript());
    place.must(&["--data-dir", "other", "restore", "copy.db", "--overwrite"]);
}

#[test]
fn a_failure_is_tried_again_after_a_minute_and_given_up_after_three() {
    let place = school();
    look(&place, FIRST, &[]);
    // Nobody listens there.
    let bad = [("R_IRT_BASE_URL", "http://127.0.0.1:9"), ("MIRT_MAX_RETRIES", "1")];
    let failed = look(&place, FRIDAY, &bad);
    assert_eq!(failed.code, Some(1), "{}", failed.transcript());
    runs(&failed, &["daily"]);
    assert!(
        failed.stdout.contains("mirt-calibrate failed: http://127.0.0.1:9"),
        "{}",
        failed.transcript()
    );
    runs(&look(&place, "2025-03-21T03:02:30Z", &[]), &[]);
    runs(&look(&place, "2025-03-21T03:03:10Z", &bad), &["daily"]);
    let last = look(&place, "2025-03-21T03:10:00Z", &bad);
    runs(&last, &["daily"]);
    assert!(last.stdout.contains("given up until its next point"), "{}", last.transcript());
    runs(&look(&place, "2025-03-21T23:00:00Z", &[]), &[]);
    runs(&look(&place, "2025-03-22T04:00:00Z", &[]), &["daily"]);
}

#[test]
fn what_comes_next_is_told_in_the_time_of_the_place() {
    let place = school();
    place.must(&["timezone", "Asia/Seoul"]);
    let next = place.must(&["job", "next"]).stdout;
    let daily = next.lines().find(|line| line.starts_with("daily")).unwrap();
    assert!(daily.contains("2025-03-21 03:00") && daily.ends_with("not yet"), "{next}");
    // What a scheduler sees for the first time has not run.
    look(&place, "2025-03-20T00:00:00Z", &[]);
    let next = place.must(&["job", "next"]).stdout;
    let daily = next.lines().find(|line| line.starts_with("daily")).unwrap();
    assert!(daily.ends_with("not yet"), "{next}");
    let bad = place.run(&["schedule", "--once", "--daily", "at three"]);
    assert_eq!(bad.code, Some(2));
    assert!(bad.stderr.contains("'at three' for '--daily <CRON>'"), "{}", bad.transcript());
    assert!(bad.stderr.contains("needed are five fields"), "{}", bad.transcript());
}
