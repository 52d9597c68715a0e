//! What `fit irt` says about items, the whole model and unusable answers; `equate`.

use std::fmt::Write as _;

use seedtest_numerics::{Stream, logistic};
use serde_json::Value;

use crate::playground::Playground;

/// Answers of 400 students to ten items (student, item, right).
fn answers() -> Vec<(usize, usize, bool)> {
    let mut stream = Stream::new(77, 0);
    let mut rows = Vec::new();
    for student in 0..400 {
        let theta = stream.normal();
        for item in 0..10 {
            let p = logistic(1.2 * (theta - (item as f64 - 4.5) / 4.0));
            rows.push((student, item, stream.bernoulli(p)));
        }
    }
    rows
}

fn csv(rows: &[(usize, usize, bool)]) -> String {
    let mut text = String::from("student_id,item_id,correct\n");
    for (student, item, right) in rows {
        let _ = writeln!(text, "s{student:04},q{item:02},{}", u8::from(*right));
    }
    text
}

fn json(place: &Playground, name: &str) -> Value {
    serde_json::from_str(&place.read(name)).unwrap()
}

#[test]
fn an_isolated_item_is_named_first_and_the_fit_has_not_converged() {
    let place = Playground::new();
    let mut rows = answers();
    rows.extend((400..600).map(|student| (student, 10, student % 5 < 3)));
    place.write("x.csv", csv(&rows));
    let run = place.run(&["fit", "irt", "--data", "x.csv"]);
    let first = run.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("NOT converged"), "{}", run.stdout);
    assert!(first.contains("a[q10], b[q10]"), "{first}");
    let said = run.stdout.matches("converge").count() + run.stderr.matches("converge").count();
    assert_eq!(said, 1, "{}", run.transcript());
    assert!(first.contains("--priors weak") && first.contains("--min-answers"), "{first}");
    place.run(&["fit", "irt", "--data", "x.csv", "--json", "x.json"]);
    let fit = json(&place, "x.json");
    let verdict = &fit["fit_meta"]["verdict"];
    assert_eq!(verdict["status"], "unidentified");
    assert_eq!(verdict["parameters"], serde_json::json!(["a[q10]", "b[q10]"]));
    assert_eq!(fit["fit_meta"]["metrics"]["converged"], false);
    let item = &fit["item_params"][10];
    assert!(item["se"].is_null() && item["se_reason"] == "unidentified", "{item}");
}

#[test]
fn a_reversed_key_is_named_under_a_positive_prior() {
    let place = Playground::new();
    let mut rows = answers();
    for row in rows.iter_mut().filter(|row| row.1 == 3) {
        row.2 = !row.2;
    }
    place.write("x.csv", csv(&rows));
    let run = place.must(&["fit", "irt", "--data", "x.csv", "--priors", "weak"]);
    assert!(run.stdout.contains("check the key of item q03"), "{}", run.stdout);
    place.must(&["fit", "irt", "--data", "x.csv", "--priors", "weak", "--json", "x.json"]);
    let fit = json(&place, "x.json");
    let flagged: Vec<bool> = fit["item_params"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["check_key"] == true)
        .collect();
    assert_eq!(flagged.iter().position(|&flag| flag), Some(3));
    assert_eq!(flagged.iter().filter(|&&flag| flag).count(), 1);
    assert!(fit["item_params"][3]["params"]["a"].as_f64().unwrap() > 0.0);
    assert!(fit["item_params"][3]["item_rest"].as_f64().unwrap() < -0.1);
}

#[test]
fn a_slope_below_zero_is_flagged_where_it_may_be_chance() {
    let place = Playground::new();
    let mut text = String::from("student_id,item_id,correct\n");
    for student in 0..60_u32 {
        for item in 0..6_u32 {
            let noise = student.wrapping_mul(2_654_435_761) ^ item.wrapping_mul(40_503);
            let right = u32::from(student + (noise >> 9) % 40 > 12 + 11 * item);
            let _ = writeln!(text, "s{student},q{item},{right}");
        }
        // 17 of the weaker half and 15 of the abler one: r = −0.14 with the other items, which may be chance.
        let right = u32::from(student * 11 % 30 < 17 - student / 30 * 2);
        let _ = writeln!(text, "s{student},turned,{right}");
    }
    place.write("x.csv", text);
    let run = place.run(&["fit", "irt", "--data", "x.csv"]);
    run.ended();
    assert!(!run.stdout.contains("check the key of item"), "{}", run.transcript());
    let flag = "turned: students of higher ability fail this item more often (a = -0.";
    assert!(run.stdout.contains(flag), "{}", run.transcript());
}

