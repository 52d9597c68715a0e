//! The item bank from the command line.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::playground::Playground;

const ITEMS: &str = "item_id,text,topic_id,key,options\n\
    q1,1 + 1 = ?,sums,B,A|B|C\n\
    q2,2 · 3 = ?,products,C,A|B|C\n";

/// Answers of 60 students to two items; every third chose A on q1. Who has q1 right has q2 right in 32 of 40 cases,
/// others in 10 of 20: the students differ in ability.
fn answers() -> (String, String) {
    let mut log = String::from("student_id,item_id,is_correct,completed_at\n");
    let mut chosen = String::from("student_id,response\n");
    for student in 0..60 {
        let first = student % 3 != 0;
        let second = if first { student % 5 != 1 } else { student % 2 == 0 };
        for (item, right) in [("q1", first), ("q2", second)] {
            let _ = writeln!(
                log,
                "s{student:02},{item},{},2025-03-01T09:{student:02}:00Z",
                u8::from(right)
            );
        }
        let _ = writeln!(chosen, "s{student:02},{}", if first { "B" } else { "A" });
    }
    (log, chosen)
}

#[test]
fn items_have_versions_and_a_new_key_scores_every_answer_anew_or_none() {
    let place = Playground::new();
    let (log, chosen) = answers();
    place.write("items.csv", ITEMS);
    place.write("log.csv", log);
    place.write("chosen.csv", &chosen);
    let said = place.must(&["bank", "import", "items.csv"]).stdout;
    assert!(said.contains("2 new items, 0 changed, 0 as before"), "{said}");
    let said = place.must(&["bank", "import", "items.csv"]).stdout;
    assert!(said.contains("0 new items, 0 changed, 2 as before"), "{said}");
    place.must(&["import", "log.csv"]);
    let rekey = ["bank", "rekey", "q1", "--key", "A", "--data"];
    // One student short: nothing is changed.
    place.write("short.csv", chosen.lines().take(60).collect::<Vec<_>>().join("\n"));
    let refused = place.run(&[&rekey[..], &["short.csv"]].concat());
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    assert!(refused.stderr.contains("s59"), "{}", refused.stderr);
    assert!(!place.must(&["bank", "show", "q1"]).stdout.contains("rekey"));
    let done = place.must(&[&rekey[..], &["chosen.csv", "--reason", "wrong key"]].concat()).stdout;
    assert!(done.contains("of 60 answers 20 are right now, 40 wrong now"), "{done}");
    assert!(done.contains("s00: right now") && done.contains("s01: wrong now"), "{done}");
    let again = place.must(&[&rekey[..], &["chosen.csv"]].concat()).stdout;
    assert!(again.contains("its 60 answers are scored by it: nothing changed"), "{again}");
    let shown = place.must(&["bank", "show", "q1"]).stdout;
    assert!(
        shown.contains("version 2") && shown.contains("(rekey)") && shown.contains(r#""key":"A""#),
        "{shown}"
    );
    assert!(!shown.contains("version 3"), "a key that is there already is no new version: {shown}");
    // A slip in the key would make everybody wrong.
    let refused = place.run(&["bank", "rekey", "q1", "--key", "D", "--data", "chosen.csv"]);
    let said = "has the options A, B, C: D is none of them";
    assert!(refused.code != Some(0) && refused.stderr.contains(said), "{}", refused.transcript());
    assert!(!place.must(&["bank", "show", "q1"]).stdout.contains("version 3"));
    // What counts as wrong for another reason than its option, and what nothing is stored of.
    let odd = chosen.replace("s01,B", "s01,").replace("s02,B", "s02,BC") + "s77,A\n";
    place.write("odd.csv", odd);
    let told = place.must(&[&rekey[..], &["odd.csv"]].concat()).stdout;
    for part in [
        r#"1 responses are blank and count as wrong, the first is of student "s01""#,
        r#"1 responses are none of its options and count as wrong, the first is of student "s02""#,
        r#"1 responses have no stored answer, the first is of student "s77""#,
    ] {
        assert!(told.contains(part), "{told}");
    }
    let refused = place.run(&["bank", "rekey", "q1", "--key", " ", "--data", "chosen.csv"]);
    assert!(refused.stderr.contains("key"), "{}", refused.stderr);
    let refused = place.run(&["bank", "show", "q9"]);
    assert!(refused.stderr.contains("no item is called"), "{}", refused.stderr);
}

/// Item 101 in a log, and in the documents of two exams.
#[test]
fn a_new_key_reaches_answers_in_exam_documents() {
    let place = Playground::new();
    place.write(
        "exams.jsonl",
        concat!(
            r#"{"session_id":"e1","user_id":"amy","exam_id":3,"updated_at":"2025-03-12T01:00:00Z","#,
            r#""result_json":{"questions":[{"question_id":101,"is_correct":true},{"question_id":102,"correct":false}]}}"#,
            "\n",
            r#"{"session_id":"e2","user_id":"bob","exam_id":3,"updated_at":"2025-03-12T02:00:00Z","#,
            r#""result_json":{"questions":[{"question_id":102,"correct":true},{"question_id":"101","correct":false}]}}"#,
            "\n",
        ),
    );
    place.write(
        "log.csv",
        "student_id,item_id,is_correct,completed_at\ncyd,101,1,2025-03-12T03:00:00Z\n",
    );
    place.must(&["import", "exams.jsonl"]);
    place.must(&["import", "log.csv"]);
    let rekey = ["bank", "rekey", "101", "--key", "C", "--data"];
    place.write("short.csv", "student_id,response\namy,B\ncyd,C\n");
    let refused = place.run(&[&rekey[..], &["short.csv"]].concat());
    assert!(refused.code == Some(1) && refused.stderr.contains("bob"), "{}", refused.transcript());
    place.write("chosen.csv", "student_id,response\namy,B\nbob,C\ncyd,C\n");
    let done = place.must(&[&rekey[..], &["chosen.csv"]].concat()).stdout;
    assert!(done.contains("of 3 answers 1 are right now, 1 wrong now"), "{done}");
    assert!(done.contains("amy: wrong now") && done.contains("bob: right now"), "{done}");
    let answers = place.must(&["export", "answers"]).stdout;
    let outcome = |student: &str, item: &str| {
        let own = |line: &&str| line.contains(student) && line.split(',').any(|cell| cell == item);
        let line = answers.lines().find(own).unwrap().to_lowercase();
        line.split(',').any(|cell| ["true", "1"].contains(&cell))
    };
    assert!(!outcome("amy", "101") && outcome("bob", "101") && outcome("cyd", "101"), "{answers}");
    assert!(!outcome("amy", "102") && outcome("bob", "102"), "other questions stay: {answers}");
    let again = place.must(&[&rekey[..], &["chosen.csv"]].concat()).stdout;
    assert!(again.contains("its 3 answers are scored by it: nothing changed"), "{again}");
}

#[test]
fn items_come_from_qti_and_go_there() {
    let place = Playground::new();
    place.write("items.csv", ITEMS);
    place.must(&["bank", "import", "items.csv"]);
    let said = place.must(&["bank", "export", "--qti", "bank.zip"]).stderr;
    assert!(said.contains("wrote 2 items"), "{said}");
    let again = place.must(&["bank", "import", "bank.zip"]).stdout;
    // Topics are not in QTI: they stay.
    assert!(again.contains("0 new items, 0 changed, 2 as before"), "{again}");
    let shown = place.must(&["bank", "show", "q1"]).stdout;
    assert!(shown.contains(r#""topic_id":"sums""#) && !shown.contains("version 2"), "{shown}");
    place.write(
        "one.xml",
        "<qti-assessment-item identifier=\"q7\"><qti-response-declaration identifier=\"R\" cardinality=\"single\"/>\
         <qti-item-body><p>See <img src=\"x.png\"/></p></qti-item-body></qti-assessment-item>",
    );
    let refused = place.run(&["bank", "import", "one.xml"]);
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    assert!(
        refused.stderr.contains("q7 is left out: it has the element img"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("every item has more"), "{}", refused.stderr);
    place.write("none.xml", "<quiz/>");
    let refused = place.run(&["bank", "import", "none.xml"]);
    assert!(refused.stderr.contains("no qti-assessment-item"), "{}", refused.stderr);
}

#[test]
fn retired_items_and_those_without_parameters_are_not_given() {
    let place = Playground::new();
    place.write("items.csv", ITEMS);
    place.write("log.csv", answers().0);
    place.must(&["bank", "import", "items.csv"]);
    place.must(&["bank", "export", "--json", "none.json"]);
    assert_eq!(place.read("none.json").trim(), "[]");
    place.must(&["import", "log.csv"]);
    place.must(&["job", "run", "mirt-calibrate", "--model", "Rasch"]);
    place.must(&["bank", "export", "--json", "bank.json"]);
    let bank: Value = serde_json::from_str(&place.read("bank.json")).unwrap();
    assert_eq!(
        (&bank[0]["item_id"], &bank[0]["area"], &bank[0]["key"]),
        (&json!("q1"), &json!("sums"), &json!("B"))
    );
    assert!(bank[1]["params"]["b"].is_number() && bank[1]["model"] == "Rasch", "{bank}");
    place.must(&["cat", "simulate", "--bank", "bank.json", "--n", "20", "--max-items", "2"]);
    place.must(&["bank", "retire", "q2", "--reason", "seen by everybody"]);
    place.must(&["bank", "export", "--json", "left.json"]);
    let left: Value = serde_json::from_str(&place.read("left.json")).unwrap();
    assert_eq!(left.as_array().unwrap().len(), 1);
    let refused = place.run(&["bank", "retire", "q9"]);
    assert!(refused.stderr.contains("no item of the bank"), "{}", refused.stderr);
    for (text, said) in [
        ("item_id,key\nq1,A\nq1,B\n", "q1 is there twice"),
        ("key\nA\n", "row 1 has no item_id"),
        ("item_id,exposure\nq1,2\n", "exposure is"),
        ("item_id,key,options\nq1,D,A|B|C\n", "the key D is none of its options"),
    ] {
        place.write("odd.csv", text);
        let refused = place.run(&["bank", "import", "odd.csv"]);
        assert!(
            refused.code != Some(0) && refused.stderr.contains(said),
            "{text}: {}",
            refused.transcript()
        );
    }
}

#[test]
fn an_enemy_that_nobody_knows_is_refused() {
    let place = Playground::new();
    place.write("items.csv", "item_id,text,enemies\nq1,one,q2|q9\nq2,two,q1\n");
    let refused = place.run(&["bank", "import", "items.csv"]);
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    let said = "item q1: its enemy \"q9\" is neither in the file nor in the bank";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    assert_eq!(place.rows("bank_item"), 0);
    place.write("more.csv", "item_id,text\nq9,nine\n");
    place.must(&["bank", "import", "more.csv"]);
    place.must(&["bank", "import", "items.csv"]);
    assert_eq!(place.rows("bank_item"), 3);
}
