use std::fmt::Write as _;

use serde_json::Value;

use crate::playground::{Playground, stable};

/// Law School Admission Test, section 7: patterns of five items with their counts
/// (Bock & Lieberman 1970, table 1).
const LSAT7: [(&str, usize); 32] = [
    ("00000", 12),
    ("00001", 19),
    ("00010", 1),
    ("00011", 7),
    ("00100", 3),
    ("00101", 19),
    ("00110", 3),
    ("00111", 17),
    ("01000", 10),
    ("01001", 5),
    ("01010", 3),
    ("01011", 7),
    ("01100", 7),
    ("01101", 23),
    ("01110", 8),
    ("01111", 28),
    ("10000", 7),
    ("10001", 39),
    ("10010", 11),
    ("10011", 34),
    ("10100", 14),
    ("10101", 51),
    ("10110", 15),
    ("10111", 90),
    ("11000", 6),
    ("11001", 25),
    ("11010", 7),
    ("11011", 35),
    ("11100", 18),
    ("11101", 136),
    ("11110", 32),
    ("11111", 308),
];

fn lsat7_log() -> String {
    let mut text = String::from("student,item,correct\n");
    let mut student = 0;
    for (pattern, count) in LSAT7 {
        for _ in 0..count {
            student += 1;
            for (item, answer) in pattern.chars().enumerate() {
                let _ = writeln!(text, "s{student:04},Item.{},{answer}", item + 1);
            }
        }
    }
    text
}

fn lsat7_wide() -> String {
    let mut text = String::from("student,Item.1,Item.2,Item.3,Item.4,Item.5\n");
    let mut student = 0;
    for (pattern, count) in LSAT7 {
        for _ in 0..count {
            student += 1;
            let answers: Vec<String> = pattern.chars().map(String::from).collect();
            let _ = writeln!(text, "s{student:04},{}", answers.join(","));
        }
    }
    text
}

/// R mirt 1.45.1, `mirt(d, 1, '2PL', SE=TRUE, TOL=1e-8, quadpts=121)`: a, b of the five items.
const MIRT_2PL: [(f64, f64); 5] = [
    (0.987_546, -1.879_260),
    (1.080_837, -0.747_541),
    (1.707_477, -1.057_236),
    (0.764_990, -0.635_302),
    (0.735_673, -2.520_764),
];
const MIRT_LOG_LIKELIHOOD: f64 = -2_658.805_114;

fn fit_json(place: &Playground, threads: &str) -> (String, Value) {
    let arguments = ["fit", "irt", "--data", "lsat7.csv", "--json", "-", "--threads", threads];
    let text = place.must(&arguments).stdout;
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json["fit_meta"]["timings"] = Value::Null;
    (serde_json::to_string(&json).unwrap(), json)
}

#[test]
fn lsat7_is_the_solution_of_mirt() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let (_, json) = fit_json(&place, "1");
    for (item, (a, b)) in json["items"].as_array().unwrap().iter().zip(MIRT_2PL) {
        // mirt stops by a change of 1e-8 a cycle, which leaves the fourth decimal open.
        assert!((item["a"].as_f64().unwrap() - a).abs() < 0.002, "{item} against a = {a}");
        assert!((item["b"].as_f64().unwrap() - b).abs() < 0.002, "{item} against b = {b}");
    }
    let log_likelihood = json["fit_meta"]["metrics"]["loglik"].as_f64().unwrap();
    assert!((log_likelihood - MIRT_LOG_LIKELIHOOD).abs() < 0.01, "{log_likelihood}");
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    assert_eq!(fit_json(&place, "1").0, fit_json(&place, "2").0);
}

#[test]
fn one_column_an_item_is_the_same_fit() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let long = fit_json(&place, "1").1;
    place.write("lsat7.csv", lsat7_wide());
    let wide = fit_json(&place, "1").1;
    assert_eq!(long["items"], wide["items"]);
}

