//! Processes killed at any moment: nothing is lost, nothing is there twice, nothing runs for good.
//! `scripts/kills.sh` kills more often.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kpi_jobs::Place;
use crate::serving::answer;

/// A Thursday; the newest answers are of the day before.
pub(crate) const NOW: (&str, &str) = ("SEEDTEST_NOW", "2025-03-20T12:00:00Z");
pub(crate) const TOKEN: (&str, &str) = ("INTERNAL_TOKEN", "open sesame");
/// The steps of a week, each killed again and again before it may end.
const STEPS: [&[&str]; 5] = [
    &["import", "log.csv"],
    &["job", "run", "mirt-calibrate"],
    &["job", "run", "compute-daily-kpis", "--from", "2025-02-10"],
    &["pipeline", "daily"],
    &["pipeline", "weekly"],
];

/// Most events and runs that one life of a service takes on: all of them are worked off in the end.
const PUTS_OF_A_LIFE: u32 = 12;

/// How often each part kills.
pub(crate) fn kills() -> u32 {
    std::env::var("SEEDTEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// The database of a place.
fn backend(place: &Place) -> &'static str {
    if place.url().is_some() { "PostgreSQL" } else { "SQLite" }
}

/// A line for who ran scripts/kills.sh.
fn tell(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Moments of death: the same in every run of the test.
pub(crate) struct Moments(u64);

impl Moments {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn before(&mut self, end: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        end.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// Thirty students over six weeks, some of whom fall silent.
pub(crate) fn school_log() -> String {
    let mut text = String::from("student,item,topic,correct,completed_at\n");
    for day in 0..42_u32 {
        for student in (0..30_u32).filter(|student| day < 20 + student) {
            let (date, item) = (date_of(day), (student * 3 + day * 5) % 24);
            let right = u32::from((student * 7 + item * 13 + day) % 30 < student.max(5));
            let _ = writeln!(
                text,
                "s{student:02},{item},t{},{right},{date}T10:{student:02}:00Z",
                item % 3
            );
        }
    }
    text
}

/// Days from 6 February 2025 on.
fn date_of(day: u32) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2025, 2, 6).unwrap();
    (first + chrono::Days::new(u64::from(day))).to_string()
}

/// Everything the steps wrote that a person would miss, or see twice.
fn contents(place: &Place) -> BTreeMap<String, Value> {
    let doctor = place.run(&[NOW], &["doctor"]).stdout;
    let counts = doctor.lines().filter_map(|line| line.split_once(": "));
    let counts = counts.filter(|(table, _)| !table.starts_with("seedtest_"));
    let mut contents: BTreeMap<String, Value> = counts
        .filter_map(|(table, rows)| Some((table.to_owned(), rows.parse::<u64>().ok()?.into())))
        .collect();
    for week in ["2025-02-10", "2025-02-17", "2025-02-24", "2025-03-03", "2025-03-10", "2025-03-17"]
    {
        let rows = place.with(async |store| store.weekly_kpi(week.parse().unwrap()).await.unwrap());
        for row in rows {
            contents.insert(format!("{week} {}", row.user_id), Value::Object(row.kpis));
        }
    }
    assert!(contents.len() > 100, "{contents:?}");
    contents
}

pub(crate) fn spawn(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
    let mut command = place.place.command(arguments);
    command.envs(environment.iter().copied()).envs(place.url().map(|url| ("DATABASE_URL", url)));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs a step to its end, after whoever a server still takes for alive.
pub(crate) fn complete(place: &Place, step: &[&str]) {
    for _ in 0..200 {
        let run = place.attempt(&[NOW], step);
        run.ended();
        if !run.stdout.contains("already running\n") {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{step:?} is for ever running already");
}

/// Lines of the ledger by how their runs ended.
pub(crate) fn ledger(place: &Place) -> BTreeMap<String, u32> {
    let mut ends = BTreeMap::new();
    for _ in 0..200 {
        ends.clear();
        let listed = place.run(&[NOW], &["runs", "list", "--limit", "100000", "--json"]).stdout;
        for line in listed.lines() {
            let run: Value = serde_json::from_str(line).unwrap();
            *ends.entry(run["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        if ["queued", "running", "written"].iter().all(|open| !ends.contains_key(*open)) {
            return ends;
        }
        // A server learns of a dead client in its own time.
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("lines stay open: {ends:?}");
}

#[test]
fn steps_that_are_killed_lose_and_double_nothing() {
    let mut moments = Moments::new(0x5eed);
    for (place, whole) in Place::both().into_iter().zip(Place::both()) {
        for place in [&place, &whole] {
            place.place.write("log.csv", school_log());
        }
        let per_step = kills().div_ceil(2 * STEPS.len() as u32);
        let all = Instant::now();
        for step in STEPS {
            let began = Instant::now();
            complete(&whole, step);
            let takes = began.elapsed();
            for _ in 0..per_step {
                let mut child = spawn(&place, step, &[NOW]);
                std::thread::sleep(moments.before(takes));
                child.kill().unwrap();
                child.wait().unwrap();
            }
            complete(&place, step);
        }
        assert_eq!(contents(&place), contents(&whole));
        let ends = ledger(&place);
        assert!(!ends.contains_key("failed"), "{ends:?}");
        assert!(ends["done"] >= ledger(&whole)["done"], "{ends:?}");
        let (kills, seconds) = (per_step * STEPS.len() as u32, all.elapsed().as_secs());
        let on = backend(&place);
        tell(format_args!(
            "kills of steps on {on}: {kills}; rows lost 0, doubled 0, lines left open 0 (each must \
             be 0); lines of the ledger {ends:?}; {seconds} s"
        ));
    }
}

/// A service over the database of a place.
pub(crate) struct Served {
    child: Child,
    pub(crate) addr: String,
}

impl Served {
    pub(crate) fn start(place: &Place) -> Self {
        let arguments = ["--quiet", "serve", "--bind", "127.0.0.1:0"];
        let mut child = spawn(place, &arguments, &[NOW, TOKEN]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, addr: line.trim().rsplit('/').next().unwrap().to_owned() }
    }

    /// `None` when the service died before it answered.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let body = body.to_string();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: \
             application/json\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
            TOKEN.1,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.addr).ok()?;
        stream.set_read_timeout(Some(Duration::from_mins(1))).ok()?;
        stream.write_all(head.as_bytes()).ok()?;
        let (status, text) = answer(&mut stream);
        let json = text.split_once("\r\n\r\n")?.1;
        Some((status, serde_json::from_str(json).ok()?))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fit() -> Value {
    let answer = |student: u32, item: u32| {
        let right = u32::from((student * 7 + item * 5) % 11 > item * 2);
        json!({"user_id": format!("s{student}"), "item_id": format!("q{item}"), "is_correct": right})
    };
    let rows = (0..40).flat_map(|student| (0..6).map(move |item| answer(student, item)));
    json!({"model": "2PL", "observations": rows.collect::<Vec<_>>()})
}

fn event(n: u32) -> Value {
    let (student, minute) = (n % 30, n / 30);
    json!({
        "kind": "session_finished", "user_id": format!("s{student:02}"), "key": format!("k{n}"),
        "at": format!("2025-03-20T{:02}:{:02}:00Z", minute / 60 % 12, minute % 60),
    })
}

#[test]
fn a_service_that_is_killed_loses_no_run_and_no_event() {
    let mut moments = Moments::new(0xdead);
    for place in Place::both() {
        place.place.write("log.csv", school_log());
        complete(&place, STEPS[0]);
        // An event sees the items as they were calibrated before it.
        place.attempt(&[("SEEDTEST_NOW", "2025-03-19T23:00:00Z")], STEPS[1]).ended();
        let abilities = place.place_rows("mirt_ability");
        let (mut runs, mut events, mut put) = (Vec::new(), Vec::new(), 0_u32);
        let all = Instant::now();
        for _ in 0..kills().div_ceil(2) {
            let mut served = Served::start(&place);
            let die = Instant::now() + moments.before(Duration::from_millis(600));
            let last = put + PUTS_OF_A_LIFE;
            while Instant::now() < die && put < last {
                put += 1;
                if let Some((202, _)) = served.ask("POST", "/v1/events", &event(put)) {
                    events.push(put);
                }
                let what = ["model=irt", "job=verify-counts"][put as usize % 2];
                let body = if put.is_multiple_of(2) { fit() } else { json!({}) };
                if let Some((202, run)) = served.ask("POST", &format!("/v1/runs?{what}"), &body) {
                    runs.push(run["run_id"].as_str().unwrap().to_owned());
                }
            }
            std::thread::sleep(die.saturating_duration_since(Instant::now()));
            served.child.kill().unwrap();
        }
        assert!(!runs.is_empty() && !events.is_empty());

        let served = Served::start(&place);
        let ask = |path: &str| served.ask("GET", path, &json!({})).unwrap();
        let each = Duration::from_millis(500) * (runs.len() + events.len()) as u32;
        let patience = Instant::now() + Duration::from_mins(2) + each;
        let mut ends: BTreeMap<String, u32> = BTreeMap::new();
        for run_id in &runs {
            let run = loop {
                let (status, run) = ask(&format!("/v1/runs/{run_id}"));
                assert_eq!(status, 200, "{run_id} is lost: {run}");
                let word = run["run_status"].as_str().unwrap().to_owned();
                if !["queued", "running"].contains(&&*word) {
                    break run;
                }
                assert!(Instant::now() < patience, "{run_id} stays {word}");
                std::thread::sleep(Duration::from_millis(100));
            };
            let word = run["run_status"].as_str().unwrap();
            assert!(["done", "noop", "interrupted"].contains(&word), "{run}");
            assert_eq!(run.get("result").is_some(), word != "interrupted", "{run}");
            *ends.entry(word.to_owned()).or_default() += 1;
        }
        loop {
            let (_, counts) = ask("/v1/events");
            assert_eq!(counts["dead"], 0);
            if counts["waiting"] == 0 {
                break;
            }
            assert!(Instant::now() < patience, "{counts}");
            std::thread::sleep(Duration::from_millis(100));
        }
        for &n in &events {
            let (status, again) = served.ask("POST", "/v1/events", &event(n)).unwrap();
            assert_eq!((status, &again["new"]), (202, &false.into()), "event {n} was lost");
        }
        let (_, counts) = ask("/v1/events");
        drop(served);
        let done = counts["done"].as_u64().unwrap();
        assert!(done >= events.len() as u64 && done <= u64::from(put), "{counts}");
        let estimated = place.place_rows("mirt_ability") - abilities;
        assert_eq!(estimated, done, "one estimate an event, however often it was begun: {ends:?}");
        ledger(&place);
        let (n_runs, n_events, kills) = (runs.len(), events.len(), kills().div_ceil(2));
        let (on, seconds) = (backend(&place), all.elapsed().as_secs());
        tell(format_args!(
            "kills of the service on {on}: {kills}; of {n_runs} accepted runs and {n_events} events lost 0, \
             doubled 0, left open 0 (each must be 0); runs {ends:?}; {seconds} s"
        ));
    }
}
