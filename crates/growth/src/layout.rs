//! Where the parameters stand in the unconstrained vector, and back.
//!
//! `[α, slope, ln sd_intercept, (ln sd_week, (atanh ρ)), ln σ]`: α is the population's score at the
//! mean week of the rows.

use seedtest_numerics::{exp, log1pexp};

use crate::family::Effects;
use crate::matrix::Sym2;

pub(crate) const ALPHA: usize = 0;
pub(crate) const SLOPE: usize = 1;
pub(crate) const LN_SD_INTERCEPT: usize = 2;
pub(crate) const LN_SD_WEEK: usize = 3;
pub(crate) const ATANH_COR: usize = 4;

/// Parameters of the population in their own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Population {
    pub(crate) alpha: f64,
    pub(crate) slope: f64,
    pub(crate) sd_intercept: f64,
    pub(crate) sd_week: f64,
    pub(crate) cor: f64,
    pub(crate) sigma: f64,
}

impl Population {
    /// Covariance of a student's intercept and slope.
    pub(crate) fn covariance(&self) -> Sym2 {
        let cross = self.cor * self.sd_intercept * self.sd_week;
        Sym2::new(self.sd_intercept * self.sd_intercept, cross, self.sd_week * self.sd_week)
    }

    /// Its determinant, which is not negative. Computed from the entries it would cancel to anything at all
    /// where the correlation is nearly 1 and the standard deviations are huge, and with it the likelihood.
    pub(crate) fn covariance_det(&self) -> f64 {
        let scale = self.sd_intercept * self.sd_week;
        scale * scale * ((1.0 - self.cor) * (1.0 + self.cor))
    }
}

/// Number of parameters of the population.
pub(crate) fn dim(effects: Effects) -> usize {
    match effects {
        Effects::Correlated => 6,
        Effects::Independent => 5,
        Effects::Intercept => 4,
    }
}

/// Index of ln σ.
pub(crate) fn ln_sigma(effects: Effects) -> usize {
    dim(effects) - 1
}

pub(crate) fn population(effects: Effects, x: &[f64]) -> Population {
    Population {
        alpha: x[ALPHA],
        slope: x[SLOPE],
        sd_intercept: exp(x[LN_SD_INTERCEPT]),
        sd_week: if effects.has_slope() { exp(x[LN_SD_WEEK]) } else { 0.0 },
        cor: if effects == Effects::Correlated { tanh(x[ATANH_COR]) } else { 0.0 },
        sigma: exp(x[ln_sigma(effects)]),
    }
}

fn tanh(z: f64) -> f64 {
    let e = exp(-2.0 * z.abs());
    z.signum() * (1.0 - e) / (1.0 + e)
}

/// ln(1 − tanh² z), without cancellation.
pub(crate) fn ln_sech2(z: f64) -> f64 {
    let z = z.abs();
    2.0 * (std::f64::consts::LN_2 - z - log1pexp(-2.0 * z))
}
