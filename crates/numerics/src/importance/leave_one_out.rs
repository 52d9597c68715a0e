//! Leave-one-out prediction by importance sampling.

use super::pareto_smoothing::{pareto_smooth, relative_efficiency};
use crate::elementary::{exp, ln};
use crate::logistic::logsumexp;
use crate::powers::square;

/// k̂ above which a leave-one-out estimate is not trusted (Vehtari et al. 2024, section 3.2.4).
pub(crate) const RELIABLE_PARETO_K: f64 = 0.7;

/// Leave-one-out prediction of one observation (or of one student's observations together).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeaveOneOutPoint {
    /// Expected log predictive density without this observation.
    pub elpd: f64,
    /// Effective number of parameters this observation uses: ln posterior mean density − `elpd`.
    pub p_loo: f64,
    /// Monte Carlo standard error of `elpd`.
    pub mcse: f64,
    /// k̂ of its importance weights; `None` where no tail could be fitted.
    pub pareto_k: Option<f64>,
    /// Effective number of draws behind `elpd`.
    pub effective_draws: f64,
}

/// Leave-one-out prediction of all observations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeaveOneOut {
    /// Sum of the expected log predictive densities.
    pub elpd: f64,
    /// Standard error of `elpd` from the spread over observations; `None` for fewer than two.
    pub se: Option<f64>,
    /// Effective number of parameters.
    pub p_loo: f64,
    /// −2 `elpd`, the scale of deviance.
    pub looic: f64,
    /// Largest k̂; `None` where no observation has one.
    pub largest_pareto_k: Option<f64>,
    /// Observations whose k̂ is above 0.7 or missing.
    pub unreliable: usize,
}

impl LeaveOneOut {
    /// Sums over observations in their order.
    pub fn of(points: &[LeaveOneOutPoint]) -> Self {
        let elpd: f64 = points.iter().map(|point| point.elpd).sum();
        let unreliable =
            |point: &&LeaveOneOutPoint| point.pareto_k.is_none_or(|k| k > RELIABLE_PARETO_K);
        Self {
            elpd,
            se: standard_error(points, elpd),
            p_loo: points.iter().map(|point| point.p_loo).sum(),
            looic: -2.0 * elpd,
            largest_pareto_k: points.iter().filter_map(|point| point.pareto_k).reduce(f64::max),
            unreliable: points.iter().filter(unreliable).count(),
        }
    }
}

/// √(n · variance of the pointwise densities) (Vehtari, Gelman & Gabry 2017, equation 23).
fn standard_error(points: &[LeaveOneOutPoint], sum: f64) -> Option<f64> {
    let n = points.len() as f64;
    let squares: f64 = points.iter().map(|point| square(point.elpd - sum / n)).sum();
    (points.len() > 1).then(|| (n * squares / (n - 1.0)).sqrt())
}

/// PSIS-LOO of one observation from its log-likelihood at every draw, `log_likelihood[chain][draw]`
/// (Vehtari, Gelman & Gabry 2017, equation 10). The Monte Carlo error is that of the self-normalised
/// estimate by the delta method (Vehtari et al. 2024, equation 6).
///
/// One observation at a time, so that a hundred thousand students need no matrix.
pub fn leave_one_out_point(log_likelihood: &[&[f64]]) -> LeaveOneOutPoint {
    let efficiency = relative_efficiency(log_likelihood);
    let values: Vec<f64> = log_likelihood.concat();
    let ratios: Vec<f64> = values.iter().map(|value| -value).collect();
    let weights = pareto_smooth(&ratios, efficiency);
    let weighted: Vec<f64> =
        weights.log_weights.iter().zip(&values).map(|(weight, value)| weight + value).collect();
    let elpd = logsumexp(&weighted);
    let relative_variance: f64 = weights
        .log_weights
        .iter()
        .zip(&values)
        .map(|(weight, value)| square(exp(*weight) * (exp(value - elpd) - 1.0)))
        .sum();
    LeaveOneOutPoint {
        elpd,
        p_loo: logsumexp(&values) - ln(values.len() as f64) - elpd,
        mcse: (relative_variance / efficiency).sqrt(),
        pareto_k: weights.pareto_k,
        effective_draws: weights.effective_draws(efficiency),
    }
}
