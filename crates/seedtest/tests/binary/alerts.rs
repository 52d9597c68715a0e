//! `send-alerts`: what staff have to look at, through a real mail server and a real receiver of signed requests.

use chrono::{DateTime, Utc};
use seedtest_store::{RunEnd, RunKind, RunStart, RunStatus, RunYield, Store, Target};
use seedtest_testkit::{HookServer, SmtpOptions, SmtpServer};
use serde_json::{Value, json};

use crate::playground::{Playground, Run};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const DATA: [&str; 2] = ["--data-dir", "seedtest-demo"];
const JOB: &str = "mirt-calibrate";

/// Enters in the ledger how a job ended.
fn ended(target: &Target, status: RunStatus, at: &str) {
    let at: DateTime<Utc> = at.parse().unwrap();
    let run_id = format!("{JOB}-{}", status.name());
    let start = RunStart {
        run_id: run_id.clone(),
        kind: RunKind::Job,
        name: JOB.into(),
        actor: "daily round".into(),
        program_version: "1".into(),
        spec: json!({}),
        seed: None,
        started_at: at,
    };
    let end = RunEnd {
        status,
        input_digest: None,
        result_digest: None,
        verdict: None,
        rows_written: None,
        seconds: 1.0,
        error: None,
        finished_at: at,
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(target).await.unwrap();
        store.open_run(&start, None).await.unwrap();
        store.close_run(&run_id, &end, RunYield::default()).await.unwrap();
        store.close().await;
    });
}

/// A Monday noon after the last week of a demo of five.
const NOW: (&str, &str) = ("SEEDTEST_NOW", "2025-04-07T12:00:00Z");

fn send(place: &Playground, environment: &[(&str, &str)], more: &[&str]) -> Run {
    let environment = &[&[NOW], environment].concat();
    place.run_with(environment, &[&["job", "run", "send-alerts"], more].concat())
}