#[test]
fn the_readable_table() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let run = place.must(&["fit", "irt", "--data", "lsat7.csv", "--model", "rasch"]);
    stable().bind(|| insta::assert_snapshot!(run.stdout));
}

#[test]
fn an_unknown_model_is_a_usage_error() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let run = place.run(&["fit", "irt", "--data", "lsat7.csv", "--model", "4pl"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("4pl"), "{}", run.stderr);
}

#[test]
fn a_stored_start_gives_the_same_solution_sooner() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let fit = |extra: &[&str], out: &str| -> Value {
        let base = ["fit", "irt", "--data", "lsat7.csv", "--covariance", "--json", out];
        place.must(&[&base[..], extra].concat());
        serde_json::from_str(&place.read(out)).unwrap()
    };
    let cold = fit(&[], "cold.json");
    let warm = fit(&["--start", "cold.json"], "warm.json");
    let iterations = |fit: &Value| fit["fit_meta"]["verdict"]["iterations"].as_u64().unwrap();
    assert!(iterations(&warm) < iterations(&cold), "{} {}", iterations(&warm), iterations(&cold));
    for (x, y) in cold["items"].as_array().unwrap().iter().zip(warm["items"].as_array().unwrap()) {
        for key in ["a", "b", "a_se", "b_se"] {
            let distance = x[key].as_f64().unwrap() - y[key].as_f64().unwrap();
            assert!(distance.abs() < 1e-4, "{key} of {x} and {y}");
        }
    }
    assert!(warm["fit_meta"]["model_spec"]["spec"]["start"].is_null());
}

#[test]
fn quality_is_told_in_sentences() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let run = place.must(&["fit", "irt", "--data", "lsat7.csv", "--quality"]);
    insta::assert_snapshot!(run.stdout);
    let arguments = ["fit", "irt", "--data", "lsat7.csv", "--quality", "--json", "fit.json"];
    place.must(&arguments);
    let fit: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    assert_eq!(fit["quality"]["items"].as_array().unwrap().len(), 5);
    assert_eq!(fit["quality"]["n_complete"], 1000);
    assert_eq!(fit["quality"]["dimensions"]["n_dimensions"], 1);
    assert!(!place.read("fit.json").contains("NaN"));
}

#[test]
fn priors_are_read_from_json() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let fit = |priors: &str| {
        let data = ["fit", "irt", "--data", "lsat7.csv", "--priors", priors];
        place.run(&[&data[..], &["--json", "fit.json"]].concat())
    };
    let good =
        r#"{"a":{"dist":"lognormal","mean":0,"sd":0.5},"d":{"dist":"normal","mean":0,"sd":2}}"#;
    assert_eq!(fit(good).code, Some(0));
    let written: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    assert!(written["fit_meta"]["metrics"]["log_prior"].as_f64().unwrap() < 0.0);
    for bad in [r#"{"a":{"dist":"normal","mean":0,"sd":1}}"#, r#"{"slope":1}"#, "soft"] {
        let run = fit(bad);
        assert_eq!(run.code, Some(2), "{bad}: {}", run.transcript());
    }
}

#[test]
fn the_abilities_of_a_file_are_one_command() {
    let place = Playground::new();
    place.write("lsat7.csv", lsat7_log());
    let fit = ["fit", "irt", "--data", "lsat7.csv"];
    let items = place.must(&fit).stdout;
    let last = items.trim_end().lines().last().unwrap();
    assert_eq!(last, "θ of each of the 1000 students: --abilities", "{items}");
    let run = place.must(&[&fit[..], &["--abilities", "--csv", "who.csv"]].concat());
    assert!(!run.stdout.contains("item-rest"), "{}", run.stdout);
    let written = place.read("who.csv");
    assert_eq!(written.lines().next(), Some("user_id,theta,se,n,reason"));
    // The same as `score` gives, in a pipe all of them.
    place.must(&[&fit[..], &["--json", "fit.json"]].concat());
    place.must(&["score", "--params", "fit.json", "--data", "lsat7.csv", "--csv", "scores.csv"]);
    let theta = |text: &str| -> Vec<f64> {
        text.lines().skip(1).map(|row| row.split(',').nth(1).unwrap().parse().unwrap()).collect()
    };
    let (own, scored) = (theta(&written), theta(&place.read("scores.csv")));
    assert_eq!(own.len(), 1000);
    // The nodes of the fit there and 61 here.
    assert!(own.iter().zip(&scored).all(|(one, other)| (one - other).abs() < 1e-3));
    let shown = run.stdout.lines().skip_while(|line| !line.starts_with("student ")).skip(1);
    assert_eq!(shown.count(), 1000);
}

