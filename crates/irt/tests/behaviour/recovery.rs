//! Parameters that answers were drawn from are found again.

use seedtest_irt::{Anchor, Fit, Model, Silent, Spec, fit};
use seedtest_numerics::logistic;

use crate::simulation::{Simulated, abilities, items};

fn root_mean_square(errors: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = errors.fold((0.0, 0.0), |(s, n), e| (s + e * e, n + 1.0));
    f64::sqrt(sum / n)
}

/// Root mean square error of the curves over N(0, 1) abilities.
fn curve_error(found: &Fit, data: &Simulated) -> f64 {
    let errors = found.items.iter().flat_map(|item| {
        let (a, b, _) = data.items[item.item as usize];
        (0..41).map(move |k| {
            let theta = -2.0 + 0.1 * f64::from(k);
            logistic(item.a * (theta - item.b)) - logistic(a * (theta - b))
        })
    });
    root_mean_square(errors)
}

#[test]
fn two_parameter_model_from_sparse_answers() {
    let data = Simulated::new(21, abilities(22, 5_000, 0.0, 1.0), items(23, 100), 25);
    let found = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    assert!(found.verdict.converged());
    // 1 250 answers an item; a curve with two parameters has variance of about 2·p(1 − p)/n where
    // the answers are, and up to twice that towards ±2: √(4·0.2/1250) = 0.025.
    assert!(curve_error(&found, &data) < 0.025, "{}", curve_error(&found, &data));
    let errors = found.abilities.iter().map(|s| s.theta - data.theta[s.student as usize]);
    let error = root_mean_square(errors);
    let claimed = root_mean_square(found.abilities.iter().map(|s| s.se));
    // The ratio of the two has a standard error of 1/√(2·5000) = 1 %; the claim leaves out the
    // uncertainty of the items, another 1 to 2 %.
    assert!((error / claimed - 1.0).abs() < 0.05, "error {error}, claimed {claimed}");
}

#[test]
fn rasch_model_finds_the_spread_of_the_abilities() {
    let one = items(31, 40).into_iter().map(|(_, b, c)| (1.0, b, c)).collect();
    let data = Simulated::new(32, abilities(33, 4_000, 0.0, 1.4), one, 20);
    let found = fit(&data.responses(), &Spec::new(Model::Rasch), &mut Silent).unwrap();
    // Four standard errors: σ/√(2N)·(1 + noise of measurement) ≈ 0.02, plus 0.03 from the drawn
    // abilities being one sample.
    assert!((found.latent.sd - 1.4).abs() < 0.09, "{}", found.latent.sd);
    for item in &found.items {
        // Four standard errors: 2 000 answers carry at least 0.15 of information each.
        let truth = data.items[item.item as usize].1;
        assert!((item.b - truth).abs() < 4.0 / (2_000.0 * 0.12f64).sqrt(), "{item:?} {truth}");
    }
}

#[test]
fn fixed_anchors_carry_their_scale_to_a_new_group() {
    let data = Simulated::new(41, abilities(42, 3_000, 0.6, 1.3), items(43, 40), 30);
    let anchors: Vec<Anchor> = (0..15)
        .map(|i| {
            let (a, b, c) = data.items[i];
            Anchor { item: i as u32, a, b, c, fixed: true }
        })
        .collect();
    let found = fit(&data.responses(), &Spec { anchors, ..Spec::default() }, &mut Silent).unwrap();
    assert!(found.verdict.converged());
    assert!(found.latent.mean_estimated && found.latent.sd_estimated);
    // Four standard errors of a mean and a standard deviation of 3 000 abilities.
    assert!((found.latent.mean - 0.6).abs() < 4.0 * 1.3 / 3_000f64.sqrt() * 1.1);
    assert!((found.latent.sd - 1.3).abs() < 4.0 * 1.3 / 6_000f64.sqrt() * 1.3);
    for item in &found.items[..15] {
        assert!(item.anchor);
        assert_eq!((item.a, item.b, item.c), data.items[item.item as usize]);
    }
    assert!(curve_error(&found, &data) < 0.025);
    assert_eq!(found.n_parameters, 2 * 25 + 2);
}
