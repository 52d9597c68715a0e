//! The whole round on SQLite and on PostgreSQL ends with the same numbers.

use crate::playground::{Playground, Run};

/// Everything but the first four lines of a job's log speaks of the data, not of the backend.
fn round(place: &Playground, database: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let must = |arguments: &[&str]| -> Run {
        let run = place.run_with(database, arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run
    };
    must(&["import", "school/responses.csv", "school/exams.jsonl"]);
    let again = must(&["import", "school/responses.csv", "school/exams.jsonl"]);
    assert!(again.stdout.contains("0 answers new"), "{}", again.stdout);
    assert!(again.stdout.contains("0 exam documents new or changed"), "{}", again.stdout);
    let mut log = must(&["job", "run", "mirt-calibrate", "--lookback-days", "0"]).stdout;
    let history = ["--from", "2025-03-03", "--to", "2025-04-13"];
    let kpis = [&["job", "run", "compute-daily-kpis"], &history[..]].concat();
    log += &must(&kpis).stdout;
    must(&["report", "--all", "--lang", "en", "--week", "2025-04-10", "--out", "out"]);
    let mut pages: Vec<(String, String)> = std::fs::read_dir(place.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| (name.clone(), place.read(&format!("out/{name}"))))
        .collect();
    pages.sort();
    (without_durations(&log), pages)
}

fn without_durations(log: &str) -> String {
    log.lines()
        .map(|line| line.split(", duration_ms=").next().unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn sqlite_and_postgresql_give_the_same_numbers() {
    let url = seedtest_testkit::postgres_database().unwrap();
    let now = ("SEEDTEST_NOW", "2025-04-14T03:00:00Z");
    let school = Playground::new();
    school.must(&["demo", "--students", "40", "--weeks", "6", "--dir", "school"]);
    let rounds = [vec![now], vec![now, ("DATABASE_URL", url.as_str())]].map(|database| {
        let place = Playground::new();
        std::fs::create_dir(place.path("school")).unwrap();
        for name in ["school/responses.csv", "school/exams.jsonl"] {
            place.write(name, school.read(name));
        }
        round(&place, &database)
    });
    let [(sqlite_log, sqlite_pages), (postgres_log, postgres_pages)] = rounds;
    assert_eq!(sqlite_log, postgres_log);
    assert!(sqlite_log.contains("log-likelihood"), "{sqlite_log}");
    assert!(sqlite_pages.len() > 30, "{} pages", sqlite_pages.len());
    for ((name, sqlite), (other, postgres)) in sqlite_pages.iter().zip(&postgres_pages) {
        assert_eq!(name, other);
        assert_eq!(sqlite, postgres, "{name}");
    }
    assert_eq!(sqlite_pages.len(), postgres_pages.len());
}

#[test]
fn a_server_is_migrated_when_asked_and_checked_before() {
    let url = seedtest_testkit::postgres_database().unwrap();
    let database = [("DATABASE_URL", url.as_str())];
    let place = Playground::new();
    let check = place.run_with(&database, &["migrate", "--check"]);
    assert_eq!(check.code, Some(1), "{}", check.transcript());
    let job = place.run_with(&database, &["job", "run", "compute-daily-kpis"]);
    assert_eq!(job.code, Some(1));
    assert!(job.stderr.contains("seedtest migrate"), "{}", job.stderr);
    assert_eq!(place.run_with(&database, &["migrate"]).code, Some(0));
    assert_eq!(place.run_with(&database, &["migrate", "--check"]).code, Some(0));
    assert!(!place.exists("seedtest-data"), "a data directory was made for a server");
}
