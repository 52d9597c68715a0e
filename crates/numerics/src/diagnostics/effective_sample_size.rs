//! Effective sample sizes of chains.

use super::chains::{borrow, draws_per_chain, map, mean, pooled_quantile, split, variance};
use super::rank_normalization::rank_normalized;
use crate::elementary::ln;

/// Bulk effective sample size: that of the mean of the rank-normalised draws of split chains.
/// At least 100 a chain is wanted (Vehtari et al. 2021, section 4).
pub fn bulk_ess(chains: &[&[f64]]) -> Option<f64> {
    draws_per_chain(chains)?;
    geyer_ess(&borrow(&rank_normalized(&split(chains))))
}

/// Tail effective sample size: the smaller of those of the 5 % and the 95 % quantile.
pub fn tail_ess(chains: &[&[f64]]) -> Option<f64> {
    Some(quantile_ess(chains, 0.05)?.min(quantile_ess(chains, 0.95)?))
}

/// Effective sample size for the quantile `p` in (0, 1): that of the indicator of being at or below.
pub fn quantile_ess(chains: &[&[f64]], p: f64) -> Option<f64> {
    draws_per_chain(chains)?;
    let at = pooled_quantile(chains, p)?;
    let below = map(chains, |x| f64::from(u8::from(x <= at)));
    geyer_ess(&split(&borrow(&below)))
}

/// Effective sample size for the mean of the draws as they are, of split chains.
pub fn mean_ess(chains: &[&[f64]]) -> Option<f64> {
    geyer_ess(&split(chains))
}

/// Number of draws over the integrated autocorrelation time, by Geyer's (1992) initial monotone
/// sequence over the combined autocorrelations ρ̂ₜ of the chains (Vehtari et al. 2021, equations
/// 10–12). Chains are taken as they are; the time is bounded below by 1 / log₁₀ S.
///
/// A lag costs one pass over the draws and lags are computed only as far as they are used: a few
/// dozen for chains that mix, all of them for chains that hardly move.
pub(crate) fn geyer_ess(chains: &[&[f64]]) -> Option<f64> {
    let n = chains.first()?.len();
    if n < 3 || chains.iter().any(|chain| chain.len() != n) {
        return None;
    }
    let correlation = Autocorrelation::new(chains)?;
    let pairs = initial_positive_pairs(&correlation, n);
    let total = (chains.len() * n) as f64;
    let time = integrated_time(pairs).max(std::f64::consts::LN_10 / ln(total));
    Some(total / time)
}

/// Sums ρ̂₂ₖ + ρ̂₂ₖ₊₁ up to the last pair that is positive; the first pair always counts.
fn initial_positive_pairs(correlation: &Autocorrelation, n: usize) -> Vec<(f64, f64)> {
    let mut pairs = vec![(1.0, correlation.at(1))];
    // The last lags of a chain rest on a handful of products.
    while 2 * pairs.len() + 3 < n && pairs.last().is_some_and(|(even, odd)| even + odd > 0.0) {
        let lag = 2 * pairs.len();
        pairs.push((correlation.at(lag), correlation.at(lag + 1)));
    }
    pairs
}

/// −1 + 2 Σ ρ̂ with the pair sums made decreasing; of the pair that ends the sequence only a positive
/// even term is kept, once, which removes most of the bias for antithetic chains.
fn integrated_time(mut pairs: Vec<(f64, f64)>) -> f64 {
    let closing = if pairs.len() > 1 { pairs.pop() } else { None };
    let mut sum = 0.0;
    let mut previous = f64::INFINITY;
    for (even, odd) in pairs {
        previous = previous.min(even + odd);
        sum += previous;
    }
    2.0 * sum - 1.0 + closing.map_or(0.0, |(even, _)| even.max(0.0))
}

/// Combined autocorrelations ρ̂ₜ = 1 − (W − mean autocovariance at lag t) / var⁺.
struct Autocorrelation<'a> {
    chains: &'a [&'a [f64]],
    means: Vec<f64>,
    within: f64,
    overall: f64,
}

impl<'a> Autocorrelation<'a> {
    fn new(chains: &'a [&'a [f64]]) -> Option<Self> {
        let n = chains.first()?.len() as f64;
        let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
        let variances: Vec<f64> = chains.iter().map(|chain| variance(chain)).collect();
        let within = mean(&variances);
        let between = if chains.len() > 1 { variance(&means) } else { 0.0 };
        let overall = within * (n - 1.0) / n + between;
        (overall.is_finite() && overall > 0.0).then_some(Self { chains, means, within, overall })
    }

    fn at(&self, lag: usize) -> f64 {
        1.0 - (self.within - self.autocovariance(lag)) / self.overall
    }

    /// Mean over chains of the biased autocovariance (denominator n).
    fn autocovariance(&self, lag: usize) -> f64 {
        let of_chain = |(chain, centre): (&&[f64], &f64)| {
            let products =
                chain.iter().zip(&chain[lag..]).map(|(a, b)| (a - centre) * (b - centre));
            products.sum::<f64>() / chain.len() as f64
        };
        self.chains.iter().zip(&self.means).map(of_chain).sum::<f64>() / self.chains.len() as f64
    }
}
