//! Imports: repeated, with bad rows, strict, interrupted.

use std::fmt::Write as _;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::playground::{Playground, stable};

const LOG: &str = "\
user_id,question_id,skill,is_correct,timestamp,used_hints
amy,q1,fractions,1,2025-03-10T09:00:00Z,0
amy,q2,fractions,0,2025-03-10T09:01:00Z,2
bob,q1,fractions,true,2025-03-11 10:00:00,
bob,q2,ratios,,2025-03-11 10:02:00,0
";

const BAD_ROWS: &str = "\
student,item,correct,completed_at
amy,q1,1,2025-03-10T09:00:00Z
,q1,1,2025-03-10T09:00:00Z
amy,,1,2025-03-10T09:00:00Z
amy,q2,2,2025-03-10T09:00:00Z
amy,q3,1,yesterday
amy,q4,1,20225-03-10T09:00:00Z
amy,q5,1,
amy,q6,0,2025-03-10T09:05:00+09:00
";

#[test]
fn importing_twice_changes_nothing() {
    let place = Playground::new();
    place.write("log.csv", LOG);
    let first = place.must(&["import", "log.csv"]);
    let second = place.must(&["import", "log.csv"]);
    assert_eq!(place.rows("attempt_log"), 4);
    stable().bind(|| insta::assert_snapshot!(first.transcript() + "\n" + &second.transcript()));
}

#[test]
fn bad_rows_are_counted_and_listed() {
    let place = Playground::new();
    place.write("log.csv", BAD_ROWS);
    let run = place.must(&["import", "log.csv"]);
    assert_eq!(place.rows("attempt_log"), 2);
    stable().bind(|| {
        insta::assert_snapshot!(run.transcript());
        insta::assert_snapshot!(place.read("seedtest-data/rejects.csv"));
    });
    place.write("good.csv", LOG);
    place.must(&["import", "good.csv"]);
    assert!(!place.exists("seedtest-data/rejects.csv"), "the list of an older import stayed");
}

#[test]
fn a_strict_import_writes_nothing_when_a_row_is_bad() {
    let place = Playground::new();
    place.write("good.csv", LOG);
    place.write("bad.csv", BAD_ROWS);
    let run = place.run(&["import", "--strict", "good.csv", "bad.csv"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("6 of 12 rows cannot be used"), "{}", run.stderr);
    assert_eq!(place.rows("attempt_log"), 0);
}

#[test]
fn columns_can_be_named() {
    let place = Playground::new();
    place.write("log.csv", "who;what;good;at\namy;q1;1;2025-03-10\n".replace(';', ","));
    let map = "student=who,item=what,correct=good,completed_at=at";
    place.must(&["import", "--map", map, "log.csv"]);
    assert_eq!(place.rows("attempt_log"), 1);
    let run = place.run(&["import", "--map", "student=nobody", "log.csv"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(run.stderr.contains("who, what, good, at"), "{}", run.stderr);
}

#[test]
fn a_file_that_cannot_be_read_leaves_no_database() {
    let place = Playground::new();
    place.write("roster.csv", "who,shoe size\namy,38\n");
    let run = place.run(&["import", "roster.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(!place.exists("seedtest-data/seedtest.db"), "an empty database was left");
    // One that is there hears of it.
    place.write("log.csv", LOG);
    place.must(&["import", "log.csv"]);
    assert_eq!(place.run(&["import", "roster.csv"]).code, Some(1));
    assert!(place.must(&["import", "list"]).stdout.contains("failed"));
}

#[test]
fn a_plain_day_says_from_when_on() {
    let place = Playground::new();
    place.write("log.csv", LOG);
    // The day begins in Seoul, so that what is of nine o'clock UTC on the day before is older.
    place.must(&["--timezone", "Asia/Seoul", "import", "--since", "2025-03-11", "log.csv"]);
    assert_eq!(place.rows("attempt_log"), 2);
    let run = place.run(&["import", "--since", "spring", "log.csv"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(run.stderr.contains("as 2025-03-01 or"), "{}", run.stderr);
}

#[test]
fn exam_documents_become_attempts() {
    let place = Playground::new();
    place.write(
        "exams.jsonl",
        r#"{"session_id":"s1","user_id":"amy","exam_id":3,"updated_at":"2025-03-12T01:00:00Z","result_json":{"questions":[{"question_id":101,"is_correct":true,"time_spent_sec":12.5,"topic":"ratios"},{"question_id":102,"correct":false}]}}
{"session_id":"s2","user_id":"bob","result_json":{"questions":[]}}
"#,
    );
    let run = place.must(&["import", "exams.jsonl"]);
    assert_eq!(place.rows("exam_results"), 1);
    stable().bind(|| insta::assert_snapshot!(run.transcript()));
    let doctor = place.must(&["doctor"]).stdout;
    assert!(doctor.contains("2 answers from 2025-03-12 to 2025-03-12"), "{doctor}");
}

#[test]
fn interrupting_an_import_leaves_the_database_as_it_was() {
    let place = Playground::new();
    place.write("log.csv", LOG);
    place.must(&["import", "log.csv"]);
    let mut big = String::from("student,item,correct,completed_at\n,q1,1,2025-03-10\n");
    for row in 0..3_000_000 {
        let _ = writeln!(big, "s{},q{},1,17417{row:08}", row % 5000, row % 977);
    }
    place.write("big.csv", big);
    let child = place
        .command(&["import", "big.csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_first_batch(&place);
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let run = place.finish(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("interrupted; nothing was written"), "{}", run.stderr);
    assert_eq!(place.rows("attempt_log"), 4);
}

/// Waits until the first batch is in the open transaction: its bad row is then on the list.
fn wait_for_first_batch(place: &Playground) {
    let list = place.path("seedtest-data/rejects.csv.partial");
    let deadline = Instant::now() + Duration::from_mins(1);
    while !list.exists() {
        assert!(Instant::now() < deadline, "the import never began to write");
        sleep(Duration::from_millis(2));
    }
}
