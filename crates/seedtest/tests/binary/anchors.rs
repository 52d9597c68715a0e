//! The scale from night to night: anchors, linking, topic abilities, single students.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use seedtest_store::{Store, Target};
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
    assert!(third.contains(r#""method":"fixed","n_anchors":50"#), "{third}");
    assert!(third.contains("Drift since the last calibration"), "{third}");
    let topics = run(night, &["job", "run", "backfill-topic-theta"]);
    assert!(topics.contains("Backfill complete. Upserted 9"), "{topics}");
    let rerun = run(night, &["job", "run", "backfill-topic-theta"]);
    assert!(rerun.ends_with("Backfill complete. Upserted 0 topic thetas.\n"), "{rerun}");
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

/// Uniform numbers from a counter (SplitMix64).
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Twelve uniform numbers make a normal one as far as these tests can tell.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Answers of students N(mean, 1) to 25 items, all on one morning.
fn cohort(tag: &str, mean: f64, students: usize, day: &str, item: fn(usize) -> String) -> String {
    let mut draws = Draws(tag.bytes().map(u64::from).sum());
    let mut text = String::from("student_id,item_id,correct,timestamp\n");
    for student in 0..students {
        let theta = mean + draws.normal();
        for place in 0..25usize {
            let (a, b) = (0.7 + 0.03 * place as f64, -1.8 + 0.15 * ((place * 7) % 25) as f64);
            let right = u8::from(draws.uniform() < 1.0 / (1.0 + (-a * (theta - b)).exp()));
            let id = item(place);
            let _ = writeln!(text, "{tag}{student:04},{id},{right},{day}T08:{place:02}:00Z");
        }
    }
    text
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// What the newest calibrations stored, by the time of the run: item parameters and abilities.
fn stored(place: &Playground, url: Option<&str>) -> Vec<(String, Value)> {
    let target = match url {
        Some(url) => Target::parse(url).unwrap(),
        None => Target::Sqlite { path: place.path("seedtest-data/seedtest.db") },
    };
    runtime().block_on(async {
        let store = Store::open(&target).await.unwrap();
        let end = "2100-01-01T00:00:00Z".parse().unwrap();
        let items = store.item_params_history(DateTime::UNIX_EPOCH, end).await.unwrap();
        let abilities = store.ability_history(DateTime::UNIX_EPOCH, end).await.unwrap();
        store.close().await;
        let mut nights: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for row in items {
            let at = row.fitted_at.to_rfc3339();
            nights.entry(at).or_default().push(json!([row.item_id, row.params]));
        }
        for row in abilities {
            let at = row.fitted_at.to_rfc3339();
            nights.entry(at).or_default().push(json!([row.user_id, row.theta, row.se]));
        }
        nights.into_iter().map(|(at, rows)| (at, Value::from(rows))).collect()
    })
}

fn mean_theta(night: &Value, tag: &str) -> f64 {
    let rows = night.as_array().unwrap().iter();
    let own: Vec<f64> = rows
        .filter(|row| row[0].as_str().is_some_and(|id| id.starts_with(tag)))
        .filter_map(|row| row[1].as_f64())
        .collect();
    own.iter().sum::<f64>() / own.len() as f64
}

/// Monday's students are N(0, 1), Tuesday's others N(1, 1); the items have text ids, and nobody has
/// tagged an anchor.
fn two_nights(environment: &[(&str, &str)], url: Option<&str>) {
    let place = Playground::new();
    let text_id = |item: usize| format!("algebra-{item:02}");
    let nights = [("monday", 0.0, "2025-03-03"), ("tuesday", 1.0, "2025-03-04")];
    let job = ["job", "run", "mirt-calibrate", "--lookback-days", "1"];
    at(&place, environment, "2025-03-01T00:00:00Z", &["migrate"]);
    let mut logs = Vec::new();
    for (tag, mean, day) in nights {
        place.write("log.csv", cohort(tag, mean, 500, day, text_id));
        at(&place, environment, &format!("{day}T10:00:00Z"), &["import", "log.csv"]);
        logs.push(at(&place, environment, &format!("{day}T20:00:00Z"), &job).stdout);
    }
    assert!(logs[1].contains(r#""method":"stocking_lord","n_anchors":25"#), "{}", logs[1]);
    assert!(logs[1].contains(r#""reference":"fit-20250303-200000""#), "{}", logs[1]);
    let flagged = "25 common items, 0 minor, 0 moderate, 0 severe";
    assert!(logs[1].contains(flagged), "{}", logs[1]);
    let found = stored(&place, url);
    let apart = mean_theta(&found[1].1, "tuesday") - mean_theta(&found[0].1, "monday");
    // Two means of 500 draws, and a link by 25 items; without the link it would be 0.
    assert!((apart - 1.0).abs() < 0.25, "{apart}");

    // Ids in no bank can be anchors on both databases, and a fault has its reason.
    let night = "2025-03-05T20:00:00Z";
    let list: Vec<String> = (0..20).map(text_id).collect();
    let tag = ["job", "run", "tag-anchor-items", "--item-ids", &list.join(",")];
    let done = at(&place, environment, night, &tag).stdout;
    assert!(done.contains("- Tagged: 20") && done.contains("- Errors: 0"), "{done}");
    let again = at(&place, environment, night, &tag).stdout;
    assert!(again.contains("- Tagged: 0") && again.contains("tagged): 20"), "{again}");
    let unknown = ["job", "run", "tag-anchor-items", "--item-ids", "geometry-01"];
    let refused = place.run_with(&[environment, &[("SEEDTEST_NOW", night)]].concat(), &unknown);
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    assert!(refused.stdout.contains("item geometry-01 has no parameters"), "{}", refused.stdout);
    let verify = at(&place, environment, night, &["job", "run", "tag-anchor-items", "verify"]);
    assert!(verify.stdout.contains("Tagged anchors: 20"), "{}", verify.stdout);
    let job = ["job", "run", "mirt-calibrate", "--lookback-days", "0"];
    let held = at(&place, environment, night, &job).stdout;
    assert!(held.contains(r#""method":"fixed","n_anchors":20"#), "{held}");
    let found = stored(&place, url);
    let params = |night: &Value, id: &str| {
        let row = night.as_array().unwrap().iter().find(|row| row[0] == *id);
        row.map(|row| [row[1]["a"].clone(), row[1]["b"].clone()]).unwrap()
    };
    for id in &list {
        assert_eq!(params(&found[2].1, id), params(&found[1].1, id), "{id} is held as tagged");
    }

    // A replay of Wednesday morning reads no anchor and no calibration of Wednesday night.
    let job = ["job", "run", "mirt-calibrate", "--lookback-days", "1"];
    let replay = at(&place, environment, "2025-03-05T07:00:00Z", &job).stdout;
    assert!(replay.contains("20 anchors were tagged later and play no part yet"), "{replay}");
    assert!(!replay.contains(r#""method":"fixed""#), "{replay}");
    let again = stored(&place, url);
    let tuesdays = [&again[1], &again[2]];
    assert!(tuesdays[1].0.starts_with("2025-03-05T07"), "{}", tuesdays[1].0);
    assert_eq!(tuesdays[0].1, tuesdays[1].1, "the same answers again: the same numbers");
}

#[test]
fn nights_without_anchors_are_on_one_scale_on_both_backends() {
    two_nights(&[], None);
    let url = seedtest_testkit::postgres_database().unwrap();
    two_nights(&[("DATABASE_URL", &url)], Some(&url));
}

#[test]
fn six_nights_on_the_same_log_give_the_same_numbers() {
    let url = seedtest_testkit::postgres_database().unwrap();
    let environment = [("DATABASE_URL", url.as_str()), ("IRT_UPDATE_QUESTION_META", "true")];
    let place = Playground::new();
    at(&place, &environment, "2025-03-01T00:00:00Z", &["migrate"]);
    add_questions(&url);
    let log = cohort("s", 0.3, 150, "2025-03-03", |item| (1001 + item).to_string());
    place.write("log.csv", log);
    at(&place, &environment, "2025-03-03T10:00:00Z", &["import", "log.csv"]);
    let likelihoods: Vec<String> = (4..10)
        .map(|day| {
            let log = calibrate(&place, &environment, &format!("2025-03-{day:02}T03:00:00Z"));
            // Written back every night: what changed nothing is not counted.
            let written = if day == 4 { 25 } else { 0 };
            assert!(
                log.contains(&format!("question.meta.irt updated for {written} items")),
                "{log}"
            );
            log.lines().find(|line| line.contains("log-likelihood")).unwrap().to_string()
        })
        .collect();
    assert!(likelihoods.iter().all(|line| *line == likelihoods[0]), "{likelihoods:?}");
    let nights = stored(&place, Some(&url));
    assert_eq!(nights.len(), 6);
    for (at, night) in &nights[1..] {
        assert_eq!(night, &nights[0].1, "{at}");
    }
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
