//! Rows that lack something: nobody is left out of an answer without a word, and a bad cell is named with its line.

use std::fmt::Write as _;

use serde_json::Value;

use super::{SHORT, fit, json_of, number, scores};
use crate::playground::{Playground, Run};

const TARGET: [&str; 2] = ["--target", "0.5"];

fn shown(run: &Run) -> String {
    run.ended();
    run.stdout.clone()
}

fn stored(place: &Playground) {
    place.write("scores.csv", scores());
    let run = fit(place, &["--target", "0.5", "--keep-model", "--json", "fit.json"]);
    run.ended();
}

#[test]
fn students_without_a_complete_row_are_in_the_answer_with_the_reason() {
    let place = Playground::new();
    stored(&place);
    let rows = "student_id,week,score\nknown,0,0.1\nknown,2,0.4\nhalf,0,0.3\nhalf,2,\nnobody,1,\nnobody,2,\n\
                timeless,,0.5\n";
    place.write("new.csv", rows);
    let predict = ["predict", "growth", "--model", "fit.json", "--data", "new.csv"];
    let answer = json_of(&place.run(&[&predict[..], &["--json", "-"]].concat()));
    let one = |id: &str| answer["predictions"][id].clone();
    assert!(number(&one("known")["P"]) > 0.0 && number(&one("half")["P"]) > 0.0);
    for (id, lacks) in [("nobody", "score"), ("timeless", "week")] {
        assert_eq!(one(id)["P"], Value::Null, "{answer}");
        let reason = format!("no row is complete: {lacks} missing");
        assert_eq!(one(id)["reason"], reason.as_str(), "{answer}");
    }
    assert_eq!(answer["credible_intervals"]["nobody"], serde_json::json!([null, null]));
    let said = answer["warnings"].to_string();
    assert!(said.contains("4 rows with a missing value were left out"), "{said}");
    assert!(said.contains("2 students have no complete row"), "{said}");
    // The last week of the complete rows is 2.
    assert_eq!(number(&answer["target_week"]), 2.0);
    let table = shown(&place.run(&predict));
    assert!(table.contains("P(score ≥ 0.5) at week 2"), "{table}");
    let line = table.lines().find(|line| line.starts_with("nobody")).unwrap().to_owned();
    assert!(line.contains("unknown") && line.contains("score missing"), "{line}");
    // Where nobody has a complete row everybody is there all the same.
    place.write("new.csv", "student_id,week,score\na,1,\nb,2,\n");
    let none = json_of(&place.run(&[&predict[..], &["--json", "-"]].concat()));
    assert_eq!(none["predictions"].as_object().unwrap().len(), 2, "{none}");
    assert_eq!(none["probability"], Value::Null);
}

#[test]
fn a_fit_names_those_of_whom_it_has_no_complete_row() {
    let place = Playground::new();
    place.write("scores.csv", format!("{}late,3,\n", scores()));
    let answer = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    assert_eq!(answer["predictions"]["late"]["reason"], "no row is complete: score missing");
    assert_eq!((number(&answer["n_students"]), number(&answer["dropped_rows"])), (12.0, 1.0));
}

