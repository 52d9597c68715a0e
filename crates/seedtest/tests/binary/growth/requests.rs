//! What a fit and a prediction answer, and what they refuse.

use serde_json::{Value, json};

use super::{fit, json_of, number, scores};
use crate::playground::Playground;

#[test]
fn a_fit_says_what_it_found_and_how_far_to_trust_it() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let found = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    assert_eq!((&found["status"], &found["ok"]), (&json!("success"), &json!(true)));
    assert_eq!((&found["converged"], &found["n_students"]), (&json!(true), &json!(12)));
    let week = &found["posterior_summary"]["week"];
    assert!((number(&week["mean"]) - 0.1).abs() < 0.05, "{week}");
    assert!(number(&week["q2.5"]) < number(&week["q97.5"]));
    assert_eq!((&week["l95"], &week["u95"]), (&week["q2.5"], &week["q97.5"]));
    assert!(number(&found["diagnostics"]["rhat"]["max"]) < 1.05);
    assert!(number(&found["diagnostics"]["ess_bulk"]["min"]) > 400.0);
    let predictions = found["predictions"].as_object().unwrap();
    assert_eq!(predictions.len(), 12);
    for (id, one) in predictions {
        let [p, lower, upper] = ["probability", "lower", "upper"].map(|key| number(&one[key]));
        assert!(0.0 <= lower && lower <= p && p <= upper && upper <= 1.0, "{id}: {one}");
        assert_eq!((&one["P"], &one["sigma"]), (&one["probability"], &one["uncertainty"]), "{id}");
        assert_eq!(one["reliable"], true, "{id}");
    }
    assert!(number(&predictions["s11"]["P"]) > number(&predictions["s00"]["P"]));
    let table = fit(&place, &["--target", "0.5"]).stdout;
    assert!(table.contains("converged") && table.contains("P(score ≥ 0.5)"), "{table}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let run = |more: &[&str]| fit(&place, &[&["--json", "-"], more].concat()).stdout;
    let one = run(&["--threads", "1"]);
    assert_eq!(one, run(&["--threads", "2"]));
    assert_ne!(one, run(&["--seed", "43"]));
}

