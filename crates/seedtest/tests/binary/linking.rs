//! `fit irt --anchors`, `link` and `score` on simulated forms with known parameters.

use std::fmt::Write as _;

use seedtest_irt::ItemParameters;
use seedtest_pipeline::{SchoolSpec, simulate};
use serde_json::Value;

use crate::playground::Playground;

/// First answers of a simulated school to items `items`, by the students of one half.
fn form(half: usize, items: std::ops::Range<usize>) -> String {
    let first_week = "2025-03-03".parse().unwrap();
    let school = simulate(&SchoolSpec { students: 1200, weeks: 6, first_week, seed: 5 });
    let mut text = String::from("student,item,correct\n");
    for answer in &school.practice {
        if answer.student % 2 == half && items.contains(&answer.item) {
            let (student, item) = (answer.student, answer.item);
            let _ = writeln!(text, "s{student},q{item},{}", u8::from(answer.correct));
        }
    }
    text
}

fn json(place: &Playground, name: &str) -> Value {
    serde_json::from_str(&place.read(name)).unwrap()
}

fn parameters(fit: &Value, item: &str) -> Option<ItemParameters> {
    let entry = fit["items"].as_array()?.iter().find(|entry| entry["item_id"] == item)?;
    let params = entry.get("params").unwrap_or(entry);
    Some(ItemParameters { a: params["a"].as_f64()?, b: params["b"].as_f64()?, c: 0.0 })
}

#[test]
fn linking_a_shifted_copy_finds_the_shift() {
    let place = Playground::new();
    place.write("old.csv", form(0, 0..60));
    place.must(&["fit", "irt", "--data", "old.csv", "--covariance", "--json", "old.json"]);
    // The same calibration on another scale: θ' = (θ − 0.4)/1.3.
    let mut copy = json(&place, "old.json");
    for item in copy["item_params"].as_array_mut().unwrap() {
        let params = &mut item["params"];
        let (a, b) = (params["a"].as_f64().unwrap(), params["b"].as_f64().unwrap());
        params["a"] = (a * 1.3).into();
        params["b"] = ((b - 0.4) / 1.3).into();
    }
    copy.as_object_mut().unwrap().remove("covariance");
    place.write("new.json", copy.to_string());
    for method in ["stocking-lord", "haebara", "mean-sigma", "mean-mean"] {
        place.must(&["link", "new.json", "old.json", "--method", method, "--json", "link.json"]);
        let constants = &json(&place, "link.json")["linking_constants"];
        // An exact copy: only rounding and the stopping rule of the search remain.
        assert!((constants["A"].as_f64().unwrap() - 1.3).abs() < 1e-6, "{method}: {constants}");
        assert!((constants["B"].as_f64().unwrap() - 0.4).abs() < 1e-6, "{method}: {constants}");
    }
}

#[test]
fn two_forms_meet_on_one_scale() {
    let place = Playground::new();
    place.write("old.csv", form(0, 0..120));
    place.write("new.csv", form(1, 60..180));
    for name in ["old", "new"] {
        let (data, out) = (format!("{name}.csv"), format!("{name}.json"));
        let priors = ["--priors", "weak", "--covariance"];
        place.must(&[&["fit", "irt", "--data", &data, "--json", &out][..], &priors].concat());
    }
    place.must(&["link", "new.json", "old.json", "--keep-all", "--json", "link.json"]);
    let (old, linked) = (json(&place, "old.json"), json(&place, "link.json"));
    let constants = &linked["linking_constants"];
    assert_eq!(constants["n_anchors"], 60);
    let (slope_se, intercept_se) =
        (constants["slope_se"].as_f64(), constants["intercept_se"].as_f64());
    assert!(slope_se.is_some_and(|se| se > 0.0 && se < 0.2), "{constants}");
    assert!(intercept_se.is_some_and(|se| se > 0.0 && se < 0.2), "{constants}");
    // Both halves of the school are draws from one population: A = 1 and B = 0 within 4 SE.
    let (a, b) = (constants["A"].as_f64().unwrap(), constants["B"].as_f64().unwrap());
    assert!((a - 1.0).abs() < 4.0 * slope_se.unwrap(), "{constants}");
    assert!(b.abs() < 4.0 * intercept_se.unwrap(), "{constants}");
    let common: Vec<(f64, f64)> = (60..120)
        .map(|item| format!("q{item}"))
        .filter_map(|item| Some((parameters(&old, &item)?.b, parameters(&linked, &item)?.b)))
        .collect();
    let bias = common.iter().map(|(old, new)| new - old).sum::<f64>() / common.len() as f64;
    assert!(bias.abs() < 0.1, "common items differ by {bias} on average");
    let table = place.must(&["link", "new.json", "old.json", "--true-scores"]).stdout;
    assert!(table.contains("stocking_lord on") && table.contains("old equivalent"), "{table}");
}