#[test]
fn a_series_with_dates_of_another_country_is_forecast() {
    let place = Playground::new();
    let series = |time: &str, value: &str, day: &dyn Fn(u32) -> String| {
        let row = |at| format!("{};{}\n", day(at), 50 + at % 5);
        let rows = (0..40).map(row).collect::<Vec<_>>().concat();
        format!("{time};{value}\n{rows}")
    };
    let date = |at: u32| {
        chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new(7 * u64::from(at))
    };
    let german = series("Datum", "Wert", &|at| date(at).format("%d.%m.%Y").to_string());
    place.write("german.csv", german);
    place.write(
        "korean.csv",
        series("날짜", "값", &|at| date(at).format("%Y. %-m. %-d.").to_string()),
    );
    place.write("us.csv", series("Date", "Value", &|at| date(at).format("%-m/%-d/%Y").to_string()));
    place.write("iso.csv", series("ds", "y", &|at| date(at).to_string()));
    let of = |file: &str, more: &[&str]| {
        let fit = ["fit", "prophet", "--model", "naive", "--data", file, "--json", "-"];
        let run = place.must(&[&fit[..], more].concat());
        let found: Value = serde_json::from_str(&run.stdout).unwrap();
        (found["forecast"].clone(), found["warnings"].to_string())
    };
    let (iso, _) = of("iso.csv", &[]);
    for file in ["german.csv", "korean.csv", "us.csv"] {
        assert_eq!(of(file, &[]).0, iso, "{file}");
    }
    assert!(of("us.csv", &[]).1.contains("Date: month, day, year"));
    place.write(
        "which.csv",
        "Date,Value\n1/2/2024,1\n2/2/2024,2\n3/2/2024,3\n4/2/2024,4\n5/2/2024,5\n",
    );
    let run = place.run(&["fit", "prophet", "--data", "which.csv"]);
    assert_ne!(run.code, Some(0));
    assert!(run.stderr.contains("that can be dmy or mdy"), "{}", run.stderr);
    assert!(run.stderr.contains("--date-format dmy"), "{}", run.stderr);
    let (days, _) = of("which.csv", &["--date-format", "dmy", "--horizon", "1"]);
    assert!(days[0]["ds"].as_str().unwrap().starts_with("2024-02-06"), "{days}");
}

#[test]
fn columns_of_another_language_are_named_with_the_formula_that_takes_them() {
    let place = Playground::new();
    let row = |at| format!("{},{},{}\n", 20_301 + at / 8, at % 8, 0.5 + f64::from(at % 7) / 50.0);
    let rows = (0..48).map(row).collect::<Vec<_>>().concat();
    place.write("growth.csv", format!("학번,주,점수\n{rows}"));
    let run = place.run(&["fit", "growth", "--data", "growth.csv"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    let formula = "점수 ~ 주 + (주|학번)";
    assert!(run.stderr.contains(&format!("--formula '{formula}'")), "{}", run.stderr);
    let fit = ["fit", "growth", "--data", "growth.csv", "--formula", formula, "--samples", "200"];
    let run = place.run(&[&fit[..], &["--warmup", "200", "--json", "fit.json"]].concat());
    assert!(matches!(run.code, Some(0 | 3)), "{}", run.transcript());
}
