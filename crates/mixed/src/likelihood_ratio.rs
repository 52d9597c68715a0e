//! Likelihood-ratio test of two fits.

use seedtest_numerics::chi_square_sf;

use crate::error::Error;
use crate::estimates::Metrics;

/// A likelihood-ratio test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikelihoodRatio {
    /// Twice the difference of the log-likelihoods.
    pub statistic: f64,
    /// Difference of the numbers of parameters.
    pub df: usize,
    /// Upper tail of χ². Where a variance is tested against zero the true one is smaller: its half for a
    /// single variance (Self & Liang 1987).
    pub p: f64,
}

/// Compares two fits of the same rows, one nested in the other, both by maximum likelihood, or both by REML
/// where `same_fixed` says that their fixed effects are the same: the restricted likelihood is that of
/// contrasts, and other fixed effects have other contrasts.
pub fn likelihood_ratio(
    one: &Metrics,
    other: &Metrics,
    same_fixed: bool,
) -> Result<LikelihoodRatio, Error> {
    let refused = |reason| Err(Error::Comparison { reason });
    let restricted = [one, other].map(|fit| fit.reml_criterion.is_some());
    if restricted[0] != restricted[1] {
        return refused("one is fitted by REML, the other by maximum likelihood");
    }
    if restricted[0] && !same_fixed {
        return refused(
            "their fixed effects differ, and REML criteria of different fixed effects are not \
             likelihoods of the same data",
        );
    }
    if one.n_obs != other.n_obs {
        return refused("they are of different numbers of rows");
    }
    if one.df == other.df {
        return refused("they have the same number of parameters");
    }
    let (small, large) = if one.df < other.df { (one, other) } else { (other, one) };
    let statistic = (2.0 * (large.loglik - small.loglik)).max(0.0);
    let df = large.df - small.df;
    Ok(LikelihoodRatio { statistic, df, p: chi_square_sf(statistic, df as f64) })
}