#[test]
fn fixed_anchors_carry_the_scale() {
    let place = Playground::new();
    place.write("old.csv", form(0, 0..120));
    place.must(&["fit", "irt", "--data", "old.csv", "--priors", "weak", "--json", "old.json"]);
    let old = json(&place, "old.json");
    // Anchors on a scale shifted by 2: the new group must come out near a mean of 2.
    let anchors: Vec<Value> = (60..120)
        .filter_map(|item| {
            let id = format!("q{item}");
            let ItemParameters { a, b, .. } = parameters(&old, &id)?;
            Some(
                serde_json::json!({"item_id": id, "params": {"a": a, "b": b + 2.0}, "fixed": true}),
            )
        })
        .collect();
    place.write("anchors.json", Value::from(anchors).to_string());
    place.write("new.csv", form(1, 60..180));
    for linking in ["fixed", "stocking_lord"] {
        let arguments = [
            "fit",
            "irt",
            "--data",
            "new.csv",
            "--priors",
            "weak",
            "--anchors",
            "anchors.json",
            "--linking",
            linking,
            "--json",
            "new.json",
        ];
        place.must(&arguments);
        let new = json(&place, "new.json");
        let mean = new["fit_meta"]["metrics"]["latent_mean"].as_f64().unwrap();
        assert!((mean - 2.0).abs() < 0.2, "{linking}: the group's mean is {mean}");
        // A linking leaves drifting anchors out, a fixed-parameter calibration holds them all.
        let n = new["fit_meta"]["linking_constants"]["n_anchors"].as_u64().unwrap();
        assert!(if linking == "fixed" { n == 60 } else { (45..=60).contains(&n) }, "{n} anchors");
    }
}

/// The anchors of the case `fixed-not-fixed` are held under every default; the linking constants stay.
#[test]
fn fixed_anchors_keep_their_values_to_the_last_bit() {
    let place = Playground::new();
    place.write("new.csv", form(0, 0..40));
    let given = [(0.6, -1.5), (1.0, 0.1), (1.3, 0.7), (0.9, 1.0 / 3.0)];
    let anchor = |i: usize, (a, b): (f64, f64)| serde_json::json!({"item_id": format!("q{i}"), "params": {"a": a, "b": b}, "fixed": true});
    let anchors: Vec<Value> = given.iter().enumerate().map(|(i, &ab)| anchor(i, ab)).collect();
    place.write("anchors.json", Value::from(anchors).to_string());
    let base = ["fit", "irt", "--data", "new.csv", "--priors", "weak", "--json", "fit.json"];
    let fit = |more: &[&str]| {
        place.must(&[&base[..], &["--anchors", "anchors.json"], more].concat());
        json(&place, "fit.json")
    };
    let held = fit(&[]);
    for (i, (a, b)) in given.iter().enumerate() {
        let id = format!("q{i}");
        let item = held["item_params"].as_array().unwrap().iter().find(|x| x["item_id"] == *id);
        let params = &item.unwrap()["params"];
        assert_eq!((params["a"].as_f64(), params["b"].as_f64()), (Some(*a), Some(*b)), "{id}");
    }
    let (constants, metrics) =
        (&held["fit_meta"]["linking_constants"], &held["fit_meta"]["metrics"]);
    assert_eq!((&constants["method"], &constants["n_anchors"]), (&"fixed".into(), &4.into()));
    assert_eq!(
        (&constants["A"], &constants["B"]),
        (&metrics["latent_sd"], &metrics["latent_mean"])
    );
    assert!(constants["meaning"].as_str().unwrap().contains("held fixed"), "{constants}");
    assert!(constants["slope_se"].is_f64() && constants["intercept_se"].is_f64(), "{constants}");
    // Few anchors are warned of in every method.
    for method in ["auto", "fixed", "stocking_lord", "haebara", "mean_sigma", "mean_mean"] {
        let warnings = fit(&["--linking", method, "--drift", "none"])["warnings"].to_string();
        assert!(warnings.contains("only 4 fixed anchors"), "{method}: {warnings}");
    }
}

