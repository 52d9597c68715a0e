//! Items with several categories, and comparisons of groups item by item.

use std::fmt::Write as _;

use seedtest_numerics::{Stream, logistic};
use serde_json::{Value, json};

use crate::playground::Playground;

/// Scores 0 to 3 of graded items of slope 1.2, one answer a row; item `q5` has no answer with score 1.
fn graded(students: usize) -> String {
    let mut text = String::from("student,item,score\n");
    for student in 0..students {
        let mut stream = Stream::new(21, student as u64);
        let theta = stream.normal();
        for item in 0..6 {
            let (centre, u) = (0.4 * f64::from(item) - 1.0, stream.uniform());
            let reached = |k: i32| u < logistic(1.2 * (theta - centre - f64::from(k - 2)));
            let score = (1..4).filter(|k| reached(*k)).count();
            let score = if item == 5 && score == 1 { 0 } else { score };
            let _ = writeln!(text, "s{student:04},q{item},{score}");
        }
    }
    text
}

/// The same answers, one student a row.
fn wide(long: &str) -> String {
    let mut text = String::from("student,q0,q1,q2,q3,q4,q5\n");
    let rows: Vec<Vec<&str>> = long.lines().skip(1).map(|line| line.split(',').collect()).collect();
    for of_student in rows.chunks(6) {
        let scores: Vec<&str> = of_student.iter().map(|row| row[2]).collect();
        let _ = writeln!(text, "{},{}", of_student[0][0], scores.join(","));
    }
    text
}

fn json(place: &Playground, name: &str) -> Value {
    serde_json::from_str(&place.read(name)).unwrap()
}

