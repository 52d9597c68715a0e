//! Priors, scales of scores, and what the data do not tell apart.

use std::fmt::Write as _;

use serde_json::json;

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
    let off = json_of(&fit(&place, &["--json", "-"]));
    assert!(
        off["warnings"].to_string().contains("target 0 is not on the scale"),
        "{}",
        off["warnings"]
    );
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
    let missing = fit(&place, &["--family", "binomial"]);
    assert_ne!(missing.code, Some(0));
    assert!(missing.stderr.contains("target is 0; a share"), "{}", missing.stderr);
    let student = json_of(&fit(&place, &["--family", "student", "--json", "-"]));
    assert!(student["warnings"].to_string().contains("does not use column n"), "{student}");
    let normal = json_of(&fit(&place, &["--target", "0.6", "--json", "-"]));
    assert!(normal["warnings"].to_string().contains("use the binomial family"), "{normal}");
    place.write("scores.csv", shares().replacen(",6\n", ",5\n", 1));
    let odd = fit(&place, &binomial);
    assert!(odd.stderr.contains("which is no whole number"), "{}", odd.stderr);
}
