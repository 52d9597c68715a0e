//! The scale from night to night: anchors, linking, topic abilities, single students.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::playground::{Playground, Run};

/// A school on the database of `environment`, calibrated on two nights.
fn school(environment: &[(&str, &str)]) -> Playground {
    let place = Playground::new();
    place.must(&["demo", "--students", "120", "--weeks", "6", "--dir", "school"]);
    at(&place, environment, "2025-04-01T03:00:00Z", &["migrate"]);
    let files = ["import", "school/responses.csv", "school/exams.jsonl"];
    at(&place, environment, "2025-04-01T03:00:00Z", &files);
    for night in ["2025-04-07T03:00:00Z", "2025-04-10T03:00:00Z"] {
        calibrate(&place, environment, night);
    }
    place
}

fn at(place: &Playground, environment: &[(&str, &str)], now: &str, arguments: &[&str]) -> Run {
    let mut all = environment.to_vec();
    all.push(("SEEDTEST_NOW", now));
    let run = place.run_with(&all, arguments);
    assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
    run
}

fn calibrate(place: &Playground, environment: &[(&str, &str)], now: &str) -> String {
    at(place, environment, now, &["job", "run", "mirt-calibrate", "--lookback-days", "0"]).stdout
}

fn round(environment: &[(&str, &str)]) -> String {
    let place = school(environment);
    let mut log = String::new();
    let mut run = |now: &str, arguments: &[&str]| {
        let out = at(&place, environment, now, arguments).stdout;
        log.push_str(&out);
        out
    };
    let night = "2025-04-13T03:00:00Z";
    let search = ["job", "run", "tag-anchor-items", "--min-responses", "20"];
    let preview = run(night, &[&search[..], &["--dry-run"]].concat());
    assert!(preview.contains("[DRY_RUN] Preview mode - no changes will be made"), "{preview}");
    run(night, &search);
    let again = run(night, &search);
    assert!(again.contains("- Tagged: 0"), "{again}");
    let verify = run(night, &["job", "run", "tag-anchor-items", "verify"]);
    assert!(verify.contains("[VERIFY] Tagged anchors: 50"), "{verify}");
    let third = run(night, &["job", "run", "mirt-calibrate", "--lookback-days", "0"]);
    assert!(third.contains("[INFO] Loaded 50 anchors/seeds from question.meta"), "{third}");
    assert!(third.contains(r#""method":"stocking_lord","n_anchors""#), "{third}");
    assert!(third.contains("Drift since the last calibration"), "{third}");
    let topics = run(night, &["job", "run", "backfill-topic-theta"]);
    assert!(topics.contains("Backfill complete. Upserted 9"), "{topics}");
    let rerun = run(night, &["job", "run", "backfill-topic-theta"]);
    assert_eq!(rerun, "Backfill complete. Upserted 0 topic thetas.\n");
    run(night, &["job", "run", "irt-update-theta", "--user", "student-0001"]);
    run(night, &["job", "run", "irt-update-theta", "--user", "nobody"]);
    log
}

#[test]
fn a_tagged_scale_is_kept_on_both_backends() {
    let url = seedtest_testkit::postgres_database().unwrap();
    // On a server the item bank belongs to the platform: it has to be there before it is tagged.
    let server = [("DATABASE_URL", url.as_str())];
    let embedded = round(&[]);
    let place = Playground::new();
    at(&place, &server, "2025-04-01T03:00:00Z", &["migrate"]);
    add_questions(&url);
    let served = round(&server);
    assert_eq!(embedded, served);
    insta::assert_snapshot!(embedded);
}

fn add_questions(url: &str) {
    let sql = "INSERT INTO question (id, content) SELECT n, '' FROM generate_series(1001, 1200) n";
    let done = std::process::Command::new("psql").args([url, "-q", "-c", sql]).status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "psql is needed: apt-get install postgresql"
    );
}

#[test]
fn the_item_bank_is_fed_except_for_anchors() {
    let place = school(&[]);
    let night = "2025-04-13T03:00:00Z";
    at(&place, &[], night, &["job", "run", "tag-anchor-items", "--item-ids", "1001,1002"]);
    let update = ["job", "run", "update-question-meta-from-calibration"];
    let run = place.run_with(&[("SEEDTEST_NOW", night)], &update);
    assert_eq!(run.code, Some(1), "only the two anchors are in the bank: {}", run.transcript());
    assert!(run.stdout.contains("updated=0, skipped="), "{}", run.stdout);
    let calibration = place.run_with(
        &[("SEEDTEST_NOW", "2025-04-14T03:00:00Z"), ("IRT_UPDATE_QUESTION_META", "true")],
        &["job", "run", "mirt-calibrate", "--lookback-days", "0", "--model", "Rasch"],
    );
    let line = "question.meta.irt updated for 0 items";
    assert!(calibration.stdout.contains(line), "{}", calibration.transcript());
}

/// A service that answers with one status after the other, then stays with the last.
pub(crate) fn service(
    answers: Vec<(u16, Value)>,
) -> (String, Arc<AtomicUsize>, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (calls, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(String::new())));
    let (counter, body) = (calls.clone(), last.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let call = counter.fetch_add(1, Ordering::SeqCst);
            *body.lock().unwrap() = read_request(&mut stream);
            let (status, answer) = &answers[call.min(answers.len() - 1)];
            let text = answer.to_string();
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                text.len()
            );
            let _ = stream.write_all((head + &text).as_bytes());
        }
    });
    (url, calls, last)
}

