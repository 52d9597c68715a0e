//! Imports that come through a pipe, that fail on the way, and what the ledger says of them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::playground::{Playground, Run};

const HEADER: &str = "student,item,correct,completed_at,response_time_ms\n";

/// More than is looked at to find the format, and than a pipe holds; `bad` rows without a student.
fn log(rows: u32, bad: u32) -> String {
    let mut text = HEADER.to_owned();
    for row in 0..rows {
        let _ = writeln!(text, "s{},q{},{},17417{row:08},900", row % 300, row / 300, row % 2);
    }
    for row in 0..bad {
        let _ = writeln!(text, ",q{row},1,2025-03-10,900");
    }
    text
}

fn piped(place: &Playground, args: &[&str], input: &str) -> Run {
    let mut child = place
        .command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()).is_ok());
    let run = place.finish(child.wait_with_output().unwrap());
    assert!(writing.join().unwrap(), "{}", run.transcript());
    run
}

fn imports(place: &Playground) -> Vec<Value> {
    let listed = place.must(&["runs", "list", "--name", "import", "--json"]).stdout;
    let mut runs: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    runs.reverse();
    runs
}

#[test]
fn a_pipe_loses_nothing() {
    for path in ["-", "/dev/stdin"] {
        let place = Playground::new();
        let run = piped(&place, &["import", path], &log(5_000, 2));
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        assert!(run.stdout.contains("5002 rows read, 5000 answers new"), "{}", run.stdout);
        assert_eq!(place.rows("attempt_log"), 5_000);
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_loses_nothing() {
    let place = Playground::new();
    let path = place.path("log.fifo");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writing = std::thread::spawn(move || std::fs::write(path, log(5_000, 0)).unwrap());
    place.must(&["import", "log.fifo"]);
    writing.join().unwrap();
    assert_eq!(place.rows("attempt_log"), 5_000);
}

#[test]
fn a_number_no_database_holds_is_unknown_and_its_answer_stays() {
    let place = Playground::new();
    let absurd = ["2147483648", "4294967295", "9e99", "-1"];
    let mut text = log(3, 0);
    for (row, cell) in absurd.iter().enumerate() {
        let _ = writeln!(text, "amy,q{row},1,2025-03-10,{cell}");
    }
    text.push_str("amy,q9,1,2025-03-10,2147483647\n");
    place.write("log.csv", text);
    let said = place.must(&["import", "log.csv"]).stdout;
    assert_eq!(place.rows("attempt_log"), 8);
    assert!(said.contains("4 cells of response_time_ms unreadable, unknown now"), "{said}");
    assert!(!place.exists("seedtest-data/rejects.csv"), "no row was lost");
}

#[test]
fn the_rejects_of_a_file_survive_the_failure_of_a_later_one() {
    let place = Playground::new();
    place.write("first.csv", log(3, 2));
    place.write("second.csv", log(6, 1));
    place.write("broken.csv", "student,item\namy,q1\n");
    let run = place.run(&["import", "first.csv", "second.csv", "broken.csv"]);
    assert_ne!(run.code, Some(0));
    assert_eq!(place.rows("attempt_log"), 6);
    let rejects = place.read("seedtest-data/rejects.csv");
    assert_eq!(rejects.matches("first.csv,").count(), 2, "{rejects}");
    assert_eq!(rejects.matches("second.csv,").count(), 1, "{rejects}");

    // The three began at one instant: the ledger has no order for them.
    let runs = imports(&place);
    let files = ["first.csv", "second.csv", "broken.csv"];
    let line = |file: &str| {
        runs.iter().find(|run| run["spec"]["files"] == serde_json::json!([file])).unwrap()
    };
    let told = |key: &str| files.map(|file| line(file)[key].clone());
    assert_eq!(told("status"), ["done", "done", "failed"]);
    assert_eq!(told("rows_written"), [Value::from(3), Value::from(3), Value::Null]);
    let counts = &line("second.csv")["verdict"];
    assert_eq!(
        (&counts["answers_known"], &counts["rejected"]["missing_student"]),
        (&3.into(), &1.into())
    );
    let broken = line("broken.csv");
    assert!(broken["error"].as_str().unwrap().contains("broken.csv"), "{broken}");
}

#[test]
fn a_strict_import_is_one_line_of_the_ledger_and_leaves_its_rejects() {
    let place = Playground::new();
    place.write("bad.csv", log(3, 2));
    place.write("good.csv", log(6, 0));
    assert_eq!(place.run(&["import", "--strict", "bad.csv", "good.csv"]).code, Some(1));
    assert_eq!(place.rows("attempt_log"), 0);
    let runs = imports(&place);
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0]["status"], "failed");
    assert_eq!(runs[0]["spec"]["strict"], true);
    assert_eq!(place.read("seedtest-data/rejects.csv").matches("bad.csv,").count(), 2);
}
