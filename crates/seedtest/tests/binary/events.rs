//! Events wait in the database until somebody has dealt with them, whoever dies meanwhile.

use std::process::Stdio;
use std::time::Duration;

use crate::playground::{Playground, Run};

const USERS: usize = 12;

struct Place {
    place: Playground,
    url: Option<String>,
}

impl Place {
    /// A calibrated log.
    fn new(url: Option<String>) -> Self {
        let place = Self { place: Playground::new(), url };
        let mut log = String::from("student,item,correct,completed_at\n");
        for student in 0..USERS {
            for item in 0..6 {
                let right = usize::from((student * 5 + item * 3) % 7 > item);
                let line = format!("s{student:02},q{item},{right},2025-03-1{item}T08:00:00Z\n");
                log.push_str(&line);
            }
        }
        place.place.write("log.csv", log);
        if place.url.is_some() {
            place.must(&["migrate"]);
        }
        place.must(&["import", "log.csv"]);
        place.must(&["job", "run", "mirt-calibrate"]);
        place
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        let mut environment = vec![("SEEDTEST_NOW", "2025-03-20T12:00:00Z")];
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

    fn finish_sessions(&self) {
        for student in 0..USERS {
            let user = format!("s{student:02}");
            self.must(&["events", "put", "session-finished", "--user", &user, "--at", AT]);
        }
    }

    fn status(&self) -> String {
        self.must(&["events", "status"]).stdout.trim().to_string()
    }

    /// Rows of abilities, calibrated and of events.
    fn abilities(&self) -> u64 {
        let counts = self.must(&["job", "run", "verify-counts"]).stdout;
        let line = counts.lines().find(|line| line.contains("mirt_ability:")).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

/// The instant of the calibration: what is calibrated later plays no part in an event.
const AT: &str = "2025-03-20T12:00:00Z";

fn backends() -> [Option<String>; 2] {
    [None, Some(seedtest_testkit::postgres_database().unwrap())]
}

#[test]
fn a_finished_session_gives_one_ability_however_often_it_is_told() {
    for url in backends() {
        let place = Place::new(url);
        let before = place.abilities();
        place.finish_sessions();
        place.finish_sessions();
        assert_eq!(place.status(), "12 events wait, 0 done, 0 given up");
        let drained = place.must(&["events", "drain"]);
        assert!(drained.stdout.contains("12 events done"), "{}", drained.stdout);
        assert_eq!(place.abilities(), before + USERS as u64);
        place.must(&["events", "drain"]);
        assert_eq!(place.abilities(), before + USERS as u64);
        let ledger = place.must(&["runs", "list", "--name", "irt-update-theta"]);
        assert_eq!(ledger.stdout.matches("event ").count(), USERS, "{}", ledger.stdout);
    }
}

#[test]
fn a_killed_worker_loses_no_event() {
    for url in backends() {
        let place = Place::new(url);
        let before = place.abilities();
        place.finish_sessions();
        for patience in [10, 20, 30, 45] {
            let mut command = place.place.command(&["events", "drain"]);
            command.envs(place.environment()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(Duration::from_millis(patience));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        // What a dead worker holds is free again when its lease has ended.
        let mut environment = place.environment();
        environment[0] = ("SEEDTEST_NOW", "2025-03-20T12:10:00Z");
        let run = place.place.run_with(&environment, &["events", "drain"]);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        assert_eq!(place.status(), "0 events wait, 12 done, 0 given up");
        assert_eq!(place.abilities(), before + USERS as u64);
    }
}

#[test]
fn events_nobody_can_deal_with_are_refused() {
    let place = Place::new(None);
    let unknown = place.run(&["events", "put", "sunrise", "--user", "s01"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.transcript());
    assert!(unknown.stderr.contains("session_finished"), "{}", unknown.stderr);
    let future = ["events", "put", "session-finished", "--user", "s01", "--at"];
    let future = place.run(&[&future[..], &["2025-03-21T00:00:00Z"]].concat());
    assert_eq!(future.code, Some(2), "{}", future.transcript());
    let nobody = place.run(&["events", "put", "session-finished", "--user", " "]);
    assert_eq!(nobody.code, Some(2), "{}", nobody.transcript());
    assert_eq!(place.status(), "0 events wait, 0 done, 0 given up");
}
