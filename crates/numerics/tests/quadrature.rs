//! Quadrature rules integrate what they must.

#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

use proptest::prelude::*;
use seedtest_numerics::{Quadrature, Rule};

fn moment(q: &Quadrature, mean: f64, sd: f64, power: i32) -> f64 {
    q.nodes().iter().zip(q.weights(mean, sd)).map(|(x, w)| w * x.powi(power)).sum()
}

#[test]
fn gauss_hermite_matches_published_nodes() {
    // Abramowitz & Stegun (1964) table 25.10, n = 5, rescaled to the standard normal density:
    // x·√2 and w/√π.
    let q = Quadrature::new(Rule::GaussHermite { points: 5 }).unwrap();
    let nodes = [0.0, 0.958_572_464_613_819, 2.020_182_870_456_086];
    let weights = [0.945_308_720_482_942, 0.393_619_323_152_241, 0.019_953_242_059_046];
    let found = q.weights(0.0, 1.0);
    for (i, (x, w)) in nodes.iter().zip(weights).enumerate() {
        assert!((q.nodes()[2 + i] - x * 2f64.sqrt()).abs() < 1e-13);
        assert!((found[2 + i] - w / std::f64::consts::PI.sqrt()).abs() < 1e-13);
    }
}

#[test]
fn gauss_hermite_is_exact_for_polynomials() {
    for points in [2, 5, 16, 61, 200] {
        let q = Quadrature::new(Rule::GaussHermite { points }).unwrap();
        assert!((moment(&q, 0.0, 1.0, 0) - 1.0).abs() < 1e-13);
        assert!((moment(&q, 0.0, 1.0, 2) - 1.0).abs() < 1e-12);
        assert!(moment(&q, 0.0, 1.0, 1).abs() < 1e-14);
        if points > 2 {
            assert!((moment(&q, 0.0, 1.0, 4) - 3.0).abs() < 1e-11);
        }
    }
}

#[test]
fn impossible_rules_are_refused() {
    assert!(Quadrature::new(Rule::Grid { points: 1, min: -6.0, max: 6.0 }).is_err());
    assert!(Quadrature::new(Rule::Grid { points: 61, min: 6.0, max: -6.0 }).is_err());
    assert!(Quadrature::new(Rule::Grid { points: 61, min: f64::NAN, max: 6.0 }).is_err());
    assert!(Quadrature::new(Rule::GaussHermite { points: 201 }).is_err());
}

proptest! {
    #[test]
    fn the_grid_carries_the_moments_of_the_normal(mean in -1.0f64..1.0, sd in 0.5f64..1.1) {
        let q = Quadrature::new(Rule::default()).unwrap();
        // Mass beyond ±6 in the worst case (mean 1, sd 1.1): z = 4.5, so 6e-6 times x²/2.
        prop_assert!((moment(&q, mean, sd, 0) - 1.0).abs() < 1e-13);
        prop_assert!((moment(&q, mean, sd, 1) - mean).abs() < 1e-4);
        prop_assert!((moment(&q, mean, sd, 2) - mean * mean - sd * sd).abs() < 1e-3);
    }
}