#[test]
fn what_cannot_be_fitted_is_refused_with_a_reason() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let refused = |more: &[&str], said: &str| {
        let run = fit(&place, more);
        assert_ne!(run.code, Some(0), "{more:?}");
        assert!(run.stderr.contains(said), "{more:?}: {}", run.stderr);
    };
    refused(&["--formula", "score ~ week + other + (1|student_id)"], "other predictor");
    refused(&["--formula", "score ~ week + offset(y) + (week|student_id)"], "offset(y)");
    refused(&["--formula", "score ~ week + strata(school) + (week|student_id)"], "strata(school)");
    refused(
        &["--formula", "score ~ week + cluster(school) + (week|student_id)"],
        "cluster(school)",
    );
    refused(&["--target-accept", "1.2"], "--target-accept");
    refused(&["--formula", "score ~ week + ("], "formula");
    refused(&["--formula", "grade ~ week + (1|student_id)"], "grade");
    refused(&["--family", "poisson"], "gaussian, student, binomial or bernoulli");
    refused(&["--priors", r#"{"week":{"dist":"gamma"}}"#], "--priors week");
    refused(&["--priors", r#"{"weak":{"dist":"flat"}}"#], "intercept, week, sd");
    refused(&["--horizon-weeks", "-1"], "--horizon-weeks");
    refused(&["--max-seconds", "0"], "--max-seconds");
    refused(&["--credible-interval", "2"], "--credible-interval");

    place.write("few.csv", "student,week,score\na,0,0.1\na,1,0.3\n");
    let few = place.run(&["fit", "growth", "--data", "few.csv", "--json", "-"]);
    assert_eq!(few.code, Some(3), "{}", few.transcript());
    assert_eq!(json_of(&few)["status"], "noop");
    assert!(few.stderr.contains("no fit: "), "{}", few.stderr);
    place.write("dates.csv", scores().replace(",0,", ",2025-01-06,").replace(",1,", ",soon,"));
    let run = place.run(&["fit", "growth", "--data", "dates.csv"]);
    assert!(run.stderr.contains("week is \"soon\", which is no number"), "{}", run.stderr);
}

#[test]
fn the_columns_of_the_user_stand_in_the_output() {
    let place = Playground::new();
    place.write("scores.csv", scores().replace("student_id,week,score", "pupil,month,grade"));
    let formula = ["--formula", "grade ~ month + (month|pupil)", "--target", "0.5"];
    let priors = ["--priors", r#"{"month":{"dist":"normal","mean":0,"sd":0.5}}"#, "--json", "-"];
    let found = json_of(&fit(&place, &[&formula[..], &priors].concat()));
    assert!(found["posterior_summary"]["sd_month"]["mean"].is_number(), "{found}");
    assert_eq!(found["columns"], json!({"score": "grade", "week": "month", "student": "pupil"}));
    assert_eq!(found["priors"]["month"]["source"], "request");
    assert_eq!(found["priors"]["intercept"]["source"], "default");
    let table = fit(&place, &formula).stdout;
    assert!(table.contains("P(grade ≥ 0.5)") && table.contains("sd_month"), "{table}");
}

#[test]
fn semicolons_and_decimal_commas_are_numbers() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let plain = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    place.write("scores.csv", scores().replace(',', ";").replace('.', ","));
    let european = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    assert_eq!(plain["predictions"], european["predictions"]);
}

#[test]
fn a_fit_that_did_not_converge_ends_with_three() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let few = ["fit", "growth", "--data", "scores.csv", "--samples", "10", "--warmup", "10"];
    let run = place.run(&[&few[..], &["--json", "fit.json"]].concat());
    assert_eq!(run.code, Some(3), "{}", run.transcript());
    assert!(run.stderr.starts_with("not converged: "), "{}", run.stderr);
    assert!(place.exists("fit.json"), "the result is written all the same");
    // Where the table is read it stands first, and nowhere again.
    let table = place.run(&few);
    assert_eq!(table.code, Some(3), "{}", table.transcript());
    assert!(table.stdout.starts_with("NOT converged: "), "{}", table.stdout);
    let said = table.stdout.matches("converge").count() + table.stderr.matches("converge").count();
    assert_eq!(said, 1, "{}", table.transcript());
    for command in [&["fit", "growth"][..], &["fit", "survival"], &["job", "run", "mirt-calibrate"]]
    {
        let help = place.must(&[command, &["--help"]].concat()).stdout;
        // The help is as wide as the terminal allows.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains("3 done but a model did not converge"), "{help}");
    }
}

#[test]
fn a_saved_fit_goes_on_where_it_stopped() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let fit = |more: &[&str]| {
        place.run(&[&["fit", "growth", "--data", "scores.csv"], more].concat()).ended();
    };
    let fresh = ["--chains", "2", "--warmup", "300", "--samples"];
    fit(&[&fresh[..], &["300", "--draws", "short.parquet"]].concat());
    fit(&["--resume", "short.parquet", "--samples", "700", "--json", "resumed.json"]);
    fit(&[&fresh[..], &["700", "--json", "whole.json"]].concat());
    assert_eq!(place.read("resumed.json"), place.read("whole.json"));

    let refused = |more: &[&str], said: &str| {
        let run = place.run(&[&["fit", "growth", "--data", "scores.csv"], more].concat());
        assert_ne!(run.code, Some(0), "{more:?}");
        assert!(run.stderr.contains(said), "{more:?}: {}", run.stderr);
    };
    refused(&["--resume", "short.parquet", "--samples", "200"], "at least as many");
    refused(&["--resume", "short.parquet", "--seed", "7"], "cannot be used with");
    refused(&["--resume", "scores.csv"], "scores.csv");
    place.write("scores.csv", scores().replacen("0.", "0.1", 1));
    refused(&["--resume", "short.parquet"], "other rows");
}

#[test]
fn a_fit_whose_time_is_up_says_so() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let long = ["--warmup", "50", "--samples", "100000", "--max-seconds", "0.3", "--json", "-"];
    let run = place.run(&[&["fit", "growth", "--data", "scores.csv"], &long[..]].concat());
    let found = json_of(&run);
    assert_eq!((&found["truncated"], &found["converged"]), (&json!(true), &json!(false)));
}

