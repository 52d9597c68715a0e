//! Two ids that are one student: whoever goes by the old one means the new one and is told so, and an erasure leaves
//! nothing of either.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::kpi_jobs::Place;

/// Ids that no other text holds.
const OLD: &str = "amyold41";
const NEW: &str = "amynew42";
const HEADER: &str = "student,item,topic,correct,completed_at\n";

fn rows(student: &str, days: std::ops::Range<u32>) -> String {
    let row = |day: u32| {
        let right = day % 2;
        format!("{student},q{day},algebra,{right},2025-03-{day:02}T09:00:00Z\n")
    };
    days.map(row).collect()
}

/// A school in which the old id had answers, KPIs, a report and a correction before it was merged into the new one.
fn merged(place: &Place) {
    let text = [HEADER, &rows(OLD, 3..12), &rows(NEW, 12..17), &rows("bob", 3..17)].concat();
    place.place.write("log.csv", text);
    place.run(&[], &["import", "log.csv"]);
    place.run(&[], &["pipeline", "history", "--from", "2025-03-01", "--to", "2025-03-20"]);
    place.run(&[], &["report", "--student", OLD, "--week", "2025-03-05", "--lang", "en"]);
    place.run(&[], &["answer", "void", "--student", OLD, "--item", "q3"]);
    let missing = place.attempt(&[], &["answer", "void", "--student", OLD, "--item", "q99"]);
    assert_eq!(missing.code, Some(1), "{}", missing.transcript());
    let told = place.run(&[], &["student", "merge", OLD, NEW]).stdout;
    assert!(told.contains("answers moved"), "{told}");
    fs::remove_file(place.place.path("log.csv")).unwrap();
}

/// Every file and directory below one.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found
}

/// Places on disk that hold one of the ids, in their name or in their bytes.
fn holding(place: &Place) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let name = path.to_string_lossy();
        let bytes = if path.is_file() { fs::read(path).unwrap() } else { Vec::new() };
        [OLD, NEW].iter().any(|id| {
            name.contains(id) || bytes.windows(id.len()).any(|window| window == id.as_bytes())
        })
    };
    below(&place.place.path("seedtest-data")).into_iter().filter(holds).collect()
}

fn told_of_merge(stderr: &str) -> bool {
    stderr.contains(&format!("{OLD:?} is {NEW:?} since the two ids were merged"))
}

#[test]
fn an_erasure_by_either_id_leaves_nothing_of_both() {
    for (asked, is_told) in [(NEW, false), (OLD, true)] {
        for place in Place::both() {
            merged(&place);
            let export = place.run(&[], &["student", "export", asked]);
            assert_eq!(told_of_merge(&export.stderr), is_told, "{}", export.stderr);
            let document: Value = serde_json::from_str(&export.stdout).unwrap();
            assert_eq!(
                (&document["student_id"], &document["merged_ids"][0]),
                (&NEW.into(), &OLD.into())
            );
            assert_eq!(document["tables"]["attempt_log"].as_array().unwrap().len(), 14);

            let receipt = place.run(&[], &["student", "erase", asked]);
            assert_eq!(told_of_merge(&receipt.stderr), is_told, "{}", receipt.stderr);
            let receipt: Value = serde_json::from_str(&receipt.stdout).unwrap();
            assert_eq!(
                (&receipt["student_id"], &receipt["merged_ids"][0]),
                (&NEW.into(), &OLD.into())
            );
            assert_eq!(holding(&place), [""; 0].map(PathBuf::from));
            for id in [OLD, NEW] {
                let gone = place.attempt(&[], &["student", "export", id]);
                assert!(gone.stderr.contains("nothing is held"), "{}", gone.transcript());
            }
            let runs = place.run(&[], &["runs", "list", "--json"]).stdout;
            assert!(!runs.contains(OLD) && !runs.contains(NEW), "{runs}");
            assert!(place.run(&[], &["export", "answers"]).stdout.contains("bob"));
        }
    }
}

#[test]
fn every_command_that_takes_a_student_follows_a_merge_and_says_so() {
    for place in Place::both() {
        merged(&place);
        let week = ["--week", "2025-03-12", "--lang", "en"];
        let calls: [&[&str]; 9] = [
            &["export", "answers", "--student", OLD],
            &["export", "kpis", "--student", OLD],
            &["answer", "void", "--student", OLD, "--item", "q4"],
            &["answer", "restore", "--student", OLD, "--item", "q4"],
            &["answer", "correct", "--student", OLD, "--item", "q4", "--right"],
            &["report", "--student", OLD, week[0], week[1], week[2], week[3]],
            &["events", "put", "session-finished", "--user", OLD],
            &["job", "run", "recompute-weekly-kpi", "--user", OLD],
            &["job", "run", "features-backfill", "--user", OLD, "--from", "2025-03-10"],
        ];
        for call in calls {
            let run = place.attempt(&[], call);
            assert!(matches!(run.code, Some(0 | 3)), "{call:?}: {}", run.transcript());
            let said = [run.stdout.as_str(), run.stderr.as_str()].concat();
            assert!(told_of_merge(&said), "{call:?}: {}", run.transcript());
        }
        let answers = place.run(&[], &["export", "answers", "--student", OLD]).stdout;
        let own = answers.lines().skip(1).filter(|line| line.contains(NEW)).count();
        assert_eq!((own, answers.lines().count()), (13, 14), "{answers}");
        // Nothing was begun under the old id.
        for table in ["kpis", "features", "abilities", "answers"] {
            let all = place.run(&[], &["export", table]).stdout;
            assert!(!all.contains(OLD), "{table}: {all}");
        }
        // What went can become nobody else.
        let other = place.attempt(&[], &["student", "merge", OLD, "bob"]);
        assert_eq!(other.code, Some(1), "{}", other.transcript());
        assert!(other.stderr.contains("it cannot become \"bob\""), "{}", other.stderr);
    }
}
