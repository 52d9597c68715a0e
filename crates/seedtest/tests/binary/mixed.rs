//! `fit lmm`, `fit glmm` and their predictions.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::playground::{Playground, Run};

/// A data set of lme4's as CSV, from the figures that the kernel is tested against.
fn table(name: &str) -> String {
    let all: Value =
        serde_json::from_str(include_str!("../../../mixed/tests/golden/mixed.json")).unwrap();
    let columns = all["data"][name].as_object().unwrap();
    let names: Vec<&str> = columns.keys().map(String::as_str).collect();
    let n = columns[names[0]].as_array().unwrap().len();
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let row = |at: usize| columns.values().map(|c| cell(&c[at])).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = (0..n).map(row).collect();
    format!("{}\n{}\n", names.join(","), rows.join("\n"))
}

fn json_of(run: &Run) -> Value {
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    serde_json::from_str(&run.stdout).unwrap()
}

/// What is left of the gradient at the end is rounding; anything larger is not replaced.
const SMALL_GRADIENT: (&str, &str) =
    (r"gradient \d\.\de-([4-9]|\d\d)", "gradient [next to nothing]");

const SLEEP: &str = "Reaction ~ Days + (Days | Subject)";

#[test]
fn what_is_printed_is_what_summary_shows() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    let run = place.run(&["fit", "lmm", "--data", "sleep.csv", "--formula", SLEEP]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    insta::with_settings!({filters => vec![SMALL_GRADIENT]}, {
        insta::assert_snapshot!(run.stdout);
    });
}

#[test]
fn a_generalised_fit_is_printed_with_its_comparison() {
    let place = Playground::new();
    place.write("cbpp.csv", table("cbpp"));
    let formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)";
    let against = "cbind(incidence, size - incidence) ~ 1 + (1 | herd)";
    let more = ["--against", against, "--intervals", "profile", "--factors", "period"];
    let base = ["fit", "glmm", "--data", "cbpp.csv", "--formula", formula];
    let run = place.run(&[&base[..], &more].concat());
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    insta::with_settings!({filters => vec![SMALL_GRADIENT]}, {
        insta::assert_snapshot!(run.stdout);
    });
}

#[test]
fn a_stored_fit_predicts_and_bytes_do_not_depend_on_threads() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    let fit = ["fit", "lmm", "--data", "sleep.csv", "--formula", SLEEP, "--intervals", "bootstrap"];
    let more = ["--replicates", "40", "--json", "-", "--threads"];
    let run = |threads| place.run(&[&fit[..], &more, &[threads]].concat());
    let (one, two) = (run("1"), run("2"));
    assert_eq!(one.stdout, two.stdout);
    let found = json_of(&one);
    assert_eq!(found["fit_meta"]["failed_replicates"], 0);
    place.write("fit.json", one.stdout);
    place.write("new.csv", "Days,Subject\n0,308\n9,308\n0,new\n");
    let predict = ["predict", "lmm", "--model", "fit.json", "--data", "new.csv"];
    let predicted = json_of(&place.run(&[&predict[..], &["--json", "-"]].concat()));
    let values: Vec<f64> =
        predicted["predictions"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
    // predict(m, newdata, allow.new.levels = TRUE)
    for (value, theirs) in values.iter().zip([253.663_6, 430.660_2, 251.405_1]) {
        assert!((value - theirs).abs() < 1e-3, "{value} {theirs}");
    }
    assert_eq!(predicted["se"][0], Value::Null);
    let shown = place.run(&[&predict[..], &["--fixed-only"]].concat());
    assert!(shown.stdout.contains("251.40"), "{}", shown.transcript());
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    place.write("none.json", json!({"status": "success"}).to_string());
    let refused = |arguments: &[&str], code: i32, word: &str| {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(code), "{}", run.transcript());
        assert!(run.stderr.contains(word) && run.stderr.contains("hint: "), "{}", run.transcript());
    };
    let fit = ["fit", "lmm", "--data", "sleep.csv", "--formula"];
    refused(&[&fit[..], &["Reaction ~ Hours + (1 | Subject)"]].concat(), 1, "Hours");
    refused(&[&fit[..], &["Reaction ~ Days"]].concat(), 2, "no random effects");
    refused(
        &[&fit[..], &[SLEEP, "--against", "Reaction ~ 1 + (Days | Subject)"]].concat(),
        2,
        "(--ml",
    );
    let glmm = ["fit", "glmm", "--data", "sleep.csv", "--formula", SLEEP];
    refused(&glmm, 1, "row 1");
    refused(&[&glmm[..], &["--link", "log"]].concat(), 2, "link");
    let predict = ["predict", "lmm", "--model", "none.json", "--data", "sleep.csv"];
    refused(&predict, 1, "none.json");
}