fn read_request(stream: &mut std::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0u8; 8_192];
    loop {
        let n = stream.read(&mut buffer).unwrap_or(0);
        bytes.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")
                    .map(str::trim)
                    .map(String::from)
            })
            .and_then(|length| length.parse::<usize>().ok())
            .unwrap_or(0);
        if body.len() >= length || n == 0 {
            return text.into_owned();
        }
    }
}

fn imported() -> Playground {
    let place = Playground::new();
    place.write(
        "log.csv",
        "student,item,correct,time\na,1,1,2025-03-19\na,2,0,2025-03-19\nb,1,0,2025-03-19\nb,2,1,2025-03-19\n",
    );
    place.must(&["import", "log.csv"]);
    place
}

fn remote(place: &Playground, url: &str) -> Run {
    let environment = [
        ("R_IRT_BASE_URL", url),
        ("R_IRT_INTERNAL_TOKEN", "s3cret"),
        ("MIRT_RETRY_DELAY_SECS", "0.01"),
    ];
    place.run_with(&environment, &["job", "run", "mirt-calibrate"])
}

#[test]
fn a_calibration_elsewhere_is_asked_for_three_times() {
    let good = json!({
        "status": "success",
        "item_params": [{"item_id": "1", "params": {"a": 1.1, "b": 0.2}}],
        "abilities": [{"user_id": "a", "theta": 0.4, "se": 0.3}, {"user_id": "b", "theta": -0.4}],
        "fit_meta": {"linking_constants": {"slope": 0.9, "intercept": 0.1}},
    });
    let busy = json!({"status": "error", "message": "busy"});
    let (url, calls, last) = service(vec![(503, busy.clone()), (200, busy), (200, good)]);
    let place = imported();
    let run = remote(&place, &url);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert_eq!(place.rows("mirt_item_params"), 1);
    assert_eq!(place.rows("mirt_ability"), 2);
    let request = last.lock().unwrap().clone();
    assert!(request.contains("Bearer s3cret"), "{request}");
    assert!(request.contains(r#""is_correct":true"#), "{request}");
    insta::with_settings!({filters => vec![(r"http://127\.0\.0\.1:\d+", "[URL]")]}, {
        insta::assert_snapshot!(run.stdout);
    });
}

#[test]
fn a_refused_request_is_not_repeated_and_nothing_is_written() {
    let wrong = json!({"status": "error", "message": "no such model"});
    let (url, calls, _) = service(vec![(400, wrong)]);
    let place = imported();
    let run = remote(&place, &url);
    assert_eq!(run.code, Some(1));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert!(run.stderr.contains("no such model"), "{}", run.stderr);
    assert_eq!(place.rows("mirt_fit_meta"), 0);
}

#[test]
fn a_token_is_never_shown() {
    let place = Playground::new();
    let run = place.run_with(&[("R_IRT_INTERNAL_TOKEN", "s3cret")], &["config", "show"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.contains("(set)") && !run.stdout.contains("s3cret"), "{}", run.stdout);
}
