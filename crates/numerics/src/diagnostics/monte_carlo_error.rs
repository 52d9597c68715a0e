//! Monte Carlo standard errors.

use super::chains::{ascending, borrow, draws_per_chain, map, mean, pooled_mean, variance};
use super::effective_sample_size::{mean_ess, quantile_ess};
use crate::beta::beta_quantile;
use crate::normal::normal_cdf;

/// Monte Carlo standard error of the posterior mean: standard deviation over √ESS.
pub fn mcse_mean(chains: &[&[f64]]) -> Option<f64> {
    draws_per_chain(chains)?;
    Some((variance(&ascending(chains)) / mean_ess(chains)?).sqrt())
}

/// Monte Carlo standard error of the posterior standard deviation, by the delta method from that of
/// the variance (Kenney & Keeping 1951; effective size that of the squared distances from the mean).
pub fn mcse_sd(chains: &[&[f64]]) -> Option<f64> {
    draws_per_chain(chains)?;
    let centre = pooled_mean(chains);
    let squared = map(chains, |x| (x - centre) * (x - centre));
    let ess = mean_ess(&borrow(&squared))?;
    let squares: Vec<f64> = squared.concat();
    let second = mean(&squares);
    let fourth = mean(&squares.iter().map(|s| s * s).collect::<Vec<_>>());
    Some(((fourth - second * second) / ess / (4.0 * second)).sqrt())
}

/// Monte Carlo standard error of the posterior quantile `p` in (0, 1): half the width of the interval
/// of draws whose ranks hold one standard deviation of Beta(ESS p + 1, ESS (1 − p) + 1) to each side
/// (Vehtari et al. 2021, section 4.4).
pub fn mcse_quantile(chains: &[&[f64]], p: f64) -> Option<f64> {
    let ess = quantile_ess(chains, p)?;
    let draws = ascending(chains);
    let rank_share = |at: f64| beta_quantile(ess * p + 1.0, ess * (1.0 - p) + 1.0, normal_cdf(at));
    let size = draws.len() as f64;
    let low = ((rank_share(-1.0) * size).floor() as usize).max(1) - 1;
    let high = ((rank_share(1.0) * size).ceil() as usize).min(draws.len()) - 1;
    Some(0.5 * (draws[high] - draws[low]))
}
