//! Importance weights with a smoothed tail.

use super::generalized_pareto::GeneralizedPareto;
use crate::diagnostics::geyer_ess;
use crate::elementary::{exp, ln};
use crate::logistic::logsumexp;

/// Smallest tail to which a distribution is fitted.
const FEWEST_TAIL_DRAWS: usize = 5;

/// Normalised importance weights whose largest are replaced by quantiles of a fitted tail.
#[derive(Debug, Clone, PartialEq)]
pub struct ParetoSmoothed {
    /// Logs of weights that sum to one, in the order of the draws.
    pub log_weights: Vec<f64>,
    /// k̂ of the tail: below 0.7 the estimates are reliable at usual numbers of draws. `None` where
    /// no tail could be fitted, so that nothing vouches for the weights.
    pub pareto_k: Option<f64>,
}

impl ParetoSmoothed {
    /// Effective number of draws behind a weighted mean, `efficiency` / Σ w².
    pub fn effective_draws(&self, efficiency: f64) -> f64 {
        efficiency / self.log_weights.iter().map(|w| exp(2.0 * w)).sum::<f64>()
    }

    /// Weighted mean of one value a draw.
    pub fn mean(&self, values: &[f64]) -> f64 {
        self.log_weights.iter().zip(values).map(|(w, x)| exp(*w) * x).sum()
    }
}

/// Pareto-smoothed importance sampling (Vehtari et al. 2024, algorithm 1): the largest
/// min(S/5, 3√(S/`efficiency`)) ratios are replaced by expected order statistics of a generalised
/// Pareto distribution and truncated at the largest raw ratio.
///
/// `log_ratios` are finite and defined up to a constant, one a draw; `efficiency` is the relative
/// efficiency of the draws (1 for independent ones).
pub fn pareto_smooth(log_ratios: &[f64], efficiency: f64) -> ParetoSmoothed {
    let largest = log_ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut log_weights: Vec<f64> = log_ratios.iter().map(|ratio| ratio - largest).collect();
    let pareto_k = smooth_tail(&mut log_weights, efficiency);
    let total = logsumexp(&log_weights);
    for weight in &mut log_weights {
        *weight -= total;
    }
    ParetoSmoothed { log_weights, pareto_k }
}

fn smooth_tail(log_weights: &mut [f64], efficiency: f64) -> Option<f64> {
    let draws = log_weights.len() as f64;
    let tail_length = (0.2 * draws).min(3.0 * (draws / efficiency).sqrt()).ceil() as usize;
    if tail_length < FEWEST_TAIL_DRAWS || tail_length >= log_weights.len() {
        return None;
    }
    let mut order: Vec<usize> = (0..log_weights.len()).collect();
    order.sort_by(|&a, &b| log_weights[a].total_cmp(&log_weights[b]));
    let (body, tail) = order.split_at(log_weights.len() - tail_length);
    let cutoff = exp(log_weights[*body.last()?]);
    let exceedances: Vec<f64> = tail.iter().map(|&at| exp(log_weights[at]) - cutoff).collect();
    let fitted = GeneralizedPareto::estimate(&exceedances)?;
    for (rank, &at) in tail.iter().enumerate() {
        let p = (rank as f64 + 0.5) / tail_length as f64;
        log_weights[at] = ln(fitted.quantile(p) + cutoff).min(0.0);
    }
    Some(fitted.shape)
}

/// Effective over actual number of draws for the mean of e^`log_values`, over chains of equal length;
/// 1 where the values do not vary (they then say nothing about the chains).
pub fn relative_efficiency(log_values: &[&[f64]]) -> f64 {
    let largest = log_values.iter().copied().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let scaled: Vec<Vec<f64>> = log_values
        .iter()
        .map(|chain| chain.iter().map(|value| exp(value - largest)).collect())
        .collect();
    let chains: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
    let draws: usize = chains.iter().map(|chain| chain.len()).sum();
    geyer_ess(&chains).map_or(1.0, |ess| ess / draws as f64)
}
