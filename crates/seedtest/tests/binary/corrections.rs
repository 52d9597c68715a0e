//! Imports undone, answers voided and corrected, two ids that are one: what was computed follows.

use std::fmt::Write as _;

use serde_json::Value;

use crate::kpi_jobs::Place;

const HEADER: &str = "student,item,topic,correct,completed_at\n";

/// Answers of some days of March 2025, right on even days.
fn log(students: &[&str], days: std::ops::Range<u32>) -> String {
    let mut text = HEADER.to_owned();
    for student in students {
        for day in days.clone() {
            let right = u32::from(day % 2 == 0);
            let _ = writeln!(text, "{student},q{day},algebra,{right},2025-03-{day:02}T09:00:00Z");
        }
    }
    text
}

/// Daily features and KPIs of the month, as a night would have them.
fn computed(place: &Place) {
    place.run(&[], &["pipeline", "history", "--from", "2025-03-01", "--to", "2025-03-20"]);
}

/// The rows of a table that is given out.
fn rows(place: &Place, table: &str, more: &[&str]) -> Vec<String> {
    let run = place.run(&[], &[&["export", table], more].concat());
    run.stdout.lines().skip(1).map(str::to_owned).collect()
}

fn imports(place: &Place) -> Vec<Value> {
    let listed = place.run(&[], &["import", "list", "--json"]).stdout;
    listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// KPIs without the instants at which they were written.
fn kpis(place: &Place) -> Vec<String> {
    let all = rows(place, "kpis", &[]);
    all.iter().map(|row| row.rsplit_once(',').unwrap().0.to_owned()).collect()
}

fn refused(place: &Place, arguments: &[&str], what: &str) {
    let run = place.attempt(&[], arguments);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains(what), "{}", run.transcript());
}

#[test]
fn what_an_import_brought_goes_with_it() {
    for place in Place::both() {
        place.place.write("good.csv", log(&["amy", "bob"], 3..15));
        place.place.write("wrong.csv", log(&["amy", "eve"], 15..19));
        place.run(&[], &["import", "good.csv"]);
        computed(&place);
        let (features, before) = (rows(&place, "features", &[]), kpis(&place));
        place.run(&[], &["import", "wrong.csv"]);
        computed(&place);
        assert_ne!(kpis(&place), before);
        place.run(&[], &["report", "--all", "--week", "2025-03-19", "--lang", "en"]);
        let pages = place.place.path("seedtest-data/reports/2025-03-17");
        assert!(pages.join("student-eve.html").exists() && pages.join("index.html").exists());
        let listed = place.run(&[], &["import", "list"]).stdout;
        assert!(listed.lines().any(|line| line.ends_with("8 answers  wrong.csv")), "{listed}");
        let known = imports(&place);
        let [wrong, good] = ["wrong.csv", "good.csv"].map(|file| {
            let import = known.iter().find(|import| import["files"][0] == file).unwrap();
            import["id"].as_str().unwrap().to_owned()
        });
        let undone = place.run(&[], &["import", "undo", &wrong]).stdout;
        assert!(undone.contains("8 answers and 0 exam documents of 2 students"), "{undone}");
        assert!(undone.contains("run: seedtest pipeline weekly"), "{undone}");
        // Nothing is left that says something of eve; others keep their pages.
        assert!(
            undone.contains("reports of 1 student without answers removed: 1 files"),
            "{undone}"
        );
        assert!(undone.contains("seedtest report --all --week 2025-03-17"), "{undone}");
        assert!(!pages.join("student-eve.html").exists() && !pages.join("index.html").exists());
        assert!(pages.join("student-amy.html").exists());
        assert_eq!(rows(&place, "features", &[]), features);
        assert_eq!(kpis(&place), before);
        // Twice changes nothing.
        let again = place.run(&[], &["import", "undo", &wrong]).stdout;
        assert!(again.contains("undone before") && again.contains("nothing changed"), "{again}");
        assert_eq!(kpis(&place), before);
        let runs = place.run(&[], &["runs", "list", "--name", "import-undo"]).stdout;
        assert_eq!(runs.lines().count(), 2, "{runs}");
        // It can be imported again: nothing of it is known any more.
        let imported = place.run(&[], &["import", "--since", "last", "wrong.csv"]).stdout;
        assert!(imported.contains("8 answers new"), "{imported}");
        refused(&place, &["import", "undo", "import-9"], "no import has the id");
        place.run(&[], &["answer", "void", "--student", "bob", "--item", "q3"]);
        refused(
            &place,
            &["import", "undo", &good],
            "1 of its answers were corrected, voided or moved",
        );
    }
}

