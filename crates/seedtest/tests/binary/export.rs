//! `seedtest export`: tables as files that others read.

use std::fmt::Write as _;

use crate::kpi_jobs::Place;

const STUDENTS: u32 = 40;

fn filled() -> [Place; 2] {
    let places = Place::both();
    for place in &places {
        let mut text = "student,item,topic,correct,completed_at\n".to_owned();
        for student in 0..STUDENTS {
            let id = match student {
                0 => "가".to_owned(),
                1 => "b".to_owned(),
                _ => format!("s{student:02}"),
            };
            for day in 3..18 {
                let noise = (student * 37 + day * 101 + student * day * 7) % 40;
                let right = u32::from(student + noise > 15 + 2 * day);
                let _ = writeln!(text, "{id},q{day},t,{right},2025-03-{day:02}T09:00:00Z");
            }
        }
        place.place.write("log.csv", text);
        place.run(&[], &["import", "log.csv"]);
        place.run(&[], &["job", "run", "mirt-calibrate", "--lookback-days", "0"]);
        place.run(&[], &["pipeline", "history", "--from", "2025-03-03", "--to", "2025-03-17"]);
    }
    places
}

#[test]
fn every_table_is_the_same_from_both_engines_and_in_every_form() {
    let [sqlite, postgres] = filled();
    for table in ["kpis", "abilities", "items", "answers", "features"] {
        let of = |place: &Place| {
            let text = place.run(&[], &["export", table]).stdout;
            // Runs have ids of their own, and rows the time at which they were written.
            let plain = |line: &str| match table {
                "kpis" => line.rsplit_once(',').unwrap().0.to_owned(),
                "abilities" | "items" => line.split(",mirt-").next().unwrap().to_owned(),
                _ => line.to_owned(),
            };
            text.lines().map(plain).collect::<Vec<_>>()
        };
        let (one, other) = (of(&sqlite), of(&postgres));
        assert!(one.len() > 3, "{table}: {one:?}");
        assert_eq!(one, other, "{table}");
        for ending in ["csv", "parquet", "xlsx"] {
            let name = format!("{table}.{ending}");
            let run = sqlite.run(&[], &["export", table, "--output", &name]);
            let rows = one.len() - 1;
            assert!(run.stderr.contains(&format!("{rows} rows in {name}")), "{}", run.stderr);
            assert!(sqlite.place.exists(&name));
        }
    }
}

#[test]
fn what_is_given_out_can_be_imported_again() {
    let [place, _] = filled();
    for ending in ["csv", "parquet", "xlsx"] {
        let name = format!("answers.{ending}");
        place.run(&[], &["export", "answers", "--output", &name]);
        let imported = place.run(&[], &["import", &name]).stdout;
        assert!(imported.contains("0 answers new, 600 already there"), "{ending}: {imported}");
    }
}

#[test]
fn a_span_a_student_and_pseudonyms() {
    let [place, _] = filled();
    let rows = |arguments: &[&str]| {
        let key = [("SEEDTEST_PSEUDONYM_KEY", "0123456789abcdef0123456789abcdef")];
        place.run(&key, &[&["export"], arguments].concat()).stdout.lines().count() - 1
    };
    assert_eq!(rows(&["answers", "--student", "가"]), 15);
    assert_eq!(rows(&["answers", "--from", "2025-03-05", "--to", "2025-03-06"]), 80);
    assert_eq!(rows(&["features", "--from", "2025-03-17"]), 40);
    for (arguments, what) in [
        (["--class", "nobody's"], "no class \"nobody's\" in the roster"),
        (["--student", "nobody"], "nothing is stored of a student \"nobody\""),
    ] {
        let run = place.attempt(&[], &[&["export", "abilities"][..], &arguments].concat());
        assert_eq!(run.code, Some(1), "{}", run.transcript());
        assert!(run.stderr.contains(what) && run.stdout.is_empty(), "{}", run.transcript());
    }
    let key = [("SEEDTEST_PSEUDONYM_KEY", "0123456789abcdef0123456789abcdef")];
    let hidden = place.run(&key, &["export", "answers", "--pseudonyms", "school"]).stdout;
    assert!(hidden.lines().skip(1).all(|line| line.starts_with("p-")), "{hidden}");
    for (arguments, what) in [
        (&["items", "--student", "a"][..], "--student is for tables of students"),
        (&["answers", "--from", "2025-03-05", "--to", "2025-03-01"], "lies after"),
        (&["answers", "--format", "csv", "--output", "a.xlsx"], "different things"),
    ] {
        let run = place.attempt(&[], &[&["export"], arguments].concat());
        assert_eq!(run.code, Some(2), "{}", run.transcript());
        assert!(run.stderr.contains(what), "{}", run.stderr);
    }
    let run = place.attempt(&[], &["export", "answers", "--output", "no/such/answers.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
}
