//! A night on both databases, and the rounds of jobs.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_store::{Store, Target};
use serde_json::{Value, json};

use crate::playground::{Playground, Run};

/// How often the night is killed, and the history.
const KILLS: [u64; 2] = [20, 8];
const HISTORY: [&str; 6] = ["pipeline", "history", "--from", "2025-02-10", "--to", "2025-03-20"];

/// Six weeks of answers of 30 students, without a random number: the same on every machine.
fn log() -> String {
    let mut text =
        String::from("student,item,topic,session,correct,completed_at,response_time_ms\n");
    for student in 0..30u32 {
        for answer in 0..40u32 {
            let day = (answer * 11 + student) % 42;
            let date =
                NaiveDate::from_ymd_opt(2025, 2, 10).unwrap() + chrono::Days::new(day.into());
            let item = (answer * 5 + student) % 15;
            let right = u32::from((student * 7 + item * 5 + answer) % 12 > item / 2);
            let ms = 9_000 + 700 * ((student + answer) % 20);
            let _ = writeln!(
                text,
                "s{student:02},q{item},t{},v{student}-{day},{right},{date}T08:{:02}:{:02}Z,{ms}",
                item % 3,
                answer % 60,
                student
            );
        }
    }
    text
}

/// A place with the log imported, in SQLite or in the database of `url`.
struct Place {
    place: Playground,
    url: Option<String>,
}

impl Place {
    fn new(url: Option<String>) -> Self {
        let place = Self { place: Playground::new(), url };
        place.place.write("log.csv", log());
        if place.url.is_some() {
            place.must(&["migrate"]);
        }
        place.must(&["import", "log.csv"]);
        place
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        let mut environment = vec![
            ("SEEDTEST_NOW", "2025-03-20T12:00:00Z"),
            ("AGG_INCLUDE_THETA", "true"),
            ("METRICS_USE_IRT_THETA", "true"),
            ("METRICS_USE_BAYESIAN", "true"),
        ];
        environment.extend(self.url.as_deref().map(|url| ("DATABASE_URL", url)));
        environment
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.place.run_with(&self.environment(), arguments)
    }

    fn must(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run
    }