#[test]
fn rows_with_dates_are_predicted_on_the_weeks_of_the_fit() {
    let place = Playground::new();
    let dated = |text: String| -> String {
        let monday: chrono::NaiveDate = "2025-01-06".parse().unwrap();
        let line = |line: &str| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if let Ok(week) = cells[1].parse::<u64>() {
                cells[1] = (monday + chrono::Days::new(7 * week)).to_string();
            }
            cells.join(",") + "\n"
        };
        text.lines().map(line).collect()
    };
    place.write("scores.csv", dated(scores()));
    let run = fit(&place, &["--target", "0.5", "--keep-model", "--json", "fit.json"]);
    run.ended();
    // The last weeks alone: counted from their own first day they would be weeks 0 and 1.
    let last = |line: &&str| line.contains("week") || line.contains("s05");
    let rows: Vec<String> = dated(scores()).lines().filter(last).map(str::to_owned).collect();
    let tail = format!("{}\n{}\n", rows[0], rows[rows.len() - 2..].join("\n"));
    place.write("tail.csv", tail.clone());
    let predict = |file: &str| {
        let arguments = ["predict", "growth", "--model", "fit.json", "--data", file, "--json", "-"];
        json_of(&place.run(&arguments))
    };
    let found = number(&predict("tail.csv")["mean_score"]);
    place.write("numbers.csv", numbered(&tail, "2025-01-06"));
    let expected = number(&predict("numbers.csv")["mean_score"]);
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

/// Weeks since a day instead of dates.
fn numbered(text: &str, first: &str) -> String {
    let first: chrono::NaiveDate = first.parse().unwrap();
    let line = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(day) = cells[1].parse::<chrono::NaiveDate>() {
            cells[1] = ((day - first).num_days() as f64 / 7.0).to_string();
        }
        cells.join(",") + "\n"
    };
    text.lines().map(line).collect()
}

#[test]
fn predictions_come_from_a_mean_from_a_student_or_from_rows() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let normal = ["predict", "growth", "--mean", "0.2", "--sd", "0.4", "--target", "0.5"];
    let found = json_of(&place.run(&[&normal[..], &["--json", "-"]].concat()));
    assert!((number(&found["probability"]) - 0.226_63).abs() < 5e-6, "{found}");
    assert_eq!((&found["method"], &found["lower"]), (&json!("normal"), &Value::Null));
    let negative = ["predict", "growth", "--mean", "0.62", "--sd=-1", "--target", "0.7"];
    let negative = place.run(&negative);
    assert!(negative.code != Some(0) && negative.stderr.contains("sd"), "{}", negative.stderr);
    let without = place.run(&["predict", "growth", "--current-score", "0.2", "--target", "0.5"]);
    assert!(without.stderr.contains("there is no fit to predict from"), "{}", without.stderr);

    let run = fit(&place, &["--target", "0.5", "--keep-model", "--json", "fit.json"]);
    run.ended();
    let with_model = |more: &[&str]| {
        let arguments = ["predict", "growth", "--model", "fit.json", "--json", "-"];
        json_of(&place.run(&[&arguments[..], more].concat()))
    };
    let student =
        with_model(&["--current-score", "0.2", "--trend", "0.1", "--weeks-remaining", "2"]);
    assert_eq!(student["method"], "posterior");
    assert!((number(&student["mean_score"]) - 0.4).abs() < 1e-9);
    // A score of one week and a slope of the population: next to nothing is known.
    assert!(number(&student["upper"]) - number(&student["lower"]) > 0.5, "{student}");
    assert_eq!(student["warnings"], json!([]));
    let off =
        ["predict", "growth", "--model", "fit.json", "--current-score", "0.2", "--target", "70"];
    let off = place.run(&off);
    assert!(off.code != Some(0) && off.stderr.contains("another scale"), "{}", off.stderr);
    for [mean, target] in [["62", "0.5"], ["0.3", "62"]] {
        let arguments = ["predict", "growth", "--model", "fit.json", "--mean", mean, "--sd", "5"];
        let off = place.run(&[&arguments[..], &["--target", target]].concat());
        assert!(
            off.code != Some(0) && off.stderr.contains("another scale"),
            "{}",
            off.transcript()
        );
    }
    let on = with_model(&["--mean", "0.3", "--sd", "0.2", "--target", "0.5"]);
    assert!((number(&on["probability"]) - 0.158_66).abs() < 5e-6, "{on}");

    // The students of the fit again, with a thousand of its draws.
    let again = with_model(&["--data", "scores.csv"]);
    let fitted: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    for (id, one) in fitted["predictions"].as_object().unwrap() {
        let other = &again["predictions"][id];
        let apart = (number(&one["P"]) - number(&other["P"])).abs();
        assert!(apart < 0.02, "{id}: {one} {other}");
    }
}