fn alerts(place: &Playground, more: &[&str]) -> Vec<Value> {
    let listed = place.must(&[&["alert", "list", "--json"], more].concat());
    listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The text of a letter with its subject before it, by the address it went to.
fn letters(server: &SmtpServer) -> Vec<(String, String)> {
    let text = |content: &[u8]| {
        let letter = mail_parser::MessageParser::default().parse(content).unwrap();
        let subject = letter.subject().unwrap().to_owned();
        format!("{subject}\n{}", letter.body_text(0).unwrap().replace("\r\n", "\n"))
    };
    let taken = server.letters().into_iter();
    let mut all: Vec<_> = taken.map(|one| (one.to[0].clone(), text(&one.content))).collect();
    all.sort();
    all
}

#[test]
fn each_is_told_once_of_what_they_may_see() {
    let place = Playground::new();
    place.must(&["demo", "--students", "40", "--weeks", "5", "--lang", "en"]);
    for (login, role) in [("olga@school.kr", "school"), ("root@school.kr", "operator")] {
        place.must(&[&["account", "add", login, "--role", role][..], &DATA].concat());
    }
    let database = Target::Sqlite { path: place.path("seedtest-demo/seedtest.db") };
    ended(&database, RunStatus::Failed, "2025-04-07T11:00:00Z");
    let (mail, hook) = (SmtpServer::start(&SmtpOptions::default()).unwrap(), receiver(&[200]));
    let (port, url) = (mail.port.to_string(), hook.url("/alerts"));
    place.write("secret", SECRET);
    let told = [
        ("SMTP_HOST", "localhost"),
        ("SMTP_PORT", &*port),
        ("SMTP_SECURITY", "none"),
        ("MAIL_FROM", "seedtest@school.kr"),
        ("MAIL_SERVICE_URL", "https://seedtest.school.kr/"),
        ("ALERT_MAIL_TO", "Olga@school.kr, root@school.kr, pager@school.kr"),
        ("ALERT_WEBHOOK_URL", &*url),
        ("ALERT_WEBHOOK_SECRET_FILE", "secret"),
        ("ALERT_QUIET_HOURS", "none"),
        ("ALERT_LANG", "en"),
        ("CHURN_ALERT_THRESHOLD", "0.01"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&told[..], more].concat();
    // Nobody learns an id by mail who did not ask for ids.
    let keyless = send(&place, &told, &DATA);
    assert_eq!(keyless.code, Some(2), "{}", keyless.transcript());
    assert!(keyless.stderr.contains("SEEDTEST_PSEUDONYM_KEY"), "{}", keyless.stderr);
    let keyed = with(&[("SEEDTEST_PSEUDONYM_KEY", SECRET)]);
    let dry = send(&place, &keyed, &[&DATA[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, Some(0), "{}", dry.transcript());
    assert!(alerts(&place, &DATA).is_empty() && hook.requests().is_empty());

    let first = send(&place, &keyed, &DATA);
    assert_eq!(first.code, Some(0), "{}", first.transcript());
    assert!(!first.transcript().contains(SECRET));
    let open = alerts(&place, &DATA);
    let students = open.iter().filter(|alert| alert["kind"] == "risk").count();
    assert!(students > 5, "{open:?}");
    let job = open.iter().find(|alert| alert["kind"] == "job").unwrap();
    assert_eq!(job["subject"], JOB);
    let sent = letters(&mail);
    let to: Vec<&str> = sent.iter().map(|(to, _)| &**to).collect();
    assert_eq!(to, ["olga@school.kr", "pager@school.kr", "root@school.kr"]);
    let (olga, pager, root) = (&sent[0].1, &sent[1].1, &sent[2].1);
    // Who runs a school has students and no jobs; an address that nobody signs in with has no students.
    assert!(olga.starts_with(&format!("To look at: {students} students to talk to\n")), "{olga}");
    assert!(pager.starts_with("To look at: 1 failed job\n"), "{pager}");
    assert!(root.contains("students to talk to, 1 failed job"), "{root}");
    assert!(pager.contains("- mirt-calibrate: 2025-04-07 11:00"), "{pager}");
    for letter in [olga, pager, root] {
        assert!(!letter.contains("student-0"), "{letter}");
        assert!(letter.contains("https://seedtest.school.kr\n"), "{letter}");
    }
    assert!(olga.contains("- p-") && olga.contains('%'), "{olga}");
    let request = hook.next_request().unwrap();
    assert!(request.is_verified && request.age.abs() < 120.0, "{request:?}");
    let told_of = request.body["alerts"].as_array().unwrap();
    assert_eq!(told_of.len(), open.len());
    let student = told_of.iter().find(|alert| alert["kind"] == "risk").unwrap();
    assert!(student["student"].as_str().unwrap().starts_with("p-"), "{student}");
    assert!(student["detail"]["risk"].as_f64().is_some(), "{student}");

    // Again: nothing new, nothing sent; and the job that failed has ended well since.
    ended(&database, RunStatus::Done, "2025-04-07T11:30:00Z");
    let again = send(&place, &keyed, &DATA);
    assert_eq!(again.code, Some(0), "{}", again.transcript());
    assert!(again.stdout.contains("Alerts: 0 new, 1 over"), "{}", again.stdout);
    assert!(again.stdout.contains("Messages: 0 sent"), "{}", again.stdout);
    assert!(letters(&mail).is_empty() && hook.requests().is_empty());

    // Who may not see the risk is told of nobody, by whatever name.
    let blind = with(&[
        ("SEEDTEST_RISK_READERS", "none"),
        ("ALERT_STUDENTS", "name"),
        ("ALERT_MAIL_TO", "olga@school.kr,tom@school.kr"),
    ]);
    place.must(&[&["account", "add", "tom@school.kr", "--role", "school"][..], &DATA].concat());
    assert_eq!(send(&place, &blind, &DATA).code, Some(0));
    assert!(letters(&mail).is_empty());
    let seeing = with(&[("ALERT_STUDENTS", "name"), ("ALERT_MAIL_TO", "tom@school.kr")]);
    let key = open.iter().find(|alert| alert["kind"] == "risk").unwrap()["alert_key"].clone();
    let key = key.as_str().unwrap();
    place.must(&[&["alert", "acknowledge", key, "--by", "kim"][..], &DATA].concat());
    assert_eq!(send(&place, &seeing, &DATA).code, Some(0));
    let tom = &letters(&mail)[0].1;
    let others = students - 1;
    assert!(tom.starts_with(&format!("To look at: {others} students")), "acknowledged: {tom}");
    assert!(tom.contains("Adams") || tom.contains("- A"), "names: {tom}");
}

fn receiver(statuses: &[u16]) -> HookServer {
    HookServer::start(SECRET, statuses, "").unwrap()
}

/// A place where a job failed at 23:00 of a winter day, in which nothing else is to be told.
struct Night {
    place: Playground,
    url: Option<String>,
    hook: HookServer,
}

impl Night {
    fn new(url: Option<String>, statuses: &[u16]) -> Self {
        let night = Self { place: Playground::new(), url, hook: receiver(statuses) };
        let migrated = night.at("12:00:00", &[], &["migrate"]);
        assert_eq!(migrated.code, Some(0), "{}", migrated.transcript());
        night.ended(RunStatus::Failed, "23:00:00");
        night
    }

    fn ended(&self, status: RunStatus, time: &str) {
        let target = match &self.url {
            Some(url) => Target::parse(url).unwrap(),
            None => Target::Sqlite { path: self.place.path("seedtest-data/seedtest.db") },
        };
        ended(&target, status, &format!("2100-01-01T{time}Z"));
    }

    fn at(&self, time: &str, more: &[(&str, &str)], arguments: &[&str]) -> Run {
        let day = if time < "12" { "2100-01-02" } else { "2100-01-01" };
        let now = format!("{day}T{time}Z");
        let mut environment = vec![("SEEDTEST_NOW", &*now)];
        environment.extend(self.url.as_deref().map(|url| ("DATABASE_URL", url)));
        environment.extend(more);
        self.place.run_with(&environment, arguments)
    }

    fn told(&self, time: &str, more: &[(&str, &str)], arguments: &[&str]) -> Run {
        let hook = self.hook.url("/");
        let told = [("ALERT_WEBHOOK_URL", &*hook), ("ALERT_WEBHOOK_SECRET", SECRET)];
        let told = [&told[..], &[("ALERT_STUDENTS", "id")], more].concat();
        self.at(time, &told, arguments)
    }
}

const SEND: [&str; 3] = ["job", "run", "send-alerts"];
const DRAIN: [&str; 2] = ["events", "drain"];

#[test]
fn in_quiet_hours_nobody_is_told_and_what_is_over_by_then_never() {
    for url in [None, Some(seedtest_testkit::postgres_database().unwrap())] {
        let night = Night::new(url, &[200]);
        let quiet = night.told("23:30:00", &[], &SEND);
        assert_eq!(quiet.code, Some(0), "{}", quiet.transcript());
        assert!(quiet.stdout.contains("go out at 2100-01-02 07:00"), "{}", quiet.stdout);
        assert!(night.hook.requests().is_empty());
        assert_eq!(night.told("06:59:59", &[], &DRAIN).code, Some(0));
        assert!(night.hook.requests().is_empty());
        assert_eq!(night.told("07:00:00", &[], &DRAIN).code, Some(0));
        let told = night.hook.next_request().unwrap();
        assert!(told.is_verified, "{told:?}");
        assert_eq!(told.body["alerts"][0]["subject"], JOB);
        // Once it is sent, it is sent.
        assert_eq!(night.told("07:00:30", &[], &DRAIN).code, Some(0));
        assert!(night.hook.requests().is_empty());
    }
    let night = Night::new(None, &[200]);
    assert_eq!(night.told("23:30:00", &[], &SEND).code, Some(0));
    night.ended(RunStatus::Done, "23:40:00");
    let over = night.told("23:45:00", &[], &SEND);
    assert!(over.stdout.contains("Alerts: 0 new, 1 over, 0 open"), "{}", over.stdout);
    let drained = night.told("07:00:00", &[], &DRAIN);
    assert!(drained.stdout.contains("1 events done"), "{}", drained.stdout);
    assert!(night.hook.requests().is_empty(), "it was over in the night");
}

#[test]
fn a_receiver_that_fails_is_asked_again_ever_later_under_the_same_name() {
    for url in [None, Some(seedtest_testkit::postgres_database().unwrap())] {
        let night = Night::new(url, &[500, 503, 200]);
        let awake = [("ALERT_QUIET_HOURS", "none")];
        let failed = night.told("23:30:00", &awake, &SEND);
        assert_eq!(failed.code, Some(1), "{}", failed.transcript());
        assert!(failed.stdout.contains("answered 500"), "{}", failed.stdout);
        let first = night.hook.next_request().unwrap();
        // 5 s, then 10 s.
        for (time, requests) in [("23:30:04", 0), ("23:30:05", 1), ("23:30:14", 0), ("23:30:15", 1)]
        {
            night.told(time, &awake, &DRAIN);
            let came = night.hook.requests();
            assert_eq!(came.len(), requests, "{time}");
            assert!(came.iter().all(|request| request.delivery == first.delivery), "{came:?}");
        }
        night.told("23:59:00", &awake, &DRAIN);
        assert!(night.hook.requests().is_empty(), "it was taken");
        let listed = night.at("23:59:00", &[], &["alert", "list"]).stdout;
        assert!(listed.contains("job  mirt-calibrate"), "{listed}");
    }
}

#[test]
fn what_was_given_up_is_told_by_the_next_run() {
    let night = Night::new(None, &[500]);
    let awake = [("ALERT_QUIET_HOURS", "none")];
    assert_eq!(night.told("23:00:10", &awake, &SEND).code, Some(1));
    for minute in 1..8 {
        night.told(&format!("23:{:02}:00", 6 * minute), &awake, &DRAIN);
    }
    assert!(night.at("23:50:00", &[], &["events", "status"]).stdout.contains("1 given up"));
    assert_eq!(night.hook.requests().len(), 8);
    let well = Night { hook: receiver(&[200]), ..night };
    let again = well.told("23:51:00", &awake, &SEND);
    assert_eq!(again.code, Some(0), "{}", again.transcript());
    // In one message, with the failure of the job that tells.
    let told = well.hook.requests();
    assert_eq!((told.len(), told[0].body["alerts"].as_array().unwrap().len()), (1, 2));
}

#[test]
fn settings_are_refused_that_nobody_can_use() {
    let place = Playground::new();
    place.must(&["migrate"]);
    for (variable, value) in [
        ("ALERT_WEBHOOK_URL", "ftp://a/"),
        ("ALERT_QUIET_HOURS", "20-7"),
        ("ALERT_DIGEST_AT", "noon"),
        ("ALERT_KINDS", "risk,weather"),
        ("ALERT_MAIL_TO", "kim"),
        ("SEEDTEST_RISK_READERS", "teachers"),
        ("MAIL_SERVICE_URL", "school"),
    ] {
        let run = send(&place, &[(variable, value)], &[]);
        assert_eq!(run.code, Some(2), "{variable}: {}", run.transcript());
    }
    let hooked = |url| [("ALERT_WEBHOOK_URL", url), ("ALERT_WEBHOOK_SECRET", SECRET)];
    for url in ["http://user:pass@127.0.0.1/", "http://"] {
        let run = send(&place, &hooked(url), &[]);
        assert_eq!(run.code, Some(2), "{url}: {}", run.transcript());
        assert!(!run.transcript().contains("pass@"), "{}", run.transcript());
    }
    // A path may be all that opens the other system.
    let mistyped = send(&place, &hooked("htps://hooks.example/services/T0/OPENS"), &[]);
    assert!(mistyped.stderr.contains("ALERT_WEBHOOK_URL"), "{}", mistyped.transcript());
    assert!(!mistyped.transcript().contains("OPENS"), "{}", mistyped.transcript());
    let short = [("ALERT_WEBHOOK_URL", "http://127.0.0.1:9/"), ("ALERT_WEBHOOK_SECRET", "short")];
    let run = send(&place, &short, &[]);
    assert!(run.stderr.contains("shorter than 32 bytes"), "{}", run.transcript());
    let usable = [&hooked("http://127.0.0.1:9/in/T0")[..], &[("ALERT_STUDENTS", "id")]].concat();
    let shown = place.run_with(&usable, &["config", "show"]).stdout;
    assert!(shown.contains("send-alerts.webhook-secret") && !shown.contains(SECRET), "{shown}");
    assert!(shown.contains("send-alerts.webhook-url") && !shown.contains("in/T0"), "{shown}");
    place.write("hook", "http://127.0.0.1:9/in/T0\n");
    let from_file = [
        ("ALERT_WEBHOOK_URL_FILE", "hook"),
        ("ALERT_WEBHOOK_SECRET", SECRET),
        ("ALERT_STUDENTS", "id"),
    ];
    let run = send(&place, &from_file, &[]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let told = run.transcript();
    assert!(!told.contains("Nobody is told") && !told.contains("in/T0"), "{told}");
}
