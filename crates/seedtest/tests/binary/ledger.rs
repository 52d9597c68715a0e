//! Every run leaves a line, and a fit can be repeated from it.

use seedtest_store::{RunEnd, RunStart, RunYield, Store, Target};
use serde_json::Value;

use crate::playground::{Playground, Run};

/// Twelve students and five items, without a random number, abler students right more often; `flip`
/// turns one answer.
fn log(flip: bool) -> String {
    let mut text = String::from("student,item,correct,completed_at\n");
    for student in 0..12u32 {
        for item in 0..5u32 {
            let right = u32::from(student + (student * 7 + item * 5) % 6 > 2 * item + 2);
            let right = if flip && student == 3 && item == 2 { 1 - right } else { right };
            let line = format!("s{student},q{item},{right},2025-03-1{item}T08:00:{student:02}Z\n");
            text.push_str(&line);
        }
    }
    text
}

struct Place {
    place: Playground,
    url: Option<String>,
}

impl Place {
    fn on_both(test: impl Fn(&Place)) {
        for url in [None, Some(seedtest_testkit::postgres_database().unwrap())] {
            let place = Place { place: Playground::new(), url };
            place.place.write("log.csv", log(false));
            place.place.write("flipped.csv", log(true));
            if place.url.is_some() {
                place.must(&["migrate"]);
            }
            test(&place);
        }
    }

    fn run_at(&self, now: &str, arguments: &[&str]) -> Run {
        let mut environment = vec![("SEEDTEST_NOW", now)];
        environment.extend(self.url.as_deref().map(|url| ("DATABASE_URL", url)));
        self.place.run_with(&environment, arguments)
    }

    fn must(&self, arguments: &[&str]) -> Run {
        let run = self.run_at("2025-03-20T12:00:00Z", arguments);
        run.ended();
        run
    }

    /// The lines of the ledger, the newest first, without those of imports.
    fn ledger(&self) -> Vec<Value> {
        let listed = self.must(&["runs", "list", "--json"]);
        let lines = listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.filter(|line: &Value| line["name"] != "import").collect()
    }
}

fn id(line: &Value) -> &str {
    line["run_id"].as_str().unwrap()
}

#[test]
fn a_calibration_can_be_repeated_from_the_ledger_alone() {
    Place::on_both(|place| {
        place.must(&["import", "log.csv"]);
        place.must(&["job", "run", "mirt-calibrate", "--model", "1PL", "--priors", "none"]);
        let ledger = place.ledger();
        let line = &ledger[0];
        assert_eq!(line["status"], "done", "{line}");
        assert_eq!(line["actor"], "command line");
        assert_eq!(line["spec"]["settings"]["model"], "1PL");
        assert_eq!(line["verdict"]["status"], "converged", "{line}");
        assert!(line["rows_written"].as_u64().unwrap() > 12);

        // Another day, another number of threads: the settings and the instant are stored.
        let verify = ["--threads", "1", "runs", "verify", id(line)];
        let verified = place.run_at("2025-05-01T00:00:00Z", &verify);
        assert_eq!(verified.code, Some(0), "{}", verified.transcript());
        assert!(verified.stdout.contains("identical"), "{}", verified.stdout);
        assert_eq!(place.ledger().len(), 1, "a verification is no run");
    });
}

#[test]
fn changed_answers_are_told_from_a_changed_result() {
    Place::on_both(|place| {
        place.must(&["import", "log.csv"]);
        place.must(&["job", "run", "mirt-calibrate"]);
        let late = log(true).replace(":00:", ":30:").replace(",q", ",r");
        place.place.write("late.csv", late);
        place.must(&["import", "late.csv"]);
        let run_id = id(&place.ledger()[0]).to_string();
        let verified = place.run_at("2025-05-01T00:00:00Z", &["runs", "verify", &run_id]);
        assert_eq!(verified.code, Some(1));
        assert!(verified.stdout.contains("changed since"), "{}", verified.stdout);
    });
}

#[test]
fn a_run_of_another_version_is_told_from_changed_answers() {
    Place::on_both(|place| {
        place.must(&["import", "log.csv"]);
        place.must(&["job", "run", "mirt-calibrate"]);
        let run_id = id(&place.ledger()[0]).to_string();
        // The same run as a version that digested its input in another way left it.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let target = match &place.url {
                Some(url) => Target::parse(url).unwrap(),
                None => Target::Sqlite { path: place.place.path("seedtest-data/seedtest.db") },
            };
            let store = Store::open(&target).await.unwrap();
            let run = store.run(&run_id).await.unwrap().unwrap();
            let (run_id, program_version) = ("older".to_string(), "0.1.0".to_string());
            let start = RunStart { run_id, program_version, ..run.start };
            let input_digest = Some("another form".to_string());
            store.open_run(&start, None).await.unwrap();
            let end = RunEnd { input_digest, ..run.end.unwrap() };
            store.close_run("older", &end, RunYield::default()).await.unwrap();
            store.close().await;
        });
        let verified = place.run_at("2025-05-01T00:00:00Z", &["runs", "verify", "older"]);
        assert_eq!(verified.code, Some(1), "{}", verified.transcript());
        assert!(verified.stdout.contains("version 0.1.0 made it"), "{}", verified.stdout);
    });
}

#[test]
fn runs_without_a_fit_are_told_as_they_ended() {
    Place::on_both(|place| {
        place.must(&["migrate"]);
        place.must(&["job", "run", "mirt-calibrate"]);
        place.must(&["job", "run", "mirt-calibrate", "--dry-run"]);
        place.must(&["import", "log.csv"]);
        place.must(&["job", "run", "compute-daily-kpis"]);
        let failing = ["job", "run", "mirt-calibrate", "--min-answers", "1000000"];
        assert_eq!(place.run_at("2025-03-20T13:00:00Z", &failing).code, Some(1));
        let ledger = place.ledger();
        let states: Vec<(&str, &str)> = ledger
            .iter()
            .map(|line| (line["name"].as_str().unwrap(), line["status"].as_str().unwrap()))
            .collect();
        assert_eq!(states[0], ("mirt-calibrate", "failed"));
        assert_eq!(states.len(), 3, "a dry run leaves no line: {states:?}");
        assert!(states[1..].contains(&("compute-daily-kpis", "done")), "{states:?}");
        assert!(states[1..].contains(&("mirt-calibrate", "noop")), "{states:?}");
        assert!(ledger[0]["error"].as_str().unwrap().len() > 10);
        for line in &ledger {
            let verified = place.run_at("2025-03-20T13:00:00Z", &["runs", "verify", id(line)]);
            assert_eq!(verified.code, Some(1));
            assert!(verified.stdout.contains("cannot be repeated"), "{}", verified.stdout);
        }
        let shown = place.must(&["runs", "show", id(&ledger[0])]);
        assert!(shown.stdout.contains("\"status\": \"failed\""), "{}", shown.stdout);
        let unknown = place.run_at("2025-03-20T13:00:00Z", &["runs", "show", "nope"]);
        assert_eq!(unknown.code, Some(1), "{}", unknown.transcript());
    });
}