#[test]
fn scored_answers_are_calibrated_from_rows_and_from_columns() {
    let place = Playground::new();
    let long = graded(600);
    place.write("wide.csv", wide(&long));
    place.write("long.csv", long);
    place.write("models.json", r#"{"q1":"gpcm","q2":"nrm"}"#);
    let fit = ["fit", "irt", "--model", "grm", "--data"];
    place.must(&[&fit[..], &["long.csv", "--quality", "--json", "long.json"]].concat());
    place.must(&[&fit[..], &["wide.csv", "--quality", "--json", "wide.json"]].concat());
    let (found, columns) = (json(&place, "long.json"), json(&place, "wide.json"));
    assert_eq!(found["item_params"], columns["item_params"]);
    assert_eq!(found["abilities"], columns["abilities"]);
    let item = &found["item_params"][0];
    assert_eq!((&item["item_id"], &item["model"]), (&json!("q0"), &json!("GRM")));
    let b: Vec<f64> = serde_json::from_value(item["params"]["b"].clone()).unwrap();
    let se: Vec<f64> = serde_json::from_value(item["se"]["b"].clone()).unwrap();
    for ((b, truth), se) in b.iter().zip([-2.0, -1.0, 0.0]).zip(se) {
        assert!((b - truth).abs() < 4.0 * se && se < 0.3, "{b} {truth} ± {se}");
    }
    assert_eq!(found["item_params"][5]["collapsed"], json!([1]));
    assert!(
        found["warnings"].to_string().contains("nobody has score 1 on q5"),
        "{}",
        found["warnings"]
    );
    assert_eq!(found["quality"]["dimensions"]["n_dimensions"], 1);
    let by_item = ["long.csv", "--model-by-item", "models.json", "--json", "mixed.json"];
    place.must(&[&fit[..], &by_item].concat());
    let mixed = json(&place, "mixed.json");
    let models: Vec<&str> =
        (0..6).map(|j| mixed["item_params"][j]["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["GRM", "GPCM", "NRM", "GRM", "GRM", "GRM"]);
    let rating = place.must(&["fit", "irt", "--model", "rsm", "--data", "long.csv"]).stdout;
    assert!(rating.contains("rating scale of 4 categories: thresholds"), "{rating}");
}

#[test]
fn what_models_with_categories_do_not_have_is_refused_by_flag() {
    let place = Playground::new();
    place.write("long.csv", graded(60));
    place.write("half.csv", "student,item,score\na,q,0.5\n");
    let fit = ["fit", "irt", "--data", "long.csv", "--model"];
    for (rest, said) in [
        (&["gpcm", "--fit-statistics"][..], "--fit-statistics"),
        (&["gpcm", "--guessing", "0.2"], "--guessing"),
        (&["gpcm", "--blank", "wrong"], "--blank"),
        (&["gpcm", "--from", "pisa"], "--from"),
        (&["gpcm", "--drift", "none"], "--drift"),
        (&["4pl"], "auto-per-item"),
        (&["2pl", "--score", "score"], "--score"),
    ] {
        let refused = place.run(&[&fit[..], rest].concat());
        assert_eq!(refused.code, Some(2), "{rest:?}");
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    let refused = place.run(&["fit", "irt", "--data", "half.csv", "--model", "grm"]);
    assert!(refused.stderr.contains("row 1, column score: 0.5"), "{}", refused.stderr);
}

#[test]
fn rows_without_a_score_or_a_student_are_counted() {
    let place = Playground::new();
    place.write("long.csv", graded(60) + "NA,q0,1\nz,q0,absent\ns0000,q0,3\n");
    let fit = ["fit", "irt", "--data", "long.csv", "--model", "pcm", "--na", "absent"];
    place.must(&[&fit[..], &["--json", "fit.json"]].concat());
    let rows = &json(&place, "fit.json")["rows"];
    assert_eq!((&rows["read"], &rows["used"]), (&json!(363), &json!(360)));
    let expected = json!({"repeated": 1, "no_student_or_item": 1, "no_score": 1});
    assert_eq!(rows["rejected"], expected);
    let shown = place.must(&fit).stdout;
    let line = "rows: 363 read, 360 used, 1 no_score, 1 no_student_or_item, 1 repeated";
    assert!(shown.contains(line), "{shown}");
    let strict = place.run(&[&fit[..], &["--strict"]].concat());
    assert_eq!(strict.code, Some(1), "{}", strict.transcript());
    assert!(strict.stderr.contains("1 of 363 rows cannot be read"), "{}", strict.stderr);
    place.write("wide.csv", wide(&graded(60)).replacen("s0007,", "s0007,x", 1));
    let odd = place.run(&["fit", "irt", "--data", "wide.csv", "--model", "grm"]);
    assert!(odd.stderr.contains("line 9, column q0: \"x"), "{}", odd.stderr);
}

#[test]
fn an_item_that_is_harder_for_one_group_is_named() {
    let mut text = String::from("student,sex,item,correct\n");
    for student in 0..900 {
        let (mut stream, focal) = (Stream::new(22, student), student % 2 == 1);
        let theta = stream.normal() - if focal { 0.4 } else { 0.0 };
        for item in 0..8 {
            let harder = if item == 3 && focal { 0.9 } else { 0.0 };
            let p = logistic(1.3 * (theta - 0.3 * f64::from(item) + 1.0 - harder));
            let right = u8::from(stream.bernoulli(p));
            let sex = if focal { "w" } else { "m" };
            let _ = writeln!(text, "s{student:03},{sex},q{item},{right}");
        }
    }
    let place = Playground::new();
    place.write("answers.csv", text);
    let fit = ["fit", "irt", "--data", "answers.csv", "--dif", "sex"];
    let shown = place.must(&fit).stdout;
    assert!(shown.contains("q3 is harder for w than for equally able students of m"), "{shown}");
    place.must(&[&fit[..], &["--json", "dif.json"]].concat());
    let found = &json(&place, "dif.json")["dif"][0];
    assert_eq!((&found["reference"], &found["focal"]), (&json!("m"), &json!("w")));
    let differ: Vec<&str> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| !item["found"].is_null())
        .map(|item| item["item_id"].as_str().unwrap())
        .collect();
    assert_eq!(differ, ["q3"]);
    let item = &found["items"][3];
    assert_eq!(
        (&item["found"], &item["mantel_haenszel"]["class"]),
        (&json!("uniform"), &json!("C"))
    );
    assert!(item["model"]["expected_difference"].as_f64().unwrap() < -0.08);

    place.write(
        "few.csv",
        "student,sex,item,correct\na,w,q,1\nb,m,q,0\na,w,r,0\nb,m,r,1\nc,m,q,1\nc,m,r,1\n",
    );
    let refused =
        place.run(&["fit", "irt", "--data", "few.csv", "--dif", "sex", "--model", "rasch"]);
    assert!(refused.stderr.contains("at least 100 are needed"), "{}", refused.stderr);
}