#[test]
fn ids_stay_texts_from_the_file_to_the_prediction() {
    let place = Playground::new();
    let mut csv = "id,x,y\n".to_owned();
    for (at, id) in ["01", "1", "100000", "2"].iter().enumerate() {
        for row in 0..6 {
            let noise = f64::from((row * 7 + at as i32 * 3) % 5) / 10.0;
            let y = 3.0 * at as f64 + 0.1 * f64::from(row) + noise;
            let _ = writeln!(csv, "{id},{row},{y}");
        }
    }
    place.write("d.csv", csv);
    place.write("new.csv", "id,x\n01,0\n1,0\n100000,0\n");
    let fit = ["fit", "lmm", "--data", "d.csv", "--formula", "y ~ x + (1 | id)"];
    let found = json_of(&place.run(&[&fit[..], &["--json", "-"]].concat()));
    assert_eq!(found["fit_metrics"]["n_groups"]["id"], 4);
    let modes = found["random_effects"]["id"]["(Intercept)"].as_object().unwrap();
    assert!(["01", "1", "100000", "2"].iter().all(|id| modes.contains_key(*id)), "{modes:?}");
    place.write("fit.json", found.to_string());
    let predict = ["predict", "lmm", "--model", "fit.json", "--data", "new.csv", "--json", "-"];
    let predicted = json_of(&place.run(&predict));
    let value = |row: usize| predicted["predictions"][row].as_f64().unwrap();
    assert!(value(1) - value(0) > 2.0 && value(2) - value(1) > 2.0, "{predicted}");
    // The same rows as JSON numbers name the same level.
    place.write("new.jsonl", "{\"id\": 100000, \"x\": 0}\n");
    let predict = ["predict", "lmm", "--model", "fit.json", "--data", "new.jsonl", "--json", "-"];
    assert_eq!(json_of(&place.run(&predict))["predictions"][0], value(2));
}

#[test]
fn limits_of_the_search_and_what_has_no_estimate_are_said() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    let fit = ["fit", "lmm", "--data", "sleep.csv", "--formula"];
    let few = place.run(&[&fit[..], &[SLEEP, "--max-iter", "1"]].concat());
    assert_eq!(few.code, Some(3), "{}", few.transcript());
    assert!(few.stdout.contains("NOT converged: no minimum within 1 iterations"), "{}", few.stdout);
    assert!(few.stdout.contains("after 1 iterations"), "{}", few.stdout);
    let none = place.run(&[&fit[..], &[SLEEP, "--max-iter", "0"]].concat());
    assert_eq!(none.code, Some(2), "{}", none.transcript());
    assert!(none.stderr.contains("--max-iter"), "{}", none.transcript());
    let double = "Reaction ~ Days + I(2 * Days) + Reaction + (1 | Subject)";
    let run = place.run(&[&fit[..], &[double]].concat());
    for line in [
        "warning: no estimate of I(2 * Days): a constant, or a combination",
        "warning: the response Reaction is among its own predictors",
    ] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    place.write("header.csv", "a,b\n");
    let run = place.run(&["fit", "lmm", "--data", "header.csv", "--formula", "a ~ 1 + (1 | b)"]);
    assert!(run.stderr.contains("has a header and no row"), "{}", run.transcript());
    place.write("twice.csv", "a,b,a\n1,2,3\n");
    let run = place.run(&["fit", "lmm", "--data", "twice.csv", "--formula", "a ~ 1 + (1 | b)"]);
    assert!(run.stderr.contains("two columns are named `a`"), "{}", run.transcript());
}

/// One such cell made a category of every number of its column, and the fit "converged".
#[test]
fn a_text_among_the_numbers_of_a_predictor_is_refused_with_its_line() {
    let place = Playground::new();
    for bad in ["3o", "absent", "Inf"] {
        let mut rows = String::from("y,x,g,a,time,event\n");
        for n in 0..60 {
            let x = if n == 40 { bad.to_owned() } else { (n % 5).to_string() };
            let _ = writeln!(rows, "{},{x},s{},{x},{},1", n % 7 + n % 3, n % 10, n + 1);
        }
        place.write("x.csv", rows);
        for (model, formula, as_category) in [
            ("lmm", "y ~ x + (1|g)", "y ~ factor(x) + (1|g)"),
            ("survival", "Surv(time, event) ~ a", "Surv(time, event) ~ factor(a)"),
        ] {
            let run =
                |formula: &str| place.run(&["fit", model, "--data", "x.csv", "--formula", formula]);
            let refused = run(formula);
            assert_eq!(refused.code, Some(2), "{}", refused.transcript());
            assert!(refused.stderr.contains("line 42"), "{}", refused.transcript());
            assert!(refused.stderr.contains(bad), "{}", refused.transcript());
            run(as_category).ended();
        }
    }
}

