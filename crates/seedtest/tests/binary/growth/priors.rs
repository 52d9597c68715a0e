//! Priors, scales of scores, and what the data do not tell apart.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{fit, json_of, noise, number, scores};
use crate::playground::Playground;

#[test]
fn the_scale_of_the_scores_is_that_of_the_priors_and_a_prior_of_another_scale_is_said() {
    let place = Playground::new();
    let points = |line: &str| {
        let (head, score) = line.rsplit_once(',').unwrap();
        score
            .parse()
            .map_or(format!("{line}\n"), |score: f64| format!("{head},{}\n", 60.0 + 10.0 * score))
    };
    place.write("scores.csv", scores().lines().map(points).collect::<String>());
    let ours = json_of(&fit(&place, &["--target", "62", "--json", "-"]));
    assert_eq!(ours["converged"], true);
    assert_eq!(ours["warnings"], json!([]));
    let week = number(&ours["posterior_summary"]["week"]["mean"]);
    assert!((week - 1.0).abs() < 0.5, "{week}");
    assert!(number(&ours["priors"]["intercept"]["sd"]) > 5.0, "{}", ours["priors"]);
    let seeds = r#"{"intercept":{"dist":"normal","mean":0,"sd":1},"week":{"dist":"normal","mean":0,"sd":0.5},
        "sd":{"dist":"cauchy","location":0,"scale":1}}"#;
    let theirs = json_of(&fit(&place, &["--target", "62", "--priors", seeds, "--json", "-"]));
    assert!(
        theirs["warnings"].to_string().contains("prior of intercept"),
        "{}",
        theirs["warnings"]
    );
    let off = json_of(&fit(&place, &["--target", "0", "--json", "-"]));
    assert!(
        off["warnings"].to_string().contains("target 0 is not on the scale"),
        "{}",
        off["warnings"]
    );
    // Nobody asked: nothing is said of a target.
    let none = json_of(&fit(&place, &["--json", "-"]));
    assert_eq!((&none["target_score"], &none["warnings"]), (&Value::Null, &json!([])));
    let one = &none["predictions"]["s00"];
    assert_eq!((&one["P"], &one["lower"]), (&Value::Null, &Value::Null));
    assert_eq!((&one["uncertainty"], &one["reason"]), (&Value::Null, &json!("no_target")));
    // The same fit; its draws are added up in another order.
    let (alone, beside) =
        (number(&one["mean_score"]), number(&ours["predictions"]["s00"]["mean_score"]));
    assert!((alone / beside - 1.0).abs() < 1e-9, "{alone} {beside}");
    let table = fit(&place, &[]).stdout;
    assert!(table.contains("--target X gives the probability"), "{table}");
    assert!(!table.contains("unknown"), "{table}");
}

#[test]
fn one_score_a_student_is_no_matter_of_divergences() {
    let place = Playground::new();
    let mut text = String::from("student_id,week,score\n");
    for student in 0..40usize {
        let week = student % 8;
        let _ = writeln!(text, "s{student},{week},{:.3}", 0.1 * week as f64 + noise(student, week));
    }
    place.write("scores.csv", text);
    let run = fit(&place, &["--target", "0.5"]).stdout;
    for said in
        ["NOT converged", "every student has one score", "sd_intercept, sd_week, cor, sigma"]
    {
        assert!(run.contains(said), "{said}: {run}");
    }
    assert!(!run.contains("target-accept"), "{run}");
    let found =
        json_of(&fit(&place, &["--target", "0.5", "--target-accept", "0.99", "--json", "-"]));
    assert_eq!(found["verdict"]["status"], "unidentified");
}

/// Right answers out of six a week.
fn shares() -> String {
    let mut text = "student_id,week,score,n\n".to_string();
    for student in 0..12usize {
        for week in 0..6usize {
            let level = 0.2 + 0.04 * student as f64 + 0.04 * week as f64 + noise(student, week);
            let right = (6.0 * level).round().clamp(0.0, 6.0);
            writeln!(text, "s{student:02},{week},{},6", right / 6.0).unwrap();
        }
    }
    text
}

