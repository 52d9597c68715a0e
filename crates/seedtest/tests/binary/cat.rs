//! Adaptive tests from the command line.

use serde_json::{Value, json};

use crate::playground::Playground;

fn bank(n: usize) -> String {
    let item = |j: usize| {
        let (a, b) = (0.8 + 0.2 * (j % 7) as f64, 0.1 * j as f64 - 0.05 * n as f64);
        json!({"item_id": format!("q{j:03}"), "a": a, "b": b, "area": (["algebra", "geometry"][j % 2])})
    };
    Value::Array((0..n).map(item).collect()).to_string()
}

#[test]
fn tests_are_simulated_by_ability_with_exposure_and_constraints() {
    let place = Playground::new();
    place.write("bank.json", bank(60));
    place.write("areas.json", r#"{"algebra":{"min":4,"max":6},"geometry":{"share":0.5}}"#);
    let simulate = ["cat", "simulate", "--bank", "bank.json", "--n", "400"];
    let shown = place.must(&simulate).stdout;
    assert!(shown.contains("400 adaptive tests from 60 items"), "{shown}");
    assert!(shown.contains("with the precision that is asked for"), "{shown}");
    assert!(shown.contains("below -2") && shown.contains("exposure: largest"), "{shown}");
    let long = ["--max-items", "10", "--se", "0", "--areas", "areas.json", "--json", "found.json"];
    place.must(&[&simulate[..], &long].concat());
    let found: Value = serde_json::from_str(&place.read("found.json")).unwrap();
    assert_eq!(found["stopped"], json!({"length": 400}));
    assert_eq!(
        (&found["constraints_met"], &found["all"]["mean_length"]),
        (&json!(1.0), &json!(10.0))
    );
    assert!(found["all"]["bias"].as_f64().unwrap().abs() < 0.1, "{}", found["all"]);
    // The same seed, the same tests, on any number of threads.
    let again = [
        "--max-items",
        "10",
        "--se",
        "0",
        "--areas",
        "areas.json",
        "--json",
        "again.json",
        "--threads",
        "1",
    ];
    place.must(&[&simulate[..], &again].concat());
    assert_eq!(place.read("found.json"), place.read("again.json"));
    let kept = ["--max-items", "8", "--se", "0", "--exposure-target", "0.4", "--json", "kept.json"];
    place.must(&[&simulate[..], &kept].concat());
    let kept: Value = serde_json::from_str(&place.read("kept.json")).unwrap();
    assert!(kept["largest_exposure"].as_f64().unwrap() < 0.55, "{}", kept["largest_exposure"]);
}

#[test]
fn a_bank_that_cannot_do_what_is_asked_says_so() {
    let place = Playground::new();
    place.write("odd.json", r#"{"q1":{"a":-1,"b":0},"q2":{"a":1,"b":1e9},"q3":{"a":1,"b":0}}"#);
    let shown = place.must(&["cat", "simulate", "--bank", "odd.json", "--n", "20"]).stdout;
    assert!(shown.contains("check the key of: q1"), "{shown}");
    assert!(shown.contains("hardly anybody is: q2"), "{shown}");
    assert!(shown.contains("all 3 items together reach a standard error of"), "{shown}");
    assert!(shown.contains("20 because no item was left"), "{shown}");
}

#[test]
fn banks_and_settings_that_cannot_be_are_refused() {
    let place = Playground::new();
    place.write("bank.json", bank(10));
    place.write("bare.json", r#"[{"item_id":"q1"}]"#);
    place.write("areas.json", r#"{"physics":{"min":1}}"#);
    for (args, said) in [
        (&["--bank", "bare.json"][..], "bare.json: item q1 has no b and no d"),
        (&["--bank", "bank.json", "--rule", "best"], "kullback_leibler"),
        (
            &["--bank", "bank.json", "--areas", "areas.json"],
            "the areas of the bank are algebra, geometry",
        ),
        (&["--bank", "bank.json", "--exposure-target", "2"], "--exposure-target"),
        (&["--bank", "bank.json", "--prior-sd", "0"], "--prior-sd"),
        (&["--bank", "none.json"], "none.json"),
    ] {
        let refused = place.run(&[&["cat", "simulate"][..], args].concat());
        assert_ne!(refused.code, Some(0), "{args:?}");
        assert!(refused.stderr.contains(said), "{args:?}: {}", refused.stderr);
    }
}
