//! Each bad input gets one clear line with a hint and exit code 1 or 2, and nothing half-written.

use std::io::Write as _;

use crate::playground::{Playground, Run, stable};

fn refused(place: &Playground, run: &Run, code: i32) {
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(run.code, Some(code), "{}", run.transcript());
    assert!(lines[0].starts_with("error: "), "{}", run.transcript());
    assert!(lines[1].starts_with("hint: "), "{}", run.transcript());
    assert_eq!(lines.len(), 2, "{}", run.transcript());
    assert!(!place.exists("seedtest-data/rejects.csv.partial"));
}

fn import_refused(name: &str, content: &[u8]) {
    let place = Playground::new();
    place.write(name, content);
    let run = place.run(&["import", "--quiet", name]);
    refused(&place, &run, 1);
    // A file that says at once that it cannot be read makes no database.
    let is_made = place.exists("seedtest-data/seedtest.db");
    assert!(!is_made || place.rows("attempt_log") == 0, "half an import is there");
    insta::with_settings!({snapshot_suffix => name}, {
        stable().bind(|| insta::assert_snapshot!("import_refused", run.stderr));
    });
}

#[test]
fn an_empty_file() {
    import_refused("empty.csv", b"");
}

#[test]
fn a_header_without_a_student_column() {
    import_refused("no_student.csv", b"item,correct,completed_at\nq1,1,2025-03-10\n");
}

#[test]
fn duplicate_columns() {
    import_refused("twice.csv", b"student,item,item,correct,time\namy,q1,q2,1,2025-03-10\n");
}

#[test]
fn a_header_in_no_encoding() {
    let header = b"student,\xff\xfe\x81,item,correct,time\namy,1,q1,1,2025-03-10\n";
    import_refused("latin.csv", header);
}

#[test]
fn a_truncated_gz() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"student,item,correct,time\n").unwrap();
    for row in 0..5_000 {
        let line = format!("amy,q{row},{},2025-03-10\n", row * 7919 % 2);
        encoder.write_all(line.as_bytes()).unwrap();
    }
    // Everything so far can be read from what is written, however it was compressed.
    encoder.flush().unwrap();
    let bytes = encoder.get_ref().clone();
    import_refused("cut.csv.gz", &bytes);
}

#[test]
fn binary_garbage() {
    let garbage: Vec<u8> = (0..5_000u32).map(|i| (i * i % 251) as u8).collect();
    import_refused("garbage.bin", &garbage);
}

#[test]
fn a_file_that_is_not_there() {
    let place = Playground::new();
    let run = place.run(&["import", "nowhere.csv"]);
    refused(&place, &run, 1);
    assert!(run.stderr.contains("nowhere.csv"), "{}", run.stderr);
}

#[test]
fn a_directory() {
    let place = Playground::new();
    std::fs::create_dir(place.path("folder")).unwrap();
    let run = place.run(&["import", "folder"]);
    refused(&place, &run, 1);
    assert!(run.stderr.contains("folder"), "{}", run.stderr);
}

#[test]
fn invalid_utf_8_and_lines_of_ten_megabytes_are_rejected_rows() {
    let place = Playground::new();
    let mut bytes = b"student,item,correct,time\namy,q1,1,2025-03-10\n".to_vec();
    bytes.extend_from_slice(b"\xff\xfe,q1,1,2025-03-10\n");
    bytes.extend_from_slice(&vec![b'x'; 10 << 20]);
    bytes.extend_from_slice(b"\namy,q2,0,2025-03-10\namy,q3,1,20225-03-10\n");
    place.write("log.csv", bytes);
    let run = place.must(&["import", "log.csv"]);
    assert_eq!(place.rows("attempt_log"), 2);
    let rejects = place.read("seedtest-data/rejects.csv");
    assert!(rejects.len() < 1_000, "a rejected value was written whole");
    stable().bind(|| insta::assert_snapshot!(run.transcript() + &rejects));
}

#[test]
fn an_unknown_database_scheme_is_a_usage_error() {
    let place = Playground::new();
    let run = place.run(&["--database-url", "mysql://root:secret@host/db", "doctor"]);
    refused(&place, &run, 2);
    assert!(run.stderr.contains("mysql") && !run.stderr.contains("secret"), "{}", run.stderr);
}

#[test]
fn a_server_that_does_not_answer() {
    let place = Playground::new();
    let run = place.run(&["--database-url", "postgresql://nobody@127.0.0.1:1/none", "doctor"]);
    refused(&place, &run, 1);
}

#[test]
fn who_watches_reads_that_the_database_does_not_open() {
    let place = Playground::new();
    let server = ["--database-url", "postgresql://nobody:secret@127.0.0.1:1/none"];
    for (typed, found) in [(&server[..], "cannot open"), (&[], "there is no database at")] {
        let run = place.run(&[typed, &["doctor", "--json"]].concat());
        assert_eq!(run.code, Some(1), "{}", run.transcript());
        let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(told["status"], "fail");
        let first = &told["checks"][0];
        assert_eq!((&first["name"], &first["standing"]), (&"database".into(), &"fail".into()));
        assert!(first["found"].as_str().unwrap().contains(found), "{told}");
        assert!(!run.transcript().contains("secret"), "{}", run.transcript());
    }
}

