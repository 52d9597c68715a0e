//! Files as schools have them, through the binary.

use std::fmt::Write as _;

use serde_json::Value;

use crate::playground::Playground;

/// 60 students, 6 items, written row by row.
fn log(header: &str, row: impl Fn(usize, usize, bool) -> String) -> String {
    let mut text = format!("{header}\n");
    for student in 0..60 {
        for item in 0..6 {
            let right = (student * 7 + item * 13 + student * item) % 5 < 3 - item / 3;
            writeln!(text, "{}", row(student, item, right)).unwrap();
        }
    }
    text
}

fn difficulties(place: &Playground, args: &[&str]) -> (Value, Value) {
    let mut all = vec!["fit", "irt", "--model", "rasch", "-q", "--json", "-"];
    all.extend(args);
    let run = place.must(&all);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    (found["item_params"].clone(), found["rows"].clone())
}

#[test]
fn the_same_answers_in_other_words_are_the_same_calibration() {
    let place = Playground::new();
    let number = |right: bool| u8::from(right);
    place.write(
        "plain.csv",
        log("student_id,item_id,correct", |s, i, r| format!("s{s:02},q{i},{}", number(r))),
    );
    place.write(
        "ox.csv",
        log("학번,문항,정오", |s, i, r| {
            format!("s{s:02},q{i},{}", if r { "O" } else { "X" })
        }),
    );
    let timed = |s: usize, i: usize, r| format!("s{s:02};q{i};{};01/03/2025 09:00", number(r));
    place.write("dates.csv", log("student_id;item_id;correct;timestamp", timed));
    let (expected, rows) = difficulties(&place, &["--data", "plain.csv"]);
    assert_eq!((&rows["read"], &rows["used"]), (&Value::from(360), &Value::from(360)));
    assert_eq!(rows["rejected"], serde_json::json!({}));
    for file in ["ox.csv", "dates.csv"] {
        let (found, rows) = difficulties(&place, &["--data", file]);
        assert_eq!((found, &rows["used"]), (expected.clone(), &Value::from(360)), "{file}");
    }
    let wide: String =
        (0..60).fold("student_id,gender,q0,q1,q2,q3,q4,q5,total\n".to_owned(), |text, s| {
            let right = |i: usize| number((s * 7 + i * 13 + s * i) % 5 < 3 - i / 3);
            let cells: Vec<String> = (0..6).map(|i| right(i).to_string()).collect();
            let total: u8 = (0..6).map(right).sum();
            text + &format!("s{s:02},{},{},{total}\n", s % 2, cells.join(","))
        });
    place.write("wide.csv", wide);
    let (found, _) = difficulties(&place, &["--data", "wide.csv"]);
    assert_eq!(found, expected);
}

#[test]
fn a_row_that_is_not_used_is_counted_everywhere() {
    let place = Playground::new();
    let mut text =
        log("student_id,item_id,correct", |s, i, r| format!("s{s:02},q{i},{}", u8::from(r)));
    text += "NULL,q0,1\ns01,q0,maybe\ns02,q0,1\n";
    place.write("log.csv", text);
    let (_, rows) = difficulties(&place, &["--data", "log.csv"]);
    assert_eq!((&rows["read"], &rows["used"]), (&Value::from(363), &Value::from(360)));
    let expected = serde_json::json!({"missing_student": 1, "bad_correct": 1, "repeated": 1});
    assert_eq!(rows["rejected"], expected);
    place.must(&["fit", "irt", "--model", "rasch", "--data", "log.csv", "--json", "fit.json"]);
    let scored =
        place.must(&["score", "--params", "fit.json", "--data", "log.csv", "-q", "--json", "-"]);
    let scored: Value = serde_json::from_str(&scored.stdout).unwrap();
    // Nobody got q3 right, so it has no parameters.
    let expected = serde_json::json!({
        "missing_student": 1, "bad_correct": 1, "repeated": 1, "item_without_parameters": 60
    });
    assert_eq!(scored["rows"]["rejected"], expected);
    let table = place.must(&["score", "--params", "fit.json", "--data", "log.csv", "-q"]).stdout;
    assert!(
        table.contains(
            "rows: 363 read, 300 used, 1 bad_correct, 60 item_without_parameters, 1 missing_student, \
             1 repeated"
        ),
        "{table}"
    );
    for command in [
        &["fit", "irt", "--data", "log.csv", "--strict"][..],
        &["score", "--params", "fit.json", "--data", "log.csv", "--strict"],
    ] {
        let run = place.run(command);
        assert_eq!(run.code, Some(1), "{}", run.transcript());
        assert!(run.stderr.contains("2 of 363 rows cannot be read as they are"), "{}", run.stderr);
    }
}

#[test]
fn an_import_asks_for_what_nobody_can_tell_and_fails_when_nothing_is_usable() {
    let place = Playground::new();
    let dated =
        |s: usize, i: usize, r| format!("s{s},q{i},{},0{}/03/2025 09:0{i}", u8::from(r), s % 9 + 1);
    place.write("dates.csv", log("student_id,item_id,correct,timestamp", dated));
    let run = place.run(&["import", "dates.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(
        run.stderr.contains("hint: say which it is: --date-format dmy or --date-format mdy"),
        "{}",
        run.stderr
    );
    place.must(&["import", "--date-format", "dmy", "dates.csv"]);
    assert_eq!(place.rows("attempt_log"), 360);
    place.write("empty.csv", "student,item,correct,time\n,q1,1,2025-03-10\nNA,q2,0,2025-03-10\n");
    let run = place.run(&["import", "empty.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("no row could be used"), "{}", run.stderr);
}