    /// Starts a command and kills it after `patience`; whether it was still alive then.
    fn killed(&self, arguments: &[&str], patience: Duration) -> bool {
        let mut command = self.place.command(arguments);
        command.envs(self.environment()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(patience);
        let alive = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        alive
    }

    async fn store(&self) -> Store {
        let target = match &self.url {
            Some(url) => Target::parse(url).unwrap(),
            None => Target::Sqlite { path: self.place.path("seedtest-data/seedtest.db") },
        };
        Store::open(&target).await.unwrap()
    }

    /// Every row the pipeline writes, without the times at which it was written.
    fn dump(&self) -> Value {
        runtime().block_on(async {
            let store = self.store().await;
            let (first, last) = (date("2025-01-01"), date("2025-12-31"));
            let kpis = store.weekly_kpi_range(first, last).await.unwrap();
            let features = store.features(first, last).await.unwrap();
            let abilities = store.ability_history(DateTime::UNIX_EPOCH, end()).await.unwrap();
            let items = store.latest_item_params().await.unwrap();
            let meta = store.latest_fit_meta().await.unwrap();
            // The ledger says how often the night ran.
            let mut counts = store.table_counts().await.unwrap();
            counts.retain(|(table, _)| !table.starts_with("seedtest_"));
            let dump = json!({
                "weekly_kpi": kpis.iter().map(|row| {
                    json!([row.user_id, row.week_start.to_string(), row.kpis])
                }).collect::<Vec<_>>(),
                "features": features.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>(),
                "abilities": abilities.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>(),
                "items": items.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>(),
                "spec": meta.map(|meta| meta.model_spec),
                "counts": counts,
            });
            store.close().await;
            dump
        })
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn end() -> DateTime<Utc> {
    "2100-01-01T00:00:00Z".parse().unwrap()
}

fn backends() -> [Option<String>; 2] {
    [None, Some(seedtest_testkit::postgres_database().unwrap())]
}

fn rows<'a>(dump: &'a Value, table: &str) -> &'a Vec<Value> {
    dump[table].as_array().unwrap()
}

#[test]
fn a_night_gives_the_same_rows_on_both_backends_and_again() {
    let dumps = backends().map(|url| {
        let place = Place::new(url);
        let first = place.must(&["pipeline", "daily"]);
        let order = ["mirt-calibrate", "aggregate-features-daily", "compute-daily-kpis"];
        let positions = order.map(|job| first.stdout.find(&format!("Pipeline: {job}")).unwrap());
        assert!(positions.is_sorted(), "{}", first.stdout);
        let dump = place.dump();
        place.must(&["pipeline", "daily"]);
        assert_eq!(place.dump(), dump, "a rerun changed rows");
        dump
    });
    assert_eq!(rows(&dumps[0], "weekly_kpi").len(), 30);
    assert!(rows(&dumps[0], "features").len() > 100);
    for table in ["weekly_kpi", "features", "abilities", "items"] {
        assert_eq!(rows(&dumps[0], table), rows(&dumps[1], table), "{table}");
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that the points of the kills are the same every time.
fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Kills the command `kills` times on each backend, runs it again and compares the rows with those
/// of a quiet run.
fn killed_anywhere(command: &[&str], kills: u64) {
    for backend in 0..2 {
        let url = || (backend == 1).then(|| seedtest_testkit::postgres_database().unwrap());
        let quiet = Place::new(url());
        let started = Instant::now();
        quiet.must(command);
        let whole = started.elapsed();
        let expected = quiet.dump();
        let mut alive = 0;
        for kill in 0..kills {
            let place = Place::new(url());
            let share = random(kill + 1) as f64 / u64::MAX as f64;
            alive += u64::from(place.killed(command, whole.mul_f64(share)));
            place.must(command);
            let dump = place.dump();
            for table in ["weekly_kpi", "features", "abilities", "items", "spec", "counts"] {
                assert_eq!(dump[table], expected[table], "{table} after kill {kill} at {share}");
            }
        }
        assert!(alive >= kills / 4, "only {alive} of {kills} kills hit a running pipeline");
    }
}

#[test]
fn a_night_killed_anywhere_and_run_again_gives_the_rows_of_a_quiet_one() {
    killed_anywhere(&["pipeline", "daily"], KILLS[0]);
}

#[test]
fn a_history_killed_anywhere_and_run_again_gives_the_rows_of_a_quiet_one() {
    killed_anywhere(&HISTORY, KILLS[1]);
}

#[test]
fn a_history_is_what_its_two_jobs_write_and_a_rerun_changes_nothing() {
    let dumps = backends().map(|url| {
        let whole = Place::new(url);
        let run = whole.must(&HISTORY);
        assert!(run.stdout.contains("done=2, failed=0, skipped=0"), "{}", run.stdout);
        let dump = whole.dump();
        whole.must(&HISTORY);
        assert_eq!(whole.dump(), dump, "a rerun changed rows");
        dump
    });
    let apart = backends().map(|url| {
        let place = Place::new(url);
        // A week that is there is merged, the others are new.
        place.must(&["job", "run", "compute-daily-kpis", "--date", "2025-02-27"]);
        for job in ["features-backfill", "compute-daily-kpis"] {
            place.must(&["job", "run", job, "--from", "2025-02-10", "--to", "2025-03-20"]);
        }
        place.dump()
    });
    assert_eq!(rows(&dumps[0], "weekly_kpi").len(), 6 * 30);
    for dump in [&dumps[1], &apart[0], &apart[1]] {
        for table in ["weekly_kpi", "features"] {
            assert_eq!(rows(dump, table), rows(&dumps[0], table), "{table}");
        }
    }
}

#[test]
fn a_history_needs_its_first_day() {
    let place = Place::new(None);
    let last = "2025-03-20";
    for arguments in [
        &["pipeline", "history"][..],
        &["pipeline", "history", "--date", last],
        &["pipeline", "history", "--to", last],
        &["pipeline", "daily", "--from", last],
        &["pipeline", "history", "--from", last, "--to", "2025-03-19"],
        &["pipeline", "history", "--from", "2025-03-21"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.transcript());
        assert!(!run.stdout.contains("Pipeline:"), "a job ran: {}", run.stdout);
    }
}

#[test]
fn a_dry_night_writes_nothing() {
    let place = Place::new(None);
    let before = place.dump();
    place.must(&["pipeline", "weekly", "--dry-run"]);
    assert_eq!(place.dump(), before);
}

#[test]
fn a_monday_closes_the_week_before() {
    let place = Place::new(None);
    place.must(&["pipeline", "weekly", "--date", "2025-03-17"]);
    let dump = place.dump();
    let weeks: Vec<&Value> = rows(&dump, "weekly_kpi").iter().map(|row| &row[1]).collect();
    assert_eq!(weeks.iter().filter(|week| **week == "2025-03-10").count(), 30);
    assert_eq!(weeks.iter().filter(|week| **week == "2025-03-17").count(), 30);
}

#[test]
fn a_night_goes_on_without_its_calibration() {
    let place = Place::new(None);
    // No item is answered a million times, so there is nothing to calibrate.
    let environment = [("SEEDTEST_NOW", "2025-03-20T12:00:00Z"), ("MIRT_MIN_ANSWERS", "1000000")];
    let run = place.place.run_with(&environment, &["pipeline", "daily"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stdout.contains("[ERROR] mirt-calibrate failed"), "{}", run.stdout);
    assert!(run.stdout.contains("of an earlier run serve: mirt-calibrate"), "{}", run.stdout);
    assert!(run.stdout.contains("done=7, failed=1, skipped=0"), "{}", run.stdout);
    let ahead = place.run(&["pipeline", "daily", "--date", "2025-03-21"]);
    assert_eq!(ahead.code, Some(2), "{}", ahead.transcript());
    let environment = [("SEEDTEST_NOW", "2025-03-20T12:00:00Z"), ("AGG_LOOKBACK_DAYS", "week")];
    let bad = place.place.run_with(&environment, &["pipeline", "daily"]);
    assert_eq!(bad.code, Some(2), "{}", bad.transcript());
    assert!(!bad.stdout.contains("Pipeline:"), "a job ran: {}", bad.stdout);
}