#[test]
fn shares_of_right_answers_ask_for_a_share() {
    let place = Playground::new();
    place.write("scores.csv", shares());
    let binomial = ["--family", "binomial", "--target", "0.6", "--json", "-"];
    let found = json_of(&fit(&place, &binomial));
    let students = found["predictions"].as_object().unwrap();
    let mut all: Vec<f64> = students.values().map(|one| number(&one["P"])).collect();
    all.sort_by(f64::total_cmp);
    let new = number(&found["new_student"]["P"]);
    assert!(all[0] < new && new < all[11], "{new} is not among {all:?}");
    let score = number(&found["new_student"]["mean_score"]);
    assert!((0.3..0.9).contains(&score), "a share, not a logit: {score}");
    // Without a target the fit stands, and says nothing of reaching one.
    let none = json_of(&fit(&place, &["--family", "binomial", "--json", "-"]));
    assert_eq!(none["posterior_summary"], found["posterior_summary"]);
    assert_eq!((&none["target_score"], &none["new_student"]["P"]), (&Value::Null, &Value::Null));
    assert_eq!(none["new_student"]["reason"], "no_target");
    assert_eq!(none["new_student"]["mean_score"], found["new_student"]["mean_score"]);
    let outside = fit(&place, &["--family", "binomial", "--target", "0"]);
    assert!(outside.stderr.contains("target is 0; a share"), "{}", outside.stderr);
    let student = json_of(&fit(&place, &["--family", "student", "--json", "-"]));
    assert!(student["warnings"].to_string().contains("does not use column n"), "{student}");
    let normal = json_of(&fit(&place, &["--target", "0.6", "--json", "-"]));
    assert!(normal["warnings"].to_string().contains("use the binomial family"), "{normal}");
    place.write("scores.csv", shares().replacen(",6\n", ",5\n", 1));
    let odd = fit(&place, &binomial);
    assert!(
        odd.stderr.contains("row 1: ") && odd.stderr.contains("no whole number"),
        "{}",
        odd.stderr
    );
    // Rows are those of the file, also behind one that was left out.
    let behind = shares().replacen('\n', "\ns99,0,,6\n", 1).replacen(",6\ns00,1", ",5\ns00,1", 1);
    place.write("scores.csv", behind);
    let odd = fit(&place, &binomial);
    assert!(odd.stderr.contains("row 2: "), "{}", odd.stderr);
}

#[test]
fn counted_answers_choose_the_binomial_family_and_say_so() {
    let place = Playground::new();
    let counts = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let right = cells[2].parse::<f64>().map(|share| (6.0 * share).round());
        right.map_or("student_id,week,right,wrong\n".to_owned(), |right| {
            format!("{},{},{right},{}\n", cells[0], cells[1], 6.0 - right)
        })
    };
    place.write("scores.csv", shares().lines().map(counts).collect::<String>());
    let formula = ["--formula", "cbind(right, wrong) ~ week + (week|student_id)", "--json", "-"];
    let chosen = json_of(&fit(&place, &formula));
    assert_eq!(chosen["family"], "binomial");
    let said = chosen["warnings"].to_string();
    assert!(said.contains("cbind(right, wrong)") && said.contains("--family"), "{said}");
    let asked = json_of(&fit(&place, &[&formula[..], &["--family", "binomial"]].concat()));
    assert!(!asked["warnings"].to_string().contains("cbind"), "{}", asked["warnings"]);
    assert_eq!(asked["posterior_summary"], chosen["posterior_summary"]);
    let normal = json_of(&fit(&place, &[&formula[..], &["--family", "gaussian"]].concat()));
    assert_eq!(normal["family"], "gaussian");
}

#[test]
fn a_week_far_from_the_others_is_named() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    assert_eq!(json_of(&fit(&place, &["--target", "0.5", "--json", "-"]))["warnings"], json!([]));
    // The twelfth row of the file.
    let lines: Vec<String> = scores().lines().map(str::to_owned).collect();
    let mut cells: Vec<&str> = lines[12].split(',').collect();
    cells[1] = "4000";
    let far = cells.join(",");
    place.write("scores.csv", [&lines[..12], &[far], &lines[13..]].concat().join("\n"));
    let warned = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]))["warnings"].to_string();
    assert!(warned.contains("row 12: the week 4000 lies far from the others"), "{warned}");
}