#[test]
fn a_bad_cell_is_named_with_its_line() {
    let place = Playground::new();
    let bad = |from: &str, to: &str| {
        let text = scores();
        let at = text.find(from).unwrap();
        let line = text[..at].matches('\n').count() + 1;
        place.write("scores.csv", format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
        let run = fit(&place, &TARGET);
        assert!(run.stderr.contains(&format!("line {line}: column ")), "{}", run.transcript());
        run
    };
    let week = bad("s03,4,", "s03,4th,");
    assert!(week.stderr.contains("column week holds \"4th\""), "{}", week.transcript());
    let score = bad("s05,2,", "s05,2,O");
    assert!(score.stderr.contains("column score holds \"O"), "{}", score.transcript());
    // In a small file too, by its row.
    let few = "student_id,week,score\na,0,1\na,1,2\nb,0,2\nb,one,3\nc,0,2\nc,1,4\n";
    place.write("scores.csv", few);
    let run = fit(&place, &TARGET);
    assert!(
        run.stderr.contains("row 4: week is \"one\", which is no number"),
        "{}",
        run.transcript()
    );
    place.write("scores.csv", few.replace("b,one", "b,1").replace("c,0,2", "c,0,absent"));
    let run = fit(&place, &TARGET);
    assert!(
        run.stderr.contains("row 5: score is \"absent\", which is no number"),
        "{}",
        run.transcript()
    );
    let dated = few.replace(",0,", ",2025-03-03,").replace(",1,", ",2025-03-10,");
    place.write("scores.csv", dated.replace("b,one", "b,10th of March"));
    let run = fit(&place, &TARGET);
    assert!(
        run.stderr.contains("row 4: week is \"10th of March\", which is no date"),
        "{}",
        run.transcript()
    );
    // The answers behind a score are not forgotten for one bad cell.
    place.write("scores.csv", "student_id,week,score,n\na,0,1,3\na,1,0,4\nb,0,1,many\nb,1,0,3\n");
    let run = fit(&place, &TARGET);
    assert!(run.stderr.contains("row 3: n is \"many\""), "{}", run.transcript());
}

/// In a fit, that is; in a prediction it costs its own row only.
#[test]
fn a_bad_cell_of_a_prediction_leaves_the_others_their_probabilities() {
    let place = Playground::new();
    stored(&place);
    let predict = ["predict", "growth", "--model", "fit.json", "--data", "new.csv", "--json", "-"];
    place.write("new.csv", scores());
    let right = json_of(&place.run(&predict));
    place.write(
        "new.csv",
        format!("{}bad,3,absent\nfar,4000,0.5\ndated,2025-01-06,0.5\n", scores()),
    );
    let found = json_of(&place.run(&predict));
    assert_eq!(found["target_week"], right["target_week"], "{found}");
    assert_eq!(found["predictions"]["s01"], right["predictions"]["s01"], "{found}");
    for (id, word) in [("bad", "absent"), ("far", "4000"), ("dated", "2025-01-06")] {
        let one = &found["predictions"][id];
        assert_eq!(one["P"], Value::Null, "{one}");
        assert!(one["reason"].as_str().unwrap().contains(word), "{one}");
    }
}

#[test]
fn rows_without_a_value_are_refused_where_that_is_asked_for() {
    let place = Playground::new();
    place.write("scores.csv", format!("{}s01,9,\n", scores()));
    let lines = scores().lines().count();
    let run = fit(&place, &[&TARGET[..], &["--strict"]].concat());
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    let said = format!("row {lines}: a value is missing; missing values by column: score (1)");
    assert!(run.stderr.contains(&said), "{}", run.transcript());
    assert!(run.stderr.contains("without `strict` (--strict)"), "{}", run.transcript());
}

#[test]
fn ids_of_students_stay_texts() {
    let place = Playground::new();
    let text = scores().replace("s01,", "01,").replace("s02,", "1,");
    place.write("scores.csv", text);
    let answer = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    assert_eq!(number(&answer["n_students"]), 12.0);
    assert!(answer["predictions"]["01"].is_object() && answer["predictions"]["1"].is_object());
}

#[test]
fn tables_say_when_the_goal_counts() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let numbers = shown(&fit(&place, &["--target", "0.5", "--horizon-weeks", "4"]));
    let said = "P(score ≥ 0.5) at week 11, 4 after the last week of the rows";
    assert!(numbers.contains(said), "{numbers}");
    let mut dated = String::from("student_id,week,score\n");
    for line in scores().lines().skip(1) {
        let mut cells = line.split(',');
        let (id, week, score) =
            (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
        let day = 3 + 7 * (week.parse::<u32>().unwrap() % 4);
        let month = 3 + week.parse::<u32>().unwrap() / 4;
        writeln!(dated, "{id},2025-{month:02}-{day:02},{score}").unwrap();
    }
    place.write("scores.csv", dated);
    let answer = json_of(&fit(&place, &["--target", "0.5", "--horizon-weeks", "2", "--json", "-"]));
    // The last day is 24 April, 52 days after the first.
    assert_eq!(answer["target_date"], "2025-05-08");
    assert!((number(&answer["target_week"]) - (52.0 / 7.0 + 2.0)).abs() < 1e-12);
    let table = shown(&fit(&place, &["--target", "0.5", "--horizon-weeks", "2"]));
    assert!(table.contains("P(score ≥ 0.5) on 2025-05-08, 2 after the last week"), "{table}");
}

#[test]
fn what_was_typed_is_called_as_it_was_typed() {
    let place = Playground::new();
    stored(&place);
    let refused = |arguments: &[&str], word: &str| {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{}", run.transcript());
        assert!(run.stderr.contains(word), "{}", run.transcript());
        for field in ["target_score", "user_features", "credible_interval", "run_id", "send "] {
            assert!(!run.stderr.contains(field), "{field}: {}", run.transcript());
        }
    };
    let model = ["predict", "growth", "--model", "fit.json"];
    let more = |arguments: &[&'static str]| [&model[..], arguments].concat();
    refused(&more(&["--data", "scores.csv", "--target", "900"]), "--target is 900");
    refused(&more(&["--current-score", "900"]), "--current-score is 900");
    refused(&more(&["--current-score", "0.1", "--se", "-1"]), "--se");
    refused(&more(&["--data", "scores.csv", "--credible-interval", "95"]), "--credible-interval");
    refused(&["predict", "growth"], "--mean and --sd");
    refused(&["predict", "growth", "--mean", "1", "--sd", "1"], "--target X");
    let fit = [&["fit", "growth", "--data", "scores.csv"], &SHORT[..2]].concat();
    refused(&[&fit[..], &["--target-accept", "7"]].concat(), "--target-accept");
    refused(&[&fit[..], &["--horizon-weeks", "-1"]].concat(), "--horizon-weeks");
    refused(&[&fit[..], &["--family", "gamma"]].concat(), "--family");
    let prior = r#"{"week":{"dist":"gamma"}}"#;
    refused(&[&fit[..], &["--priors", prior]].concat(), "--priors week");
}

#[test]
fn rows_without_an_answer_are_left_out_and_counted() {
    let place = Playground::new();
    let mut text = String::from("student_id,week,right,wrong\n");
    for student in 0..8_u32 {
        for week in 0..5_u32 {
            let right = (student + 2 * week + student * week) % 7;
            writeln!(text, "s{student},{week},{right},{}", 8 - right).unwrap();
        }
    }
    text.push_str("s0,5,0,0\nnew,5,0,0\n");
    place.write("scores.csv", text);
    let formula = ["--formula", "cbind(right, wrong) ~ week + (1|student_id)", "--target", "0.5"];
    let answer = json_of(&fit(&place, &[&formula[..], &["--json", "-"]].concat()));
    assert_eq!(number(&answer["n_obs"]), 40.0);
    assert_eq!(answer["predictions"]["new"]["reason"], "no row is complete: answers missing");
    assert!(answer["warnings"].to_string().contains("2 rows without a single answer"), "{answer}");
}

/// Days as 20250301 are days, not numbers, between which January and February would be 70 apart.
#[test]
fn days_written_as_numbers_are_days() {
    let place = Playground::new();
    let answer = |mark: &str| {
        let mut text = String::from("student_id,week,score\n");
        for line in scores().lines().skip(1) {
            let mut cells = line.split(',');
            let (id, week, score) =
                (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
            let week: u32 = week.parse().unwrap();
            let (month, day) = (3 + week / 4, 3 + 7 * (week % 4));
            writeln!(text, "{id},2025{mark}{month:02}{mark}{day:02},{score}").unwrap();
        }
        place.write("scores.csv", text);
        json_of(&fit(&place, &["--target", "0.5", "--json", "-"]))
    };
    let (numbers, dates) = (answer(""), answer("-"));
    assert_eq!(numbers["predictions"], dates["predictions"]);
    assert_eq!(numbers["target_date"], dates["target_date"]);
    assert!(numbers["target_date"].is_string(), "{numbers}");
}
