//! Marginal posterior of the Gaussian model: the students' effects are integrated out.
//!
//! y ~ N(Zβ, V) with V = σ²W⁻¹ + ZΣZᵀ for each student. With v = Zᵀ W (y − Zβ) and
//! A = (σ²Σ⁻¹ + G)⁻¹ (Woodbury; Laird and Ware 1982):
//!
//! * ln |V| = n ln σ² − Σ ln w + ln |σ²I + ΣG| − 2 ln σ²
//! * (y − Zβ)ᵀ V⁻¹ (y − Zβ) = [(y − Zβ)ᵀ W (y − Zβ) − vᵀAv] / σ²
//!
//! The gradient follows from ∂ℓ/∂β = Zᵀ V⁻¹ r and, for V = V(φ), from
//! ∂ℓ/∂φ = ½ [rᵀ V⁻¹ (∂V/∂φ) V⁻¹ r − tr(V⁻¹ ∂V/∂φ)]. docs/models/growth.md derives both.

use seedtest_numerics::ln;

use crate::density::Density;
use crate::family::Effects;
use crate::layout::{
    ALPHA, ATANH_COR, LN_SD_INTERCEPT, LN_SD_WEEK, Population, SLOPE, dim, ln_sigma, population,
};
use crate::matrix::Sym2;
use crate::pattern_sums::sums;
use crate::pooled::Pooled;
use crate::prior::PriorSet;
use crate::prior_density::ln_prior;

const LN_2PI: f64 = 1.837_877_066_409_345_5;

pub(crate) struct Marginal {
    pub(crate) pooled: Pooled,
    pub(crate) priors: PriorSet,
    pub(crate) effects: Effects,
    pub(crate) mean_week: f64,
}

/// Derivatives of the log-likelihood in the natural parameters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gradient {
    pub(crate) beta: [f64; 2],
    /// S with dℓ = tr(S dΣ).
    pub(crate) covariance: Sym2,
    /// With respect to σ².
    pub(crate) variance: f64,
}

impl Gradient {
    /// Adds the derivatives with respect to the unconstrained parameters to `gradient`.
    pub(crate) fn chain(
        &self,
        effects: Effects,
        mean_week: f64,
        p: &Population,
        gradient: &mut [f64],
    ) {
        gradient[ALPHA] += self.beta[0];
        gradient[SLOPE] += self.beta[1] - mean_week * self.beta[0];
        let s = &self.covariance;
        let (t0, t1) = (p.sd_intercept, p.sd_week);
        gradient[LN_SD_INTERCEPT] += 2.0 * t0 * (s.a * t0 + s.b * p.cor * t1);
        if effects.has_slope() {
            gradient[LN_SD_WEEK] += 2.0 * t1 * (s.d * t1 + s.b * p.cor * t0);
        }
        if effects == Effects::Correlated {
            gradient[ATANH_COR] += 2.0 * s.b * t0 * t1 * (1.0 - p.cor * p.cor);
        }
        gradient[ln_sigma(effects)] += 2.0 * p.sigma * p.sigma * self.variance;
    }
}

impl Marginal {
    /// Intercept at week 0, measured from the mean score, and slope.
    pub(crate) fn beta(&self, p: &Population) -> [f64; 2] {
        [p.alpha - self.pooled.centre - p.slope * self.mean_week, p.slope]
    }

    /// Log-likelihood of all scores and its derivatives.
    pub(crate) fn likelihood(&self, p: &Population) -> (f64, Gradient) {
        let beta = self.beta(p);
        let sigma2 = p.sigma * p.sigma;
        let covariance = p.covariance();
        let total = &self.pooled.total;
        let rows = f64::from(total.rows);
        let rss = total.q - 2.0 * dot(beta, total.u) + total.gram.form(beta);
        let covariance = (&covariance, p.covariance_det());
        let sums = sums(&self.pooled.patterns.blocks, beta, covariance, sigma2);
        let students = self.pooled.students.len() as f64;
        let log_likelihood = -0.5
            * (rows * (LN_2PI + ln(sigma2)) - total.ln_weight + sums.ln_det
                - 2.0 * students * ln(sigma2)
                + (rss - sums.trace_a) / sigma2);
        let s4 = sigma2 * sigma2;
        let derivatives = Gradient {
            beta: sums.beta.map(|sum| sum / sigma2),
            covariance: Sym2::new(
                0.5 * (sums.e.a / s4 - sums.c.a / sigma2),
                0.5 * (sums.e.b / s4 - sums.c.b / sigma2),
                0.5 * (sums.e.d / s4 - sums.c.d / sigma2),
            ),
            variance: 0.5
                * ((rss - 2.0 * sums.trace_a + sums.trace_aga) / s4
                    - (rows - sums.trace_ag) / sigma2),
        };
        (log_likelihood, derivatives)
    }
}

pub(crate) fn dot(x: [f64; 2], y: [f64; 2]) -> f64 {
    x[0] * y[0] + x[1] * y[1]
}

/// Log-density of the population's parameters where the students' effects integrate out in closed form; its
/// gradient goes into `gradient`.
pub(crate) fn ln_posterior(
    priors: &PriorSet,
    effects: Effects,
    mean_week: f64,
    likelihood: impl FnOnce(&Population) -> (f64, Gradient),
    x: &[f64],
    gradient: &mut [f64],
) -> f64 {
    gradient.fill(0.0);
    let p = population(effects, x);
    let (log_likelihood, derivatives) = likelihood(&p);
    derivatives.chain(effects, mean_week, &p, gradient);
    log_likelihood + ln_prior(priors, true, effects, x, &p, gradient)
}

impl Density for Marginal {
    fn dim(&self) -> usize {
        dim(self.effects)
    }

    fn ln_density(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let likelihood = |p: &Population| self.likelihood(p);
        ln_posterior(&self.priors, self.effects, self.mean_week, likelihood, x, gradient)
    }
}
