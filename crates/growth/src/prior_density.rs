//! The priors with the Jacobians of the transforms, shared by every family.

use seedtest_numerics::ln;

use crate::family::Effects;
use crate::layout::{
    ALPHA, ATANH_COR, LN_SD_INTERCEPT, LN_SD_WEEK, Population, SLOPE, ln_sech2, ln_sigma,
};
use crate::prior::{Prior, PriorSet};

/// Adds the log-prior of the population's parameters to `gradient` and returns it; that of σ where
/// the family has one.
pub(crate) fn ln_prior(
    priors: &PriorSet,
    has_sigma: bool,
    effects: Effects,
    x: &[f64],
    population: &Population,
    gradient: &mut [f64],
) -> f64 {
    let mut total = 0.0;
    let mut plain = |prior: &Prior, at: usize, value: f64| {
        let (density, slope) = prior.ln_density(value);
        total += density;
        gradient[at] += slope;
    };
    plain(&priors.intercept, ALPHA, population.alpha);
    plain(&priors.week, SLOPE, population.slope);
    // A standard deviation is sampled as its logarithm: the Jacobian is the value itself.
    let mut scale = |prior: &Prior, at: usize, value: f64| {
        let (density, slope) = prior.ln_density(value);
        total += density + ln(value);
        gradient[at] += slope * value + 1.0;
    };
    scale(&priors.sd_intercept, LN_SD_INTERCEPT, population.sd_intercept);
    if effects.has_slope() {
        scale(&priors.sd_week, LN_SD_WEEK, population.sd_week);
    }
    if has_sigma {
        scale(&priors.sigma, ln_sigma(effects), population.sigma);
    }
    if effects == Effects::Correlated {
        // LKJ(η) on a 2 × 2 matrix is (1 − ρ²)^(η − 1); the Jacobian of tanh is 1 − ρ².
        total += priors.lkj * ln_sech2(x[ATANH_COR]);
        gradient[ATANH_COR] -= 2.0 * priors.lkj * population.cor;
    }
    total
}
