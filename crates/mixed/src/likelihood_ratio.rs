//! Likelihood-ratio test of two fits.

use seedtest_numerics::chi_square_sf;

use crate::data::Data;
use crate::error::Error;
use crate::estimates::Metrics;
use crate::nested::is_nested;

/// Why there is no test of models of one size.
const SAME_SIZE: &str =
    "they have the same number of parameters, so neither is a part of the other";
/// A part fits as well as its whole up to this difference of log-likelihoods; beyond it a search ended too early.
const ROUNDING: f64 = 1e-3;

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
    comparable(one, other, same_fixed)?;
    if one.df == other.df {
        return Err(Error::Comparison { reason: SAME_SIZE });
    }
    Ok(test(one, other))
}

/// The likelihood-ratio test of two fits of the same rows, or why there is none: neither model is a part of the
/// other, so that their information criteria are all there is to compare.
///
/// # Errors
/// [`Error::Comparison`] for fits that cannot be compared at all.
pub fn compare(
    one: (&Data, &Metrics),
    other: (&Data, &Metrics),
) -> Result<Result<LikelihoodRatio, &'static str>, Error> {
    // Columns of the same names, made from the same rows.
    let same_fixed = one.0.fixed.names == other.0.fixed.names;
    comparable(one.1, other.1, same_fixed)?;
    if one.1.df == other.1.df {
        return Ok(Err(SAME_SIZE));
    }
    let (small, large) = if one.1.df < other.1.df { (one, other) } else { (other, one) };
    if !is_nested(small.0, large.0) {
        return Ok(Err("the smaller model is no part of the larger one"));
    }
    if small.1.loglik > large.1.loglik + ROUNDING {
        return Ok(Err(
            "the larger model fits worse than its part: a search ended before its optimum",
        ));
    }
    Ok(Ok(test(small.1, large.1)))
}

/// Refuses fits whose likelihoods are not of the same data.
fn comparable(one: &Metrics, other: &Metrics, same_fixed: bool) -> Result<(), Error> {
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
    Ok(())
}

fn test(one: &Metrics, other: &Metrics) -> LikelihoodRatio {
    let (small, large) = if one.df < other.df { (one, other) } else { (other, one) };
    let statistic = (2.0 * (large.loglik - small.loglik)).max(0.0);
    let df = large.df - small.df;
    LikelihoodRatio { statistic, df, p: chi_square_sf(statistic, df as f64) }
}
