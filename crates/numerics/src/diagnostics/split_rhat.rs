//! Rank-normalised split R̂.

use super::chains::{borrow, draws_per_chain, map, mean, pooled_quantile, split, variance};
use super::rank_normalization::rank_normalized;

/// Rank-normalised split R̂: the larger of that of the draws and that of their distances from the
/// median, so that chains which differ in place or in width are both seen (Vehtari et al. 2021,
/// section 4). Values above 1.01 ask for longer chains.
pub fn split_rhat(chains: &[&[f64]]) -> Option<f64> {
    draws_per_chain(chains)?;
    let median = pooled_quantile(chains, 0.5)?;
    let folded = map(chains, |x| (x - median).abs());
    let bulk = rhat(&rank_normalized(&split(chains)));
    let tail = rhat(&rank_normalized(&split(&borrow(&folded))));
    Some(bulk.max(tail)).filter(|rhat| rhat.is_finite())
}

/// √(((n − 1) W + B) / (n W)) of within-chain variance W and between-chain variance B (Gelman & Rubin
/// 1992, as in Vehtari et al. 2021, equations 1–4).
fn rhat(chains: &[Vec<f64>]) -> f64 {
    let n = chains.first().map_or(0, Vec::len) as f64;
    let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
    let variances: Vec<f64> = chains.iter().map(|chain| variance(chain)).collect();
    let (within, between) = (mean(&variances), n * variance(&means));
    ((between / within + n - 1.0) / n).sqrt()
}