#[test]
fn raw_options_and_partial_credit_are_refused_with_the_row_and_what_to_do() {
    let place = Playground::new();
    let cases: [(_, _, &[&str]); 2] = [
        ("response", ["0", "1", "2", "3"], &["--key FILE", "--right-at 1", "--map correct=COLUMN"]),
        ("correct", ["1", "0.75", "0", "1"], &["--right-at 1", "--map correct=COLUMN"]),
    ];
    for (column, values, flags) in cases {
        let mut text = format!("student_id,item_id,{column}\n");
        for row in 0..120 {
            let _ = writeln!(text, "s{},q{},{}", row / 6, row % 6, values[row % 4]);
        }
        place.write("x.csv", text);
        let run = place.run(&["fit", "irt", "--data", "x.csv"]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        let first = values.iter().position(|value| !["0", "1"].contains(value)).unwrap() + 2;
        assert!(run.stderr.contains(&format!("line {first}: {column} is")), "{}", run.stderr);
        for flag in flags {
            assert!(run.stderr.contains(flag), "{flag}: {}", run.stderr);
        }
    }
}

#[test]
fn the_fit_of_the_whole_model_is_a_table_and_json() {
    let place = Playground::new();
    place.write("x.csv", csv(&answers()));
    let run = place.must(&["fit", "irt", "--data", "x.csv", "--fit-statistics"]);
    for what in ["M2 ", "RMSEA2 ", "SRMSR ", "CFI ", "TLI ", "marginal reliability", "information"]
    {
        assert!(run.stdout.contains(what), "{what}: {}", run.stdout);
    }
    let arguments = ["fit", "irt", "--data", "x.csv", "--fit-statistics", "--json", "x.json"];
    place.must(&arguments);
    let found = &json(&place, "x.json")["fit_statistics"];
    // Ten items and 45 pairs, twenty estimates.
    assert_eq!((&found["m2"]["df"], &found["m2"]["n"]), (&Value::from(35), &Value::from(400)));
    // The model holds: beyond this once in ten thousand draws, and the draw is fixed.
    assert!(found["m2"]["p"].as_f64().unwrap() > 1e-4, "{found}");
    assert_eq!(found["information"].as_array().unwrap().len(), 17);
    let known = [&arguments[..], &["--model", "3pl", "--guessing", "0.2"]].concat();
    place.must(&known);
    let fit = json(&place, "x.json");
    assert_eq!(fit["fit_statistics"]["m2"]["df"], 35);
    for item in fit["item_params"].as_array().unwrap() {
        assert!((item["params"]["c"].as_f64().unwrap() - 0.2).abs() < 1e-12, "{item}");
        assert!(item["se"]["c"].is_null());
    }
    place.write("c.json", r#"{"q03":0.5}"#);
    place.must(&[&known[..], &["--guessing-by-item", "c.json"]].concat());
    let c = json(&place, "x.json")["item_params"][3]["params"]["c"].as_f64().unwrap();
    assert!((c - 0.5).abs() < 1e-12, "{c}");
    let bad = place.run(&["fit", "irt", "--data", "x.csv", "--guessing", "1.5"]);
    assert_eq!(bad.code, Some(2), "{}", bad.stderr);
}

#[test]
fn a_repeated_question_is_named_by_its_pair() {
    let place = Playground::new();
    let mut rows = answers();
    for student in 0..400 {
        rows[10 * student + 8].2 = rows[10 * student + 2].2;
    }
    place.write("x.csv", csv(&rows));
    let run = place.must(&["fit", "irt", "--data", "x.csv", "--priors", "weak", "--quality"]);
    assert!(run.stdout.contains("q02 and q08 have more in common"), "{}", run.stdout);
}

#[test]
fn scores_are_equated_by_design() {
    let place = Playground::new();
    let mut stream = Stream::new(5, 1);
    let (mut both, mut x, mut y) =
        (String::from("x,y\n"), String::from("x,v\n"), String::from("y,v\n"));
    for _ in 0..500 {
        let theta = stream.normal();
        let mut score =
            |n: u32, b: f64| (0..n).filter(|_| stream.bernoulli(logistic(theta - b))).count();
        let (sx, sy, sv) = (score(20, 0.0), score(20, 0.5), score(8, 0.2));
        let _ = writeln!(both, "{sx},{sy}");
        let _ = writeln!(x, "{sx},{sv}");
        let _ = writeln!(y, "{sy},{sv}");
    }
    place.write("both.csv", both);
    place.write("x.csv", x);
    place.write("y.csv", y);
    let highest = ["--highest-x", "20", "--highest-y", "20"];
    let same = ["equate", "scores", "both.csv", "--json", "t.json"];
    place.must(&[&same[..], &highest, &["--smooth", "4"]].concat());
    let found = json(&place, "t.json");
    assert_eq!(
        (&found["design"], &found["smoothing"]["degree"]),
        (&"same_students".into(), &4.into())
    );
    let table = found["table"].as_array().unwrap();
    assert_eq!(table.len(), 21);
    // Y is the harder form: a score on X is worth less there.
    assert!(table[10]["equipercentile"].as_f64().unwrap() < 10.0, "{}", table[10]);
    let anchored = ["equate", "scores", "x.csv", "y.csv", "--anchor", "v", "--json", "t.json"];
    for method in ["frequency-estimation", "chained"] {
        place.must(&[&anchored[..], &highest, &["--method", method]].concat());
        let found = json(&place, "t.json");
        assert_eq!(found["method"], method.replace('-', "_"));
        let middle = found["table"][10]["equipercentile"].as_f64().unwrap();
        assert!(middle < 10.0 && middle > 5.0, "{middle}");
    }
    let different = place.must(&["equate", "scores", "x.csv", "y.csv"]);
    assert!(different.stdout.contains("different_students"), "{}", different.stdout);
    let missing = place.run(&["equate", "scores", "x.csv"]);
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
    place.write("f.csv", csv(&answers()));
    place.must(&["fit", "irt", "--data", "f.csv", "--json", "f.json"]);
    let run = place.must(&["equate", "true-score", "f.json", "f.json"]);
    // A form equated to itself.
    assert!(run.stdout.contains("5.000"), "{}", run.stdout);
}

/// Every `--flag` of a text.
fn flags(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(str::to_string)
        .collect()
}

#[test]
fn advice_names_flags_that_exist() {
    let place = Playground::new();
    let fit = place.must(&["fit", "irt", "--help"]).stdout;
    let job = place.must(&["job", "run", "mirt-calibrate", "--help"]).stdout;
    let mut rows = answers();
    rows.extend((400..600).map(|student| (student, 10, student % 5 < 3)));
    place.write("isolated.csv", csv(&rows));
    place.write("one.csv", "student_id,item_id,correct\ns,a,1\ns,b,0\n");
    let runs: [&[&str]; 4] = [
        &["--data", "isolated.csv"],
        &["--data", "isolated.csv", "--max-iter", "2"],
        &["--data", "isolated.csv", "--max-iter", "2", "--priors", "weak"],
        &["--data", "one.csv"],
    ];
    let mut named = Vec::new();
    for arguments in runs {
        let run = place.run(&[&["fit", "irt"][..], arguments].concat());
        // Lines about reliability and abilities are of this command alone: the job does not print them.
        let (own, shared): (Vec<&str>, Vec<&str>) = (run.stdout.lines().chain(run.stderr.lines()))
            .partition(|line| line.starts_with("reliability: ") || line.starts_with("θ of each"));
        for flag in own.into_iter().flat_map(flags) {
            assert!(fit.contains(&flag), "{flag} is no flag of fit irt");
        }
        named.extend(shared.into_iter().flat_map(flags));
    }
    assert!(named.iter().any(|flag| flag == "--max-iter"), "{named:?}");
    for flag in named {
        assert!(fit.contains(&flag), "{flag} is no flag of fit irt");
        assert!(job.contains(&flag), "{flag} is no flag of mirt-calibrate");
    }
}