/// The same cell in a file to predict costs its own row only.
#[test]
fn a_text_among_the_numbers_of_new_rows_leaves_the_others_their_predictions() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    let fit = ["fit", "lmm", "--data", "sleep.csv", "--formula", SLEEP, "--json"];
    place.run(&[&fit[..], &["fit.json"]].concat()).ended();
    for bad in ["3o", "2025-03-01", "Inf"] {
        let mut rows = String::from("Days,Subject\n");
        for n in 0..60 {
            let day = if n == 40 { bad.to_owned() } else { (n % 10).to_string() };
            let _ = writeln!(rows, "{day},308");
        }
        place.write("new.csv", rows);
        let predict = ["predict", "lmm", "--model", "fit.json", "--data", "new.csv"];
        let answer = json_of(&place.run(&[&predict[..], &["--json", "-"]].concat()));
        let known = answer["predictions"].as_array().unwrap().iter().filter(|p| p.is_number());
        assert_eq!((known.count(), &answer["predictions"][40]), (59, &Value::Null), "{answer}");
        assert_eq!(answer["remarks"][0]["row"], 40, "{answer}");
        let reason = answer["remarks"][0]["reason"].as_str().unwrap();
        let named = reason.to_lowercase().contains(&bad.to_lowercase());
        assert!(named && reason.contains("Days"), "{reason}");
        let said = answer["warnings"].to_string();
        assert!(said.contains("1 row has no prediction: row 41: "), "{said}");
        // Beside a fit it is the same.
        let of_fit = json_of(&place.run(&[&fit[..], &["-", "--newdata", "new.csv"]].concat()));
        assert_eq!(of_fit["predictions"][40]["prediction"], Value::Null, "{of_fit}");
        assert!(of_fit["predictions"][41]["se"].is_number(), "{of_fit}");
    }
}

#[test]
fn a_fit_of_another_family_is_refused_with_what_predicts_from_it() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    place.write("cbpp.csv", table("cbpp"));
    let lmm = ["fit", "lmm", "--data", "sleep.csv", "--formula", SLEEP, "--json", "lmm.json"];
    place.run(&lmm).ended();
    let formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)";
    place
        .run(&["fit", "glmm", "--data", "cbpp.csv", "--formula", formula, "--json", "glmm.json"])
        .ended();
    for (command, file, data, other) in [
        ("lmm", "glmm.json", "cbpp.csv", "predict glmm"),
        ("glmm", "lmm.json", "sleep.csv", "predict lmm"),
    ] {
        let run = place.run(&["predict", command, "--model", file, "--data", data]);
        assert_eq!(run.code, Some(2), "{}", run.transcript());
        assert!(run.stderr.contains(other), "{}", run.transcript());
    }
    let survival =
        place.run(&["predict", "survival", "--model", "lmm.json", "--data", "sleep.csv"]);
    assert_eq!(survival.code, Some(1), "{}", survival.transcript());
    let growth = place.run(&["predict", "growth", "--model", "lmm.json", "--data", "sleep.csv"]);
    assert_eq!(growth.code, Some(1), "{}", growth.transcript());
    for run in [survival, growth] {
        assert!(run.stderr.contains("hint: give the JSON of"), "{}", run.transcript());
    }
}

#[test]
fn rows_to_predict_are_marked_where_the_fit_does_not_know_them() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    place.write("new.csv", "Days,Subject\n0,308\n,308\n9,zed\n9,\n");
    let fit = ["fit", "lmm", "--data", "sleep.csv", "--formula", SLEEP, "--json", "fit.json"];
    place.run(&[&fit[..], &["--newdata", "new.csv"]].concat()).ended();
    let shown = place.run(&["predict", "lmm", "--model", "fit.json", "--data", "new.csv"]);
    shown.ended();
    let line =
        |row: &str| shown.stdout.lines().find(|line| line.trim_start().starts_with(row)).unwrap();
    assert!(line("1 ").trim_end().ends_with('-'), "{}", shown.transcript());
    assert!(line("2 ").contains("unknown") && line("2 ").ends_with("a value of `Days` is missing"));
    assert!(line("3 ").ends_with("new Subject zed") && line("4 ").ends_with("no Subject"));
    assert!(
        shown.stdout.contains("1 with a level that the fit does not know (zed), 1 without one")
    );
    let json: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    assert_eq!(json["predictions"][1]["reason"], "a value of `Days` is missing");
    assert_eq!(json["predictions"][2]["new_levels"]["Subject"], "zed");
}

#[test]
fn comparisons_and_intervals_are_printed_as_far_as_they_are_known() {
    let place = Playground::new();
    place.write("sleep.csv", table("sleepstudy"));
    let fit = ["fit", "lmm", "--data", "sleep.csv", "--formula", SLEEP, "--ml"];
    let other = "Reaction ~ factor(Days) + (1 | Subject)";
    let run = place.run(&[&fit[..], &["--against", other, "--intervals", "profile"]].concat());
    run.ended();
    assert!(
        run.stdout.contains("no test, the smaller model is no part of the larger one"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("cor(Subject: (Intercept), Days) 0.0"), "{}", run.stdout);
    let one = place.run(&[&fit[..], &["--intervals", "bootstrap", "--replicates", "1"]].concat());
    assert_eq!(one.code, Some(2), "{}", one.transcript());
    assert!(
        one.stderr.contains("--replicates") && one.stderr.contains("at least 40"),
        "{}",
        one.stderr
    );
}
