//! Fits that go on where their draws are too few.

use seedtest_growth::Silent;
use seedtest_wire::GrowthFitRequest;
use serde_json::{Value, json};

use super::{Fitted, Growth};
use crate::family::{ModelFamily, Outcome};

/// Thirty students who differ in level and slope, over eight weeks.
fn rows() -> Vec<Value> {
    let noise = [0.31, -0.22, 0.13, -0.41, 0.24, 0.02, -0.17, 0.36, -0.08, -0.29, 0.19];
    let row = |at: usize| {
        let (student, week) = (at / 8, at % 8);
        let spread = |by: usize| ((student * by) % 30) as f64 - 14.5;
        let line = spread(7) / 12.0 + (0.1 + spread(11) / 150.0) * week as f64;
        let score = line + noise[at * 5 % noise.len()];
        json!({"student_id": format!("s{student}"), "week": week, "score": score})
    };
    (0..240).map(row).collect()
}

fn fitted(draws: u64, most_draws: Option<usize>) -> Fitted {
    let request: GrowthFitRequest = serde_json::from_value(json!({
        "rows": rows(), "n_samples": draws, "n_warmup": 300, "n_chains": 2, "target_score": 0.0,
    }))
    .unwrap();
    let mut spec = Growth::spec(&request).unwrap();
    spec.most_draws = most_draws;
    let table = Growth::data(request).unwrap();
    match Growth::fit(&table, &spec, &mut Silent).unwrap() {
        Outcome::Fitted(fitted) => *fitted,
        Outcome::TooLittle(noop) => panic!("{}", noop.reason),
    }
}

#[test]
fn a_fit_of_too_few_draws_goes_on_until_they_are_enough() {
    let few = fitted(120, None);
    assert!(few.fit.lacks_draws(), "{:?}", few.fit.verdict);
    let grown = fitted(120, Some(1_920));
    let draws = grown.spec.model.sampling.draws;
    assert!(grown.fit.verdict.converged(), "{:?}", grown.fit.verdict);
    assert!(grown.fit.diagnostics.ess_bulk_min.unwrap() >= 400.0);
    assert!((240..=1_920).contains(&draws), "{draws}");
    assert_eq!(grown.response("run").n_samples, draws as u64);
    assert_eq!(grown.fit.diagnostics.draws, 2 * draws);
    // It is the fit of as many draws from the start.
    let whole = fitted(draws as u64, None);
    assert_eq!(grown.input_digest, whole.input_digest);
    assert_eq!(grown.fit.chains, whole.fit.chains);
    assert_eq!(
        serde_json::to_value(grown.response("run")).unwrap(),
        serde_json::to_value(whole.response("run")).unwrap()
    );
}

#[test]
fn a_fit_takes_no_more_draws_than_it_may_and_needs() {
    let bounded = fitted(60, Some(90));
    assert!(bounded.spec.model.sampling.draws <= 90);
    assert!(!bounded.fit.verdict.converged(), "{:?}", bounded.fit.verdict);
    let enough = fitted(960, Some(7_680));
    assert!(enough.fit.verdict.converged(), "{:?}", enough.fit.verdict);
    assert_eq!(enough.spec.model.sampling.draws, 960);
}
