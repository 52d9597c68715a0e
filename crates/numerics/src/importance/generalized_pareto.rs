//! The generalised Pareto distribution and its fit.

use crate::elementary::{exp, exp_m1, ln, ln_1p};
use crate::logistic::logsumexp;

/// Generalised Pareto distribution of exceedances over 0 with shape k and scale σ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneralizedPareto {
    /// Shape k; the variance is finite below 0.5, the mean below 1.
    pub shape: f64,
    /// Scale σ > 0.
    pub scale: f64,
}

/// Exceedances that stand for the weakly informative prior on k.
const PRIOR_EXCEEDANCES: f64 = 10.0;
/// Centre of that prior.
const PRIOR_SHAPE: f64 = 0.5;

impl GeneralizedPareto {
    /// Quasi-Bayesian estimate from positive exceedances in ascending order (Zhang & Stephens 2009,
    /// section 3), k drawn towards 0.5 by the weight of ten exceedances (Vehtari et al. 2024,
    /// appendix C).
    ///
    /// `None` for fewer than five exceedances or where they are not spread.
    pub fn estimate(ascending: &[f64]) -> Option<Self> {
        let n = ascending.len();
        let largest = *ascending.last().filter(|_| n >= 5)?;
        let quartile = ascending[((n as f64 / 4.0 + 0.5) as usize).max(1) - 1];
        let grid = 30 + n.isqrt();
        let candidates: Vec<f64> = (1..=grid)
            .map(|j| {
                let position = (grid as f64 / (j as f64 - 0.5)).sqrt();
                1.0 / largest + (1.0 - position) / (3.0 * quartile)
            })
            .collect();
        let log_likelihood: Vec<f64> =
            candidates.iter().map(|&theta| profile_log_likelihood(theta, ascending)).collect();
        let total = logsumexp(&log_likelihood);
        let theta: f64 =
            candidates.iter().zip(&log_likelihood).map(|(theta, l)| theta * exp(l - total)).sum();
        let unadjusted = mean_log(theta, ascending);
        let scale = -unadjusted / theta;
        let size = n as f64;
        let shape =
            (unadjusted * size + PRIOR_SHAPE * PRIOR_EXCEEDANCES) / (size + PRIOR_EXCEEDANCES);
        (shape.is_finite() && scale.is_finite() && scale > 0.0).then_some(Self { shape, scale })
    }

    /// Quantile for p in [0, 1).
    pub fn quantile(&self, p: f64) -> f64 {
        let tail = ln_1p(-p);
        if self.shape.abs() < 1e-12 {
            return -self.scale * tail;
        }
        self.scale * exp_m1(-self.shape * tail) / self.shape
    }
}

/// Mean of ln(1 − θ x): minus the shape that belongs to θ, by likelihood.
fn mean_log(theta: f64, x: &[f64]) -> f64 {
    x.iter().map(|x| ln_1p(-theta * x)).sum::<f64>() / x.len() as f64
}

/// Log-likelihood with the shape at its maximum given θ = −k / σ.
fn profile_log_likelihood(theta: f64, x: &[f64]) -> f64 {
    let shape = mean_log(theta, x);
    x.len() as f64 * (ln(-theta / shape) - shape - 1.0)
}

#[cfg(test)]
mod tests {
    use super::GeneralizedPareto;
    use crate::Stream;

    #[test]
    fn recovers_shape_and_scale() {
        // Five standard errors: (1 + k) / √n for the shape (Smith 1987).
        for (shape, scale) in [(-0.2, 1.0), (0.3, 2.0), (0.8, 0.1)] {
            let truth = GeneralizedPareto { shape, scale };
            let mut stream = Stream::new(3, 1);
            let mut x: Vec<f64> = (0..20_000).map(|_| truth.quantile(stream.uniform())).collect();
            x.sort_unstable_by(f64::total_cmp);
            let found = GeneralizedPareto::estimate(&x).unwrap();
            assert!((found.shape - shape).abs() < 5.0 * (1.0 + shape) / 20_000f64.sqrt());
            assert!((found.scale / scale - 1.0).abs() < 0.06);
        }
    }

    #[test]
    fn exponential_is_the_limit_of_shape_zero() {
        let near = GeneralizedPareto { shape: 1e-9, scale: 2.0 }.quantile(0.9);
        let at = GeneralizedPareto { shape: 0.0, scale: 2.0 }.quantile(0.9);
        assert!((near - at).abs() < 1e-7 && (at - 2.0 * 10f64.ln()).abs() < 1e-13);
    }

    #[test]
    fn nothing_is_estimated_without_spread() {
        assert_eq!(GeneralizedPareto::estimate(&[1.0, 2.0, 3.0, 4.0]), None);
        assert_eq!(GeneralizedPareto::estimate(&[0.0; 20]), None);
    }
}