/// The case `rasch-linked-not-rasch`: one unit on both sides.
#[test]
fn a_linked_rasch_calibration_stays_rasch() {
    let place = Playground::new();
    for (half, name) in [(0, "old"), (1, "new")] {
        let data = place.write(&format!("{name}.csv"), form(half, 0..40)).display().to_string();
        let out = format!("{name}.json");
        let rasch = ["--model", "rasch", "--covariance", "--json", &out];
        place.must(&[&["fit", "irt", "--data", &data][..], &rasch].concat());
    }
    for method in ["stocking-lord", "haebara", "mean-sigma", "mean-mean"] {
        place.must(&["link", "new.json", "old.json", "--method", method, "--json", "link.json"]);
        let linked = json(&place, "link.json");
        let constants = &linked["linking_constants"];
        assert_eq!(constants["A"], 1.0, "{method}: {constants}");
        assert!(constants["B"].as_f64().unwrap().abs() < 0.5, "{method}: {constants}");
        for item in linked["items"].as_array().unwrap() {
            assert_eq!(item["params"]["a"], 1.0, "{method}: {item}");
            assert!(item["se"]["b"].is_f64() && item["se"]["a"].is_null(), "{method}: {item}");
        }
    }
    let anchors: Vec<Value> = (0..8)
        .map(|i| {
            let b = f64::from(i) / 4.0 - 1.0;
            serde_json::json!({"item_id": format!("q{i}"), "params": {"a": 1, "b": b}, "fixed": true})
        })
        .collect();
    place.write("anchors.json", Value::from(anchors).to_string());
    for method in ["auto", "stocking_lord", "mean_sigma"] {
        let more = ["--model", "rasch", "--anchors", "anchors.json", "--linking", method];
        let base = ["fit", "irt", "--data", "new.csv", "--json", "fit.json"];
        place.must(&[&base[..], &more].concat());
        let fit = json(&place, "fit.json");
        assert_eq!(fit["fit_meta"]["linking_constants"]["A"], 1.0, "{method}");
        let slopes = fit["item_params"].as_array().unwrap().iter().map(|x| &x["params"]["a"]);
        assert!(slopes.into_iter().all(|a| *a == 1.0), "{method}");
    }
}