#[test]
fn a_mistyped_data_directory_makes_no_database() {
    let place = Playground::new();
    let commands: [&[&str]; 6] = [
        &["doctor"],
        &["runs", "list"],
        &["pipeline", "daily"],
        &["job", "run", "compute-daily-kpis"],
        &["report", "--all"],
        &["job", "next"],
    ];
    for command in commands {
        let typed = [&["--data-dir", "nowhere"], command].concat();
        let run = place.run(&typed);
        refused(&place, &run, 1);
        assert!(run.stderr.contains("there is no database at"), "{}", run.transcript());
        assert!(!place.exists("nowhere"), "{typed:?} made a directory");
    }
}

#[test]
fn a_data_directory_that_is_a_file() {
    let place = Playground::new();
    place.write("seedtest-data", "in the way");
    let run = place.run(&["doctor"]);
    refused(&place, &run, 1);
}

#[test]
fn a_full_disk() {
    let place = Playground::new();
    place.write(
        "log.csv",
        "student,item,correct\na,1,1\na,2,0\nb,1,0\nb,2,1\nc,1,1\nc,2,1\nd,2,0\n",
    );
    // Unless asked to be quiet, a fit says first which column is what.
    let fit = ["--quiet", "fit", "irt", "--data", "log.csv", "--json"];
    let file = place.run(&[&fit[..], &["/dev/full"]].concat());
    refused(&place, &file, 1);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = place.command(&[&fit[..], &["-"]].concat()).stdout(full).output().unwrap();
    refused(&place, &place.finish(output), 1);
}

#[test]
fn a_report_on_a_full_disk() {
    let place = Playground::new();
    place.write("log.csv", "student,item,correct,time\na,1,1,2025-03-19\na,2,0,2025-03-19\n");
    place.must(&["import", "log.csv"]);
    place.must(&["job", "run", "compute-daily-kpis"]);
    let run = place.run(&["report", "--all", "--out", "/dev/full"]);
    refused(&place, &run, 1);
}

#[test]
fn settings_that_do_not_read_are_named() {
    let place = Playground::new();
    let flag = place.run(&["job", "run", "compute-daily-kpis", "--date", "2025-13-01"]);
    refused(&place, &flag, 2);
    assert!(flag.stderr.contains("--date") && flag.stderr.contains("2025-13-01"));
    let environment = [("KPI_LOOKBACK_DAYS", "a month")];
    let variable = place.run_with(&environment, &["job", "run", "compute-daily-kpis"]);
    refused(&place, &variable, 2);
    assert!(variable.stderr.contains("KPI_LOOKBACK_DAYS"), "{}", variable.stderr);
}

#[test]
fn a_clock_that_does_not_read() {
    let place = Playground::new();
    let run = place.run_with(&[("SEEDTEST_NOW", "noon")], &["job", "run", "mirt-calibrate"]);
    refused(&place, &run, 2);
}

#[test]
fn too_little_to_fit() {
    for (log, reason) in [
        ("student,item,correct\n", "empty"),
        ("student,item,correct\namy,q1,1\n", "one answer"),
        ("student,item,correct\namy,q1,1\namy,q2,1\n", "one student, all right"),
        ("student,item,correct\namy,q1,\nbob,q1,\n", "nothing known"),
    ] {
        let place = Playground::new();
        place.write("log.csv", log);
        let run = place.run(&["--quiet", "fit", "irt", "--data", "log.csv"]);
        assert_eq!(run.code, Some(1), "{reason}: {}", run.transcript());
        refused(&place, &run, 1);
    }
}

#[test]
fn one_student_or_one_item_gives_numbers_or_a_reason_and_never_nan() {
    for log in [
        "student,item,correct\namy,q1,1\namy,q2,0\n",
        "student,item,correct\namy,q1,1\nbob,q1,0\n",
        "student,item,correct\namy,q1,1\nbob,q1,0\ncid,q2,1\ndee,q2,0\n",
    ] {
        let place = Playground::new();
        place.write("log.csv", log);
        for model in ["rasch", "2pl", "3pl"] {
            let arguments = ["fit", "irt", "--data", "log.csv", "--model", model, "--json", "-"];
            let run = place.run(&arguments);
            let text = run.transcript();
            assert!(matches!(run.code, Some(0 | 1 | 3)), "{model}: {text}");
            assert!(!text.contains("NaN") && !text.contains("panicked"), "{model}: {text}");
        }
    }
}

#[test]
fn a_model_file_that_is_no_object_is_refused() {
    let place = Playground::new();
    place.write("rows.csv", "student_id,week,score,time,event,x\na,0,0.5,1,1,2\n");
    for content in ["[[0, 0], [5, 5]]", "5", "\"x\"", "null"] {
        place.write("model.json", content);
        for kind in ["cluster", "growth", "survival", "lmm"] {
            let run = place.run(&["predict", kind, "--model", "model.json", "--data", "rows.csv"]);
            refused(&place, &run, 1);
        }
    }
}
