//! Calibrations of several dimensions.

use std::fmt::Write as _;

use seedtest_numerics::{Stream, logistic};
use serde_json::Value;

use crate::playground::Playground;

/// Answers to six items of reading and six of counting, which correlate by 0.5; some are missing.
fn answers(students: usize) -> String {
    let mut text = String::from("student,item,correct\n");
    for student in 0..students {
        let mut stream = Stream::new(31, student as u64);
        let reading = stream.normal();
        let counting = 0.5 * reading + 0.75_f64.sqrt() * stream.normal();
        for item in 0..12_u32 {
            let ability = if item < 6 { reading } else { counting };
            let easy = f64::from(item % 6) * 0.4 - 1.0;
            let right = stream.bernoulli(logistic(1.4 * ability - easy));
            if !stream.bernoulli(0.1) {
                let _ = writeln!(text, "s{student:04},q{item:02},{}", u8::from(right));
            }
        }
    }
    text
}

fn pattern() -> String {
    let row = |item: u32| {
        let cells = if item < 6 { "1,0" } else { ",1" };
        format!("q{item:02},{cells}\n")
    };
    std::iter::once("item,reading,counting\n".to_owned()).chain((0..12).map(row)).collect()
}

fn json(place: &Playground, name: &str) -> Value {
    serde_json::from_str(&place.read(name)).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn dimensions_are_fitted_by_a_pattern_and_without() {
    let place = Playground::new();
    place.write("answers.csv", answers(900));
    place.write("pattern.csv", pattern());
    let fit = ["fit", "irt", "--data", "answers.csv"];
    place.must(&[&fit[..], &["--pattern", "pattern.csv", "--json", "pattern.json"]].concat());
    place.must(&[&fit[..], &["--dimensions", "2", "--json", "free.json"]].concat());
    let (confirmed, explored) = (json(&place, "pattern.json"), json(&place, "free.json"));
    assert_eq!(confirmed["dimensions"], serde_json::json!(["reading", "counting"]));
    assert!((number(&confirmed["correlations"][0][1]) - 0.5).abs() < 0.15);
    assert!(number(&confirmed["correlations_se"][0][1]) < 0.1);
    for (at, item) in confirmed["item_params"].as_array().unwrap().iter().enumerate() {
        let (own, other) = (usize::from(at >= 6), usize::from(at < 6));
        let (a, se) = (number(&item["a"][own]), number(&item["a_se"][own]));
        assert!((a - 1.4).abs() < 4.0 * se, "{item}");
        assert!(number(&item["a"][other]) == 0.0 && item["a_se"][other].is_null());
    }
    assert!(explored["se_reason"] == "rotated" && explored["item_params"][0]["d_se"].is_null());
    let bic = |of: &Value| number(&of["fit_meta"]["metrics"]["bic"]);
    assert!(number(&explored["one_dimension"]["bic"]) > bic(&explored));
    assert!(bic(&explored) > bic(&confirmed));
    let shown = place.must(&[&fit[..], &["--pattern", "pattern.csv"]].concat()).stdout;
    for words in ["2PL of 2 dimensions", "converged after", "one dimension:", "counting", "h²"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let students =
        ["--dimensions", "2", "--rotation", "varimax", "--abilities", "--csv", "theta.csv"];
    let shown = place.must(&[&fit[..], &students].concat()).stdout;
    assert!(shown.contains("abilities"), "{shown}");
    let table = place.read("theta.csv");
    assert!(table.starts_with("user_id,theta_1,theta_2,se_1,se_2,n,reason\n"), "{table}");
    assert_eq!(table.lines().count(), 901);
    place.must(&[&fit[..], &["--dimensions", "2", "--csv", "items.csv"]].concat());
    assert!(place.read("items.csv").starts_with("item_id,n,share_right,a_1,a_2,a_1_se,"));
}

/// What is said of a call that fails.
fn refused(place: &Playground, arguments: &[&str]) -> String {
    let run = place.run(arguments);
    assert!(matches!(run.code, Some(1 | 2)), "{}", run.transcript());
    run.stderr
}

#[test]
fn what_does_not_go_with_dimensions_is_refused_by_name() {
    let place = Playground::new();
    place.write("answers.csv", answers(60));
    let fails = |pattern: &str, more: &[&str]| {
        place.write("pattern.csv", pattern);
        let fit = ["fit", "irt", "--data", "answers.csv", "--pattern", "pattern.csv"];
        refused(&place, &[&fit[..], more].concat())
    };
    let whole = pattern();
    for (pattern, what) in [
        (whole.replace("q03,1,0", "q03,1,2"), "row 5, column counting: \"2\" is not 0 or 1"),
        (whole.replace("q03,1,0", "q03,0,0"), "row 5: item q03 loads on no dimension"),
        (whole.replace("q03,1,0", "q04,1,0"), "item q04 is there twice"),
        (whole.replace("q03,1,0\n", ""), "item q03 has answers, but no row in the loading pattern"),
        (whole.replace("q03,1,0", ",1,0"), "row 5 has no item"),
        ("item,reading\nq00,1\n".to_owned(), "1 dimensions beside the column item"),
        (whole.replace(",,1", ",1,1").replace(",1,0", ",1,1"), "does not determine a[q"),
    ] {
        let told = fails(&pattern, &[]);
        assert!(told.contains(what), "{what}: {told}");
    }
    for (flags, what) in [
        (&["--priors", "weak"][..], "--priors is not there for several dimensions"),
        (&["--model", "3pl"], "the model of several dimensions is the 2PL"),
        (&["--quality"], "--quality is not there"),
        (&["--dimensions", "2"], "cannot be used with"),
    ] {
        let told = fails(&whole, flags);
        assert!(told.contains(what), "{what}: {told}");
    }
    let told = refused(&place, &["fit", "irt", "--data", "answers.csv", "--dimensions", "7"]);
    assert!(told.contains("--dimensions: 7 dimensions; 2 to 4 can be fitted"), "{told}");
}