#[test]
fn a_link_writes_the_errors_of_items_and_abilities() {
    let place = Playground::new();
    for (half, name) in [(0, "old"), (1, "new")] {
        let data = place.write(&format!("{name}.csv"), form(half, 0..30)).display().to_string();
        let out = format!("{name}.json");
        let kept = ["--priors", "weak", "--covariance", "--json", &out];
        place.must(&[&["fit", "irt", "--data", &data][..], &kept].concat());
    }
    place.must(&["link", "new.json", "old.json", "--json", "link.json"]);
    let (new, linked) = (json(&place, "new.json"), json(&place, "link.json"));
    assert_eq!(linked["linking_constants"]["dropped_anchors"], Value::Null, "no drift simulated");
    let anchors = linked["anchors"].as_array().unwrap();
    assert!(anchors.iter().all(|x| x["statistic"].is_f64() && x["p_adjusted"].is_f64()));
    let slope = linked["linking_constants"]["A"].as_f64().unwrap();
    let own = |list: &str, place: usize, key: &str| new[list][place][key].clone();
    for (place, item) in linked["items"].as_array().unwrap().iter().enumerate() {
        assert_eq!(item["item_id"], own("item_params", place, "item_id"));
        let error = item["se"]["b"].as_f64().unwrap();
        assert!(error > 0.0 && error < 5.0, "{item}");
    }
    for (place, ability) in linked["abilities"].as_array().unwrap().iter().enumerate() {
        assert_eq!(ability["user_id"], own("abilities", place, "user_id"));
        let alone = slope * own("abilities", place, "se").as_f64().unwrap();
        assert!(ability["se"].as_f64().unwrap() > alone, "the link has an error too");
    }
    let table = place.must(&["link", "new.json", "old.json", "--drift", "none"]).stdout;
    assert!(table.contains("on 30 common items"), "{table}");
    // One item six standard errors of the difference away: found, left out, and said so.
    let mut moved = old_with_a_moved_item(&place);
    place.write("moved.json", moved.to_string());
    place.must(&["link", "new.json", "moved.json", "--json", "link.json"]);
    let constants = json(&place, "link.json")["linking_constants"].clone();
    assert_eq!(constants["dropped_anchors"], serde_json::json!(["q7"]), "{constants}");
    assert!(constants["drift"][0]["statistic"].as_f64().unwrap() > 15.0, "{constants}");
    // Without the covariances, the errors of each item do.
    moved.as_object_mut().unwrap().remove("covariance");
    place.write("moved.json", moved.to_string());
    place.must(&["link", "new.json", "moved.json", "--json", "link.json"]);
    let constants = &json(&place, "link.json")["linking_constants"];
    assert_eq!(constants["dropped_anchors"], serde_json::json!(["q7"]), "{constants}");
}

/// The old calibration with item q7 ten of its standard errors easier or harder, away from where the
/// new one has it.
fn old_with_a_moved_item(place: &Playground) -> Value {
    let (mut old, new) = (json(place, "old.json"), json(place, "new.json"));
    let there = parameters(&new, "q7").unwrap().b;
    let items = old["item_params"].as_array_mut().unwrap();
    let item = items.iter_mut().find(|item| item["item_id"] == "q7").unwrap();
    let (b, se) = (item["params"]["b"].as_f64().unwrap(), item["se"]["b"].as_f64().unwrap());
    item["params"]["b"] = (b + if b > there { 10.0 * se } else { -10.0 * se }).into();
    old
}

