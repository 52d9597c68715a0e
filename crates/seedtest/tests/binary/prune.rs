//! The job that lets go of what has been kept long enough.

use std::fmt::Write as _;

use crate::playground::Playground;

/// Months after the fixed clock of the playground.
const LATER: (&str, &str) = ("SEEDTEST_NOW", "2025-06-20T12:00:00Z");

fn with_answers() -> Playground {
    let place = Playground::new();
    let mut log = String::from("student,item,correct,completed_at\n");
    for student in 0..12_u32 {
        for item in 0..10_u32 {
            let day = 1 + (student + item) % 19;
            let right = u32::from((student * 7 + item * 5) % 12 > item);
            let _ = writeln!(log, "s{student:02},q{item},{right},2025-03-{day:02}T08:00:00Z");
        }
    }
    place.write("log.csv", log);
    place.must(&["import", "log.csv"]);
    place
}

#[test]
fn a_dry_run_says_what_would_go_and_the_run_lets_go_of_it_once() {
    let place = with_answers();
    place.must(&["job", "run", "mirt-calibrate"]);
    let again = [("SEEDTEST_NOW", "2025-03-21T12:00:00Z")];
    assert_eq!(place.run_with(&again, &["job", "run", "mirt-calibrate"]).code, Some(0));
    let abilities = place.rows("mirt_ability");
    let prune = |arguments: &[&str]| {
        let all = [
            &["job", "run", "prune", "--keep-abilities-days", "30", "--keep-runs-days", "30"],
            arguments,
        ];
        place.run_with(&[LATER], &all.concat())
    };
    let dry = prune(&["--dry-run"]);
    assert_eq!(dry.code, Some(0), "{}", dry.transcript());
    // The command of operators is the job.
    let keeping = ["prune", "--keep-abilities-days", "30", "--keep-runs-days", "30", "--dry-run"];
    let short = place.run_with(&[LATER], &keeping);
    assert_eq!((short.code, &short.stdout), (Some(0), &dry.stdout), "{}", short.transcript());
    let negative = place.run(&["prune", "--keep-runs-days", "-1"]);
    assert_eq!(negative.code, Some(2), "{}", negative.transcript());
    assert!(dry.stdout.contains("Would let go of"), "{}", dry.transcript());
    assert_eq!(place.rows("mirt_ability"), abilities);
    let done = prune(&[]);
    assert_eq!(done.code, Some(0), "{}", done.transcript());
    assert!(done.stdout.contains("Let go of"), "{}", done.transcript());
    // Of every student the newest ability stays, whatever its age.
    assert_eq!(place.rows("mirt_ability"), abilities / 2, "{}", done.transcript());
    let twice = prune(&[]);
    assert!(twice.stdout.contains("Let go of 0 rows"), "{}", twice.transcript());
    let runs = place.must(&["runs", "list"]);
    assert!(
        runs.stdout.contains("prune") && !runs.stdout.contains("mirt-calibrate"),
        "{}",
        runs.stdout
    );
}

#[test]
fn nothing_goes_where_nothing_is_to_go() {
    let place = with_answers();
    place.must(&["job", "run", "mirt-calibrate"]);
    let zero: Vec<String> = ["requests", "runs", "events", "abilities", "fits", "reports"]
        .iter()
        .flat_map(|kind| [format!("--keep-{kind}-days"), "0".to_string()])
        .collect();
    let mut arguments = vec!["job", "run", "prune"];
    arguments.extend(zero.iter().map(String::as_str));
    let run = place.run_with(&[("SEEDTEST_NOW", "2035-01-01T00:00:00Z")], &arguments);
    assert!(run.stdout.contains("Let go of 0 rows"), "{}", run.transcript());
    assert!(place.must(&["runs", "list"]).stdout.contains("mirt-calibrate"));
    let negative = place.run(&["job", "run", "prune", "--keep-runs-days", "-1"]);
    assert_eq!(negative.code, Some(2), "{}", negative.transcript());
}
