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
    assert!(again.contains("0 are right now, 0 wrong now"), "{again}");
    let shown = place.must(&["bank", "show", "q1"]).stdout;
    assert!(
        shown.contains("version 2") && shown.contains("(rekey)") && shown.contains(r#""key":"A""#),
        "{shown}"
    );
    let refused = place.run(&["bank", "rekey", "q1", "--key", " ", "--data", "chosen.csv"]);
    assert!(refused.stderr.contains("key"), "{}", refused.stderr);
    let refused = place.run(&["bank", "show", "q9"]);
    assert!(refused.stderr.contains("no item is called"), "{}", refused.stderr);
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
