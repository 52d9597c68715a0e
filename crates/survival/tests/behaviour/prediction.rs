//! Predictions agree with each other.

use proptest::prelude::*;
use seedtest_survival::cox::{Fit, Spec, fit, rank_percentiles};
use seedtest_survival::{Error, Silent};

use crate::simulation::School;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn risks_are_probabilities_and_contributions_add_up(
        seed in any::<u64>(),
        x in prop::collection::vec(-40.0f64..40.0, 2),
        elapsed in 0.0f64..10.0,
    ) {
        let school = School::new(seed, 150, 1, &[0.8, -0.5], 0.0);
        let fit = fit(&school.data(), &Spec::default(), &mut Silent).unwrap();
        let risk = fit.risk(&x, 0, 5.0, elapsed).unwrap();
        prop_assert!((0.0..=1.0).contains(&risk));
        let parts = fit.contributions(&x).unwrap();
        prop_assert_eq!(parts.iter().sum::<f64>(), fit.linear_predictor(&x).unwrap());
        // A longer horizon cannot be safer.
        prop_assert!(fit.risk(&x, 0, 6.0, elapsed).unwrap() >= risk);
        let at = fit.survival(&x, 0, 10.0).unwrap();
        prop_assert!(at.lower <= at.survival && at.survival <= at.upper && at.upper <= 1.0);
    }

    #[test]
    fn percentiles_are_mid_ranks(values in prop::collection::vec(0u8..6, 1..40)) {
        let values: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
        let found = rank_percentiles(&values);
        for (v, percentile) in values.iter().zip(&found) {
            let below = values.iter().filter(|w| *w < v).count() as f64;
            let equal = values.iter().filter(|w| *w == v).count() as f64;
            let expected = (below + 0.5 * equal) / values.len() as f64;
            prop_assert!((percentile - expected).abs() < 1e-15);
            prop_assert!(*percentile > 0.0 && *percentile < 1.0);
        }
    }
}

#[test]
fn the_hazard_ratio_is_one_at_the_means() {
    let school = School::new(1, 200, 1, &[0.8, -0.5], 0.0);
    let fit = fit(&school.data(), &Spec::default(), &mut Silent).unwrap();
    let means: Vec<f64> = fit.coefficients.iter().map(|c| c.mean).collect();
    assert_eq!(fit.hazard_ratio(&means).unwrap(), 1.0);
    assert_eq!(fit.risk(&means, 0, 0.0, 3.0).unwrap(), 0.0);
    let now = fit.survival(&means, 0, 30.0).unwrap().survival;
    let step = 1.0 - fit.risk(&means, 0, 10.0, 20.0).unwrap();
    let before = fit.survival(&means, 0, 20.0).unwrap().survival;
    assert!((before * step - now).abs() < 1e-12);
}

#[test]
fn a_stored_fit_predicts_the_same() {
    let school = School::new(1, 200, 1, &[0.8, -0.5], 0.0);
    let fit = fit(&school.data(), &Spec::default(), &mut Silent).unwrap();
    let stored: Fit = serde_json::from_str(&serde_json::to_string(&fit).unwrap()).unwrap();
    let x = [0.3, -1.0];
    assert_eq!(stored.survival(&x, 0, 30.0).unwrap(), fit.survival(&x, 0, 30.0).unwrap());
}

#[test]
fn a_fit_without_bounds_predicts_the_same_risks_and_says_what_it_lacks() {
    let school = School::new(1, 200, 1, &[0.8, -0.5], 0.0);
    let fit = fit(&school.data(), &Spec::default(), &mut Silent).unwrap();
    let whole = serde_json::to_string(&fit).unwrap();
    let text = serde_json::to_string(&fit.without_bounds()).unwrap();
    assert!(text.len() < whole.len() * 2 / 3, "{} of {}", text.len(), whole.len());
    let stored: Fit = serde_json::from_str(&text).unwrap();
    let x = [0.3, -1.0];
    assert_eq!(stored.risk(&x, 0, 20.0, 10.0).unwrap(), fit.risk(&x, 0, 20.0, 10.0).unwrap());
    let missing = stored.survival(&x, 0, 30.0).unwrap_err();
    assert!(matches!(missing, Error::NotEstimable { what: "bounds of the survival", .. }));
}
