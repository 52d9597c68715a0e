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

/// A pupil whose row is blank was there, and has no ability.
#[test]
fn a_pupil_who_answered_nothing_is_in_every_answer() {
    let place = Playground::new();
    let mut text = String::from("student_id,q0,q1,q2\n");
    for pupil in 0..40 {
        let right = |item: usize| u8::from((pupil * 7 + item * 5) % 11 + pupil % 4 * 3 > 8);
        writeln!(text, "s{pupil:02},{},{},{}", right(0), right(1), right(2)).unwrap();
    }
    text += "silent,,NA,\n";
    place.write("wide.csv", text);
    place.must(&["fit", "irt", "--model", "rasch", "--data", "wide.csv", "--json", "fit.json"]);
    let fit: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    assert_eq!(fit["unscored"], serde_json::json!([{"user_id": "silent", "reason": "no_answers"}]));
    assert_eq!((&fit["rows"]["read"], &fit["rows"]["used"]), (&123.into(), &120.into()));
    assert_eq!(fit["rows"]["rejected"]["no_answer"], 3);
    let score = ["score", "--params", "fit.json", "--data", "wide.csv", "-q", "--json", "-"];
    let scored: Value = serde_json::from_str(&place.must(&score).stdout).unwrap();
    let scores = scored["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 41);
    let silent = scores.iter().find(|one| one["user_id"] == "silent").unwrap();
    assert_eq!((&silent["theta"], &silent["reason"]), (&Value::Null, &"no_answers".into()));
    assert_eq!(scored["rows"]["rejected"]["no_answer"], 3);
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

#[test]
fn an_import_of_which_nothing_could_be_used_leaves_nothing() {
    let place = Playground::new();
    place.write("none.csv", "student,item,correct,time\na,q1,1,2999-03-01\nb,q1,0,2999-03-01\n");
    let run = place.run(&["import", "none.csv", "--data-dir", "new/data"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(!place.exists("new"), "{}", run.transcript());
    assert!(run.stderr.contains("`seedtest import --preview none.csv` shows"), "{}", run.stderr);
    // Where there is a database, the run that failed is in its ledger, and its rows are listed.
    place.write("good.csv", "student,item,correct,time\na,q1,1,2025-03-10\n");
    place.must(&["import", "good.csv"]);
    let run = place.run(&["import", "none.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("rejects.csv for the reason of every row"), "{}", run.stderr);
    assert_eq!(place.read("seedtest-data/rejects.csv").matches("none.csv,").count(), 2);
    let runs = place.must(&["runs", "list"]).stdout;
    let failed: Vec<&str> = runs.lines().filter(|line| line.contains("failed")).collect();
    assert_eq!(failed.len(), 1, "{runs}");
}

#[test]
fn a_file_that_fails_does_not_hide_those_before_it() {
    let place = Playground::new();
    place.write("a.csv", "student,item,correct,time\ns1,q1,1,2025-03-10\ns2,q1,0,2025-03-10\n");
    place.write("b.csv", "student,item,shoe\ns1,q1,1\n");
    place.write("c.csv", "student,item,correct,time\ns3,q1,1,2025-03-10\n");
    let run = place.run(&["import", "a.csv", "b.csv", "c.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stdout.contains("a.csv: 2 rows read, 2 answers new"), "{}", run.stdout);
    assert!(run.stderr.contains("stored before the error: a.csv"), "{}", run.stderr);
    assert!(run.stderr.contains("nothing stored of: b.csv, c.csv"), "{}", run.stderr);
    assert_eq!(place.rows("attempt_log"), 2);
    let strict = place.run(&["import", "--strict", "c.csv", "b.csv"]);
    assert_eq!(strict.code, Some(1), "{}", strict.transcript());
    assert!(!strict.stdout.contains("c.csv:"), "{}", strict.stdout);
    assert!(strict.stderr.contains("nothing stored of: c.csv, b.csv"), "{}", strict.stderr);
    assert_eq!(place.rows("attempt_log"), 2);
}

#[test]
fn an_import_says_its_columns_and_ends_with_1_where_there_is_nothing() {
    let place = Playground::new();
    place.write(
        "log.csv",
        "학번,문항,정오,응시일시,비고\n1,a,O,2025-03-10 09:00,\n2,a,X,2025-03-10 09:00,x\n",
    );
    let run = place.must(&["import", "log.csv"]);
    let columns = "log.csv: student: column 학번, item: column 문항, correct: column 정오, completed_at: column \
                   응시일시; not read: 비고";
    assert!(run.stderr.contains(columns), "{}", run.stderr);
    place.write("header.csv", "student,item,correct,time\n");
    let run = place.run(&["import", "header.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("header.csv: holds no row"), "{}", run.stderr);
    place.write("later.csv", "student,item,correct,time\ns,a,1,2999-01-01\ns,b,1,2099-01-01\n");
    let run = place.run(&["import", "later.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stdout.contains("1 rejected: in_the_future"), "{}", run.stdout);
    assert!(
        place.read("seedtest-data/rejects.csv").contains("later.csv,3,in_the_future,2099-01-01")
    );
}

#[test]
fn a_preview_writes_nothing() {
    let place = Playground::new();
    place.write("class.csv", "반,번호,1번,2번\n1,1,O,X\n1,2,X,O\n2,1,O,O\n평균,,0.67,0.67\n");
    let run = place.must(&["import", "--preview", "class.csv"]);
    for line in [
        "class.csv: CSV",
        "  student: columns 반 + 번호",
        "  반: student (with others the student's id): 1, 1, 2",
        "  2번: item (holds right and wrong): X, O, O",
        "  line 2: student 1-1, item 1번, right, no time",
        "  line 5: summary_row \"평균\"",
        "3 students, 2 items, 6 answers, 4 of them right",
    ] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    assert!(run.stdout.contains("an import asks for more"), "{}", run.stdout);
    assert!(!place.exists("seedtest-data/seedtest.db"), "a preview makes no database");
}

#[test]
fn fits_of_tables_say_what_became_of_their_rows() {
    let place = Playground::new();
    let mut text = "student_id,x,time,event,y\n".to_owned();
    for row in 0..60 {
        let x = if row == 7 { String::new() } else { (row % 7).to_string() };
        writeln!(
            text,
            "s{},{x},{},{},{}",
            row % 12,
            5 + row % 11,
            row % 2,
            f64::from(row * 7 % 13) / 3.0
        )
        .unwrap();
    }
    place.write("t.csv", text);
    let expected = "rows: 60 read, 59 used, 1 missing_value";
    for fit in [
        &["fit", "lmm", "--formula", "y ~ x + (1 | student_id)"][..],
        &["fit", "survival", "--formula", "Surv(time, event) ~ x", "--no-quality"],
    ] {
        let run = place.run(&[fit, &["--data", "t.csv", "-q"]].concat());
        run.ended();
        assert_eq!(run.stdout.lines().next_back(), Some(expected), "{}", run.stdout);
        let run = place.run(&[fit, &["--data", "t.csv", "-q", "--json", "-"]].concat());
        let found: Value = serde_json::from_str(&run.stdout).unwrap();
        let rows = serde_json::json!({"read": 60, "used": 59, "rejected": {"missing_value": 1}});
        assert_eq!(found["rows"], rows);
    }
}

#[test]
fn recipients_and_rosters_are_read_as_answers_are() {
    let place = Playground::new();
    place.must(&["migrate"]);
    // In CP949: 학번,이름,반 and 학번,메일,동의일.
    place.write("roster.csv", ROSTER);
    let run = place.must(&["roster", "import", "roster.csv"]);
    assert!(run.stdout.contains("2 students, 1 classes"), "{}", run.stdout);
    place.write("mail.csv", MAIL);
    let run = place.must(&["recipients", "import", "mail.csv"]);
    assert!(run.stdout.contains("1 recipients, 1 agreed"), "{}", run.stdout);
}

#[test]
fn recipients_of_nobody_are_named_and_a_slip_of_an_address_is_refused() {
    let place = Playground::new();
    place.must(&["migrate"]);
    place.write("roster.csv", "student_id,name\np1,Kim\n");
    place.must(&["roster", "import", "roster.csv"]);
    let head = "student_id,address,opted_in_at\n";
    place
        .write("mail.csv", format!("{head}p1,p1@home.kr,2025-03-01\np33,p33@home.kr,2025-03-01\n"));
    let run = place.must(&["recipients", "import", "mail.csv"]);
    assert!(run.stdout.contains("2 recipients, 2 agreed"), "{}", run.stdout);
    assert!(run.stdout.contains("neither by answers nor by a roster: p33;"), "{}", run.stdout);
    place.write("slip.csv", format!("{head}p1,p3@home,2025-03-01\n"));
    let run = place.run(&["recipients", "import", "slip.csv"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("row 2: address is \"p3@home\""), "{}", run.stderr);
    // Twice is once, and says so.
    let run = place.must(&["recipients", "opt-out", "p1@home.kr"]);
    assert_eq!(run.stdout.trim(), "left: gets no more letters about 1 student");
    let run = place.must(&["recipients", "opt-out", "p1@home.kr"]);
    assert_eq!(run.stdout.trim(), "had left before: got no letters about 1 student");
}

const ROSTER: &[u8] =
    b"\xc7\xd0\xb9\xf8,\xc0\xcc\xb8\xa7,\xb9\xdd\n1,\xb1\xe8\xbc\xad\xbf\xac,2-3\n2,\xc0\xcc\xb5\xb5\xc0\xb1,2-3\n";
const MAIL: &[u8] =
    b"\xc7\xd0\xb9\xf8,\xb8\xde\xc0\xcf,\xb5\xbf\xc0\xc7\xc0\xcf\n1,a@example.kr,2025. 3. 1.\n";
