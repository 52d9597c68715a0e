//! The logistic function and its relatives.

use crate::elementary::{exp, ln};

/// 1 / (1 + e^−x), accurate in both tails.
#[inline]
pub fn logistic(x: f64) -> f64 {
    let e = exp(-x.abs());
    let upper = 1.0 / (1.0 + e);
    if x >= 0.0 { upper } else { e * upper }
}

/// [`logistic`] of x and of −x, which add up to 1, from one exponential.
#[inline]
pub fn logistic_pair(x: f64) -> (f64, f64) {
    let e = exp(-x.abs());
    let larger = 1.0 / (1.0 + e);
    if x >= 0.0 { (larger, e * larger) } else { (e * larger, larger) }
}

/// Log odds ln(p / (1 − p)) of a probability strictly between 0 and 1.
pub fn logit(p: f64) -> f64 {
    ln(p) - ln(1.0 - p)
}

/// ln(1 + e^x) without overflow; absolute error below 3·10⁻¹⁶ for negative x.
#[inline]
pub fn log1pexp(x: f64) -> f64 {
    x.max(0.0) + ln(1.0 + exp(-x.abs()))
}

/// ln Σ e^xᵢ without overflow; −∞ for an empty slice.
pub fn logsumexp(x: &[f64]) -> f64 {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY {
        return max;
    }
    max + ln(x.iter().map(|&v| exp(v - max)).sum())
}

#[cfg(test)]
mod tests {
    use super::{log1pexp, logistic, logistic_pair, logit, logsumexp};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_of_a_pair_are_those_one_by_one(x in -800.0f64..800.0) {
            for x in [x, 0.0, -0.0] {
                prop_assert_eq!(logistic_pair(x), (logistic(x), logistic(-x)));
            }
        }

        #[test]
        fn logistic_and_logit_are_inverse(x in -20.0f64..20.0) {
            // The rounding of 1 − p near 1 is amplified by e^x.
            prop_assert!((logit(logistic(x)) - x).abs() < 1e-15 * (1.0 + x.exp()) + 1e-13);
        }

        #[test]
        fn log1pexp_is_minus_log_of_the_complement(x in -30.0f64..700.0) {
            let expected = if x > 30.0 { x + (-x).exp() } else { x.exp().ln_1p() };
            prop_assert!((log1pexp(x) - expected).abs() <= 4e-16 * expected.max(1.0));
        }
    }

    #[test]
    fn logsumexp_keeps_large_and_small_terms() {
        assert!((logsumexp(&[1000.0, 1000.0]) - (1000.0 + 2f64.ln())).abs() < 1e-12);
        assert_eq!(logsumexp(&[]), f64::NEG_INFINITY);
        assert_eq!(logistic(-800.0), 0.0);
        assert_eq!(logistic(800.0), 1.0);
    }
}
