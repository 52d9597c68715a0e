//! Chains split in halves, and their variances.

use crate::quantile::quantile;

/// Shortest chain whose halves still have a variance.
const FEWEST_DRAWS: usize = 4;

/// Number of draws a chain if the chains can be compared at all.
pub(super) fn draws_per_chain(chains: &[&[f64]]) -> Option<usize> {
    let n = chains.first()?.len();
    let equal = chains.iter().all(|chain| chain.len() == n);
    (equal && n >= FEWEST_DRAWS && varies(chains)).then_some(n)
}

/// Whether all draws are finite and not all of them equal up to rounding.
fn varies(chains: &[&[f64]]) -> bool {
    let draws = || chains.iter().copied().flatten().copied();
    let low = draws().fold(f64::INFINITY, f64::min);
    let high = draws().fold(f64::NEG_INFINITY, f64::max);
    draws().all(f64::is_finite) && high - low > f64::EPSILON * high.abs().max(low.abs())
}

/// Both halves of every chain as chains; the middle draw of an odd chain is left out.
pub(super) fn split<'a>(chains: &[&'a [f64]]) -> Vec<&'a [f64]> {
    let halves = |chain: &'a [f64]| {
        let half = chain.len() / 2;
        [&chain[..half], &chain[chain.len() - half..]]
    };
    chains.iter().copied().flat_map(halves).collect()
}

/// The same function applied to every draw.
pub(super) fn map(chains: &[&[f64]], f: impl Fn(f64) -> f64) -> Vec<Vec<f64>> {
    chains.iter().map(|chain| chain.iter().map(|&x| f(x)).collect()).collect()
}

pub(super) fn borrow(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains.iter().map(Vec::as_slice).collect()
}

/// All draws in ascending order.
pub(super) fn ascending(chains: &[&[f64]]) -> Vec<f64> {
    let mut draws: Vec<f64> = chains.iter().copied().flatten().copied().collect();
    draws.sort_unstable_by(f64::total_cmp);
    draws
}

/// Quantile of the draws of all chains together.
pub(super) fn pooled_quantile(chains: &[&[f64]], p: f64) -> Option<f64> {
    quantile(&ascending(chains), p)
}

pub(super) fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Variance with denominator n − 1.
pub(super) fn variance(x: &[f64]) -> f64 {
    let centre = mean(x);
    x.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() / (x.len() as f64 - 1.0)
}

/// Mean of the draws of all chains together.
pub(super) fn pooled_mean(chains: &[&[f64]]) -> f64 {
    mean(&chains.iter().map(|chain| mean(chain)).collect::<Vec<_>>())
}