#[test]
fn one_answer_is_voided_corrected_and_counts_again() {
    for place in Place::both() {
        let text = log(&["amy", "bob"], 3..15) + "amy,q3,algebra,1,2025-03-16T09:00:00Z\n";
        place.place.write("log.csv", text);
        place.run(&[], &["import", "log.csv"]);
        computed(&place);
        let before = (rows(&place, "features", &[]), kpis(&place));
        let several = ["answer", "void", "--student", "amy", "--item", "q3"];
        let told = place.attempt(&[], &several);
        assert_eq!(told.code, Some(2), "{}", told.transcript());
        assert!(told.stderr.contains("answered item \"q3\" 2 times"), "{}", told.stderr);
        assert!(told.stderr.contains("--at TIME"), "{}", told.stderr);
        let one = [&several[..], &["--at", "2025-03-16", "--reason", "copied"]].concat();
        let told = place.run(&[], &one).stdout;
        assert!(told.contains("no longer counts") && told.contains("computed again"), "{told}");
        assert_eq!(rows(&place, "answers", &["--student", "amy"]).len(), 12);
        assert_eq!(rows(&place, "features", &[]).len(), before.0.len() - 1);
        assert!(place.run(&[], &one).stdout.contains("nothing changed"));
        // The file once more does not bring it back.
        place.run(&[], &["import", "log.csv"]);
        assert_eq!(rows(&place, "answers", &["--student", "amy"]).len(), 12);
        let restored = [&["answer", "restore"], &one[2..]].concat();
        place.run(&[], &restored);
        assert_eq!((rows(&place, "features", &[]), kpis(&place)), before);
        let wrong = ["answer", "correct", "--student", "bob", "--item", "q4", "--wrong"];
        assert!(place.run(&[], &wrong).stdout.contains("is wrong now"));
        assert_ne!(rows(&place, "features", &[]), before.0);
        let neither = ["answer", "correct", "--student", "bob", "--item", "q4"];
        assert_eq!(place.attempt(&[], &neither).code, Some(2));
        refused(
            &place,
            &["answer", "void", "--student", "bob", "--item", "q99"],
            "no imported answer",
        );
    }
}

#[test]
fn two_ids_become_one_and_stay_so() {
    for place in Place::both() {
        place.place.write("log.csv", log(&["amy", "bob"], 3..10));
        place.place.write("more.csv", log(&["Amy"], 10..15));
        place.run(&[], &["import", "log.csv", "more.csv"]);
        computed(&place);
        let told = place.run(&[], &["student", "merge", "Amy", "amy"]).stdout;
        assert!(told.contains("Amy is amy from now on: 5 answers moved"), "{told}");
        // As if it had been one from the beginning.
        let merged = (rows(&place, "features", &[]), kpis(&place));
        let other = Place::on(None);
        other.place.write("log.csv", log(&["amy"], 3..15) + &log(&["bob"], 3..10)[HEADER.len()..]);
        other.run(&[], &["import", "log.csv"]);
        computed(&other);
        assert_eq!(merged, (rows(&other, "features", &[]), kpis(&other)));
        assert!(
            place.run(&[], &["student", "merge", "Amy", "amy"]).stdout.contains("nothing changed")
        );
        let imported = place.run(&[], &["import", "more.csv"]).stdout;
        assert!(imported.contains("0 answers new, 5 already there"), "{imported}");
        // What knows the id that went belongs to the one that stays.
        place.place.write("roster.csv", "student_id,name\nAmy,Amy Adams\n");
        place.run(&[], &["roster", "import", "roster.csv"]);
        place.place.write("mail.csv", "student_id,address,opted_in_at\nAmy,a@home.kr,2025-01-01\n");
        let told = place.run(&[], &["recipients", "import", "mail.csv"]).stdout;
        assert!(!told.contains("not known here"), "{told}");
        let listed = place.run(&[], &["recipients", "list"]).stdout;
        assert!(listed.lines().any(|line| line.starts_with("amy ")), "{listed}");
        refused(&place, &["student", "merge", "amy", "Amy"], "are one student");
        refused(&place, &["student", "merge", "nobody", "amy"], "nobody");
    }
}

#[test]
fn a_correction_begins_no_weeks_that_nobody_computed() {
    for place in Place::both() {
        place.place.write("log.csv", log(&["amy", "bob"], 3..9));
        place.run(&[], &["import", "log.csv"]);
        let history = ["pipeline", "history", "--from", "2025-03-03", "--to", "2025-03-09"];
        place.run(&[], &history);
        let before = kpis(&place).len();
        let void = ["answer", "void", "--student", "amy", "--item", "q3"];
        place.run(&[], &void);
        assert_eq!(kpis(&place).len(), before);
    }
}