#[test]
fn bad_anchors_name_the_item() {
    let place = Playground::new();
    place.write("log.csv", form(0, 0..20));
    for (anchors, part) in [
        (r#"[{"item_id":"q1","params":{"a":-1,"b":0},"fixed":true}]"#, "anchor q1 has a = -1"),
        (r#"[{"item_id":"q1","params":{"a":1,"b":0,"c":1},"fixed":true}]"#, "anchor q1 has c = 1"),
        (
            r#"[{"item_id":"q1","params":{"a":1,"b":0}},{"item_id":"q1","params":{"a":1,"b":0}}]"#,
            "anchor q1 is given twice",
        ),
        (r#"[{"item_id":"q1","params":{"a":1}}]"#, "anchor q1 has no b and no d"),
    ] {
        place.write("anchors.json", anchors);
        let run = place.run(&["fit", "irt", "--data", "log.csv", "--anchors", "anchors.json"]);
        assert_eq!(run.code, Some(1), "{anchors}: {}", run.transcript());
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
    place.write("anchors.json", r#"[{"item_id":"q1","fixed":true}]"#);
    let run = place.must(&["fit", "irt", "--data", "log.csv", "--anchors", "anchors.json"]);
    assert!(run.stdout.contains("1 anchors have no parameters and fix nothing"), "{}", run.stdout);
    place.write("anchors.json", r#"[{"item_id":"Q1","params":{"a":1,"b":0},"fixed":true}]"#);
    let run = place.must(&["fit", "irt", "--data", "log.csv", "--anchors", "anchors.json"]);
    for part in ["1 anchors and seeds have no answers: Q1", "no fixed anchor is left"] {
        assert!(run.stdout.contains(part), "{}", run.stdout);
    }
}

#[test]
fn scoring_with_stored_parameters() {
    let place = Playground::new();
    place.write("params.json", r#"{"q1":{"a":1.2,"b":-0.5},"q2":{"a":0.8,"b":0.5},"q3":{"b":1}}"#);
    place.write(
        "log.csv",
        "student,item,correct\nall,q1,1\nall,q2,1\nall,q3,1\nmix,q1,1\nmix,q3,0\nother,q9,1\n",
    );
    let score = |method: &str| {
        let arguments =
            ["score", "--params", "params.json", "--data", "log.csv", "--method", method];
        place.must(&arguments).stdout
    };
    insta::assert_snapshot!(["eap", "map", "ml", "wle"].map(score).join("\n"));
    let run =
        place.run(&["score", "--params", "params.json", "--data", "log.csv", "--method", "x"]);
    assert_eq!(run.code, Some(2));
    let base = ["score", "--params", "params.json", "--data", "log.csv"];
    let table = place.must(&[&base[..], &["--sum-scores"]].concat()).stdout;
    insta::assert_snapshot!("sum_scores", table);
    let draws = ["--plausible-values", "3", "--seed", "1", "--json", "scores.json"];
    place.must(&[&base[..], &draws].concat());
    let first = json(&place, "scores.json");
    place.must(&[&base[..], &draws].concat());
    assert_eq!(first, json(&place, "scores.json"));
    let values = first["plausible_values"].as_array().unwrap();
    assert_eq!((values.len(), values[0]["values"].as_array().unwrap().len()), (2, 3));
}

#[test]
fn true_scores_are_those_of_what_link_wrote_and_other_files_are_called_what_they_are() {
    let place = Playground::new();
    for (name, half, items) in [("old", 0, 0..40), ("new", 1, 20..60)] {
        place.write(&format!("{name}.csv"), form(half, items));
        let (data, out) = (format!("{name}.csv"), format!("{name}.json"));
        place.must(&["fit", "irt", "--data", &data, "--covariance", "--json", &out]);
    }
    place.must(&["link", "new.json", "old.json", "--json", "linked.json"]);
    place.must(&["equate", "true-score", "linked.json", "old.json", "--json", "true.json"]);
    let found = json(&place, "true.json");
    assert_eq!((&found["n_items_new"], &found["n_items_old"]), (&40.into(), &40.into()));
    place.must(&["score", "--params", "old.json", "--data", "old.csv", "--json", "scores.json"]);
    place.write("table.json", "{\"table\":[]}");
    for (file, kind) in [
        ("scores.json", "this is what `seedtest score` wrote"),
        ("true.json", "this is a table of equated scores"),
        ("old.csv", "this is no JSON"),
        ("table.json", "this is a table of equated scores"),
    ] {
        for command in
            [&["equate", "true-score", file, "old.json"], &["link", file, "old.json", "-q"]]
        {
            let run = place.run(command);
            assert!(run.stderr.contains(kind), "{}", run.transcript());
            assert!(run.stderr.contains("hint: give the JSON of"), "{}", run.stderr);
        }
    }
    let run = place.run(&["link", "linked.json", "old.json"]);
    assert!(run.stderr.contains("this is what `seedtest link` wrote"), "{}", run.stderr);
}
