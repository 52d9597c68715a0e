//! Student's t distribution.

use seedtest_numerics::{beta_cdf, normal_quantile};

/// Probability that |T| exceeds |t| with `df` degrees of freedom (> 0); 0 for an infinite t.
pub(crate) fn two_sided(t: f64, df: f64) -> f64 {
    beta_cdf(0.5 * df, 0.5, df / (df + t * t))
}

/// The t with this probability of |T| below it, by bisection on a logarithmic scale.
pub(crate) fn central_quantile(width: f64, df: f64) -> f64 {
    const STEPS: usize = 80;
    let (mut low, mut high): (f64, f64) = (1e-12, 1e12);
    for _ in 0..STEPS {
        let middle = (low * high).sqrt();
        if two_sided(middle, df) > 1.0 - width {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

/// The standard normal value as rare as t with `df` degrees of freedom, with the sign of t.
pub(crate) fn normal_equivalent(t: f64, df: f64) -> f64 {
    // Rarer than this has no quantile in double precision.
    const RAREST: f64 = 1e-300;
    let tail = (0.5 * two_sided(t, df)).max(RAREST);
    -normal_quantile(tail).copysign(-t)
}

#[cfg(test)]
mod tests {
    use super::{central_quantile, normal_equivalent, two_sided};

    #[test]
    fn matches_scipy() {
        // SciPy 1.17.1: 2 * t.sf(t, df) and t.ppf(0.975, df).
        let tails = [(2.0, 5.0, 0.101_939_478_829_858), (3.5, 12.0, 0.004_381_869_431_748)];
        for (t, df, p) in tails {
            assert!((two_sided(t, df) / p - 1.0).abs() < 1e-11, "{}", two_sided(t, df));
        }
        for (df, q) in [(3.0, 3.182_446_305), (10.0, 2.228_138_852), (100.0, 1.983_971_519)] {
            assert!((central_quantile(0.95, df) - q).abs() < 1e-8);
        }
    }

    #[test]
    fn the_equivalent_keeps_order_and_sign() {
        assert!(normal_equivalent(5.0, 4.0) < 5.0 && normal_equivalent(5.0, 4.0) > 2.0);
        assert!((normal_equivalent(-1.0, 1e6) + 1.0).abs() < 1e-5);
        assert_eq!(normal_equivalent(-3.0, 8.0), -normal_equivalent(3.0, 8.0));
        assert!(normal_equivalent(1e200, 50.0).is_finite());
        assert_eq!(two_sided(f64::NEG_INFINITY, 9.0), 0.0);
        assert_eq!(normal_equivalent(f64::NEG_INFINITY, 9.0), normal_equivalent(-1e200, 50.0));
    }
}
