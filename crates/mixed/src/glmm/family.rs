//! Families and links: the likelihood of one row and its derivatives.

use schemars::JsonSchema;
use seedtest_numerics::{
    digamma, exp, exp_m1, ln, ln_1p, ln_gamma, log1pexp, logistic, normal_cdf, normal_pdf,
};
use serde::{Deserialize, Serialize};

use crate::data::{Data, is_whole};
use crate::error::Error;

/// Probabilities are kept this far from 0 and 1, as R's links do.
const EDGE: f64 = f64::EPSILON;

/// Distribution of the response given the random effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// 0 or 1, or a proportion of a number of trials, which are the weights.
    Binomial,
    /// Counts with variance μ.
    Poisson,
    /// Counts with variance μ + μ²/size, the size being estimated.
    NegativeBinomial,
}

/// Link from the mean to the linear predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// ln(μ/(1 − μ)).
    Logit,
    /// Φ⁻¹(μ).
    Probit,
    /// ln(−ln(1 − μ)).
    Cloglog,
    /// ln μ.
    Log,
}

impl Family {
    /// Name as in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binomial => "binomial",
            Self::Poisson => "poisson",
            Self::NegativeBinomial => "negative binomial",
        }
    }

    /// The link used when none is given.
    pub fn canonical_link(self) -> Link {
        match self {
            Self::Binomial => Link::Logit,
            Self::Poisson | Self::NegativeBinomial => Link::Log,
        }
    }

    /// Variance of a response of this mean for a weight of one.
    pub(crate) fn variance(self, mean: f64, size: Option<f64>) -> f64 {
        match self {
            Self::Binomial => mean * (1.0 - mean),
            Self::Poisson => mean,
            Self::NegativeBinomial => mean + size.map_or(0.0, |size| mean * mean / size),
        }
    }

    /// Checks that the responses are possible.
    pub(crate) fn check(self, data: &Data) -> Result<(), Error> {
        let required = match self {
            Self::Binomial => "0, 1 or a proportion between them",
            _ => "whole numbers from 0",
        };
        let possible = |y: f64| match self {
            Self::Binomial => (0.0..=1.0).contains(&y),
            _ => y >= 0.0 && y.fract() == 0.0,
        };
        for (i, &value) in data.response.iter().enumerate() {
            let trials = data.trials.as_ref().or(data.weights.as_ref()).map_or(1.0, |n| n[i]);
            let whole = self != Self::Binomial || is_whole(trials) && is_whole(trials * value);
            if !possible(value) || !whole {
                let (row, family) = (data.rows[i] as usize, self.name());
                let required = match possible(value) {
                    true if !is_whole(trials) => "whole numbers of trials as weights",
                    true => "trials as weights of which a whole number succeeded",
                    false => required,
                };
                return Err(Error::OutOfRange { row, value, family, required });
            }
        }
        self.check_varies(data)
    }

    /// Refuses responses that are all at one end of what is possible: no estimate is finite there.
    fn check_varies(self, data: &Data) -> Result<(), Error> {
        let ends: &[f64] = if self == Self::Binomial { &[0.0, 1.0] } else { &[0.0] };
        match ends.iter().find(|end| data.response.iter().all(|y| y == *end)) {
            Some(&value) => Err(Error::ConstantResponse { value, family: self.name() }),
            None => Ok(()),
        }
    }
}

/// Distance from the middle one of the offsets, on the scale of the link, beyond which a row's mean is nil or beyond
/// all numbers whatever the other terms say: a factor of e¹⁰⁰.
const FARTHEST_OFFSET: f64 = 100.0;

impl Link {
    /// Refuses offsets that cannot be on the scale of this link.
    pub(crate) fn check_offset(self, data: &Data) -> Result<(), Error> {
        let Some(offset) = &data.offset else { return Ok(()) };
        let mut sorted = offset.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        let apart = |value: f64| (value - middle).abs();
        let farthest =
            (0..offset.len()).max_by(|&a, &b| apart(offset[a]).total_cmp(&apart(offset[b])));
        match farthest.filter(|&row| apart(offset[row]) > FARTHEST_OFFSET) {
            Some(row) => Err(Error::Offset {
                row: data.rows[row] as usize,
                value: offset[row],
                apart: apart(offset[row]),
                link: self.name(),
            }),
            None => Ok(()),
        }
    }

    /// Name as in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logit => "logit",
            Self::Probit => "probit",
            Self::Cloglog => "cloglog",
            Self::Log => "log",
        }
    }

    /// Mean of a linear predictor.
    pub fn mean(self, eta: f64) -> f64 {
        match self {
            Self::Logit => logistic(eta),
            Self::Probit => normal_cdf(eta),
            Self::Cloglog => -exp_m1(-exp(eta)),
            Self::Log => exp(eta),
        }
    }

    /// Derivative of the mean along the linear predictor.
    pub fn slope(self, eta: f64) -> f64 {
        match self {
            Self::Logit => {
                let p = logistic(eta);
                p * (1.0 - p)
            }
            Self::Probit => normal_pdf(eta),
            Self::Cloglog => exp(eta - exp(eta)),
            Self::Log => exp(eta),
        }
    }

    /// Second derivative, given mean and slope.
    fn bend(self, eta: f64, mean: f64, slope: f64) -> f64 {
        match self {
            Self::Logit => slope * (1.0 - 2.0 * mean),
            Self::Probit => -eta * slope,
            Self::Cloglog => slope * (1.0 - exp(eta)),
            Self::Log => slope,
        }
    }

    /// A start for the linear predictor of a mean.
    pub(crate) fn of_mean(self, mean: f64) -> f64 {
        match self {
            Self::Logit => ln(mean / (1.0 - mean)),
            Self::Probit => seedtest_numerics::normal_quantile(mean),
            Self::Cloglog => ln(-ln_1p(-mean)),
            Self::Log => ln(mean),
        }
    }

    /// Variance of the residuals on the scale of the linear predictor of a binomial model.
    pub(crate) fn latent_variance(self) -> f64 {
        let pi = std::f64::consts::PI;
        match self {
            Self::Logit => pi * pi / 3.0,
            Self::Cloglog => pi * pi / 6.0,
            Self::Probit | Self::Log => 1.0,
        }
    }
}

/// A family with its link and, for the negative binomial, its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Response {
    pub(crate) family: Family,
    pub(crate) link: Link,
    pub(crate) size: f64,
}

/// Log-likelihood of a row and its derivatives along the linear predictor.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) log_likelihood: f64,
    pub(crate) score: f64,
    /// Expected information.
    pub(crate) weight: f64,
    /// Observed information.
    pub(crate) observed: f64,
    /// Derivative of the expected information.
    pub(crate) slope: f64,
}

/// Derivatives of a row along the logarithm of the size.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct SizeRow {
    pub(crate) log_likelihood: f64,
    pub(crate) score: f64,
    pub(crate) weight: f64,
}

impl Response {
    /// Whether expected and observed information are the same.
    pub(crate) fn canonical(self) -> bool {
        matches!((self.family, self.link), (Family::Binomial, Link::Logit) | (Family::Poisson, _))
    }

    /// What the log-likelihood of a row has beside the terms with the linear predictor.
    pub(crate) fn constant(self, y: f64, weight: f64) -> f64 {
        match self.family {
            Family::Binomial => {
                let (n, s) = (weight.round(), (weight * y).round());
                ln_gamma(n + 1.0) - ln_gamma(s + 1.0) - ln_gamma(n - s + 1.0)
            }
            Family::Poisson | Family::NegativeBinomial => -weight * ln_gamma(y + 1.0),
        }
    }

    /// Row with linear predictor `eta`, without its constant.
    pub(crate) fn row(self, y: f64, weight: f64, eta: f64) -> Row {
        match (self.family, self.link) {
            (Family::Binomial, Link::Logit) => logit_row(y, weight, eta),
            (Family::Binomial, _) => self.binomial_row(y, weight, eta),
            (Family::Poisson, _) => {
                let mean = exp(eta);
                let information = weight * mean;
                Row {
                    log_likelihood: weight * (y * eta - mean),
                    score: weight * (y - mean),
                    weight: information,
                    observed: information,
                    slope: information,
                }
            }
            (Family::NegativeBinomial, _) => self.negative_binomial_row(y, weight, eta),
        }
    }

    fn binomial_row(self, y: f64, weight: f64, eta: f64) -> Row {
        let mean = self.link.mean(eta).clamp(EDGE, 1.0 - EDGE);
        let slope = self.link.slope(eta).max(EDGE);
        let bend = self.link.bend(eta, mean, slope);
        let variance = mean * (1.0 - mean);
        let change = (1.0 - 2.0 * mean) * slope;
        let per_variance = slope / variance;
        let turn = bend / variance - slope * change / (variance * variance);
        Row {
            log_likelihood: weight * (y * ln(mean) + (1.0 - y) * ln_1p(-mean)),
            score: weight * (y - mean) * per_variance,
            weight: weight * slope * per_variance,
            observed: weight * (slope * per_variance - (y - mean) * turn),
            slope: weight * (bend * per_variance + slope * turn),
        }
    }

    fn negative_binomial_row(self, y: f64, weight: f64, eta: f64) -> Row {
        let (k, mean) = (self.size, exp(eta));
        let total = k + mean;
        let share = k / total;
        Row {
            log_likelihood: weight
                * (ln_gamma(y + k) - ln_gamma(k) + k * ln(k) + y * eta - (y + k) * ln(total)),
            score: weight * (y - mean) * share,
            weight: weight * mean * share,
            observed: weight * (y + k) * mean * share / total,
            slope: weight * mean * share * share,
        }
    }

    /// Derivatives along ln size of a negative binomial row.
    pub(crate) fn size_row(self, y: f64, weight: f64, eta: f64) -> SizeRow {
        let (k, mean) = (self.size, exp(eta));
        let total = k + mean;
        let along = digamma(y + k) - digamma(k) + ln(k) + 1.0 - ln(total) - (y + k) / total;
        SizeRow {
            log_likelihood: weight * k * along,
            score: weight * k * (y - mean) * mean / (total * total),
            weight: weight * k * mean * mean / (total * total),
        }
    }
}

fn logit_row(y: f64, weight: f64, eta: f64) -> Row {
    let mean = logistic(eta);
    // Without loss of digits near 1.
    let information = weight * mean * logistic(-eta);
    Row {
        log_likelihood: weight * (y * eta - log1pexp(eta)),
        score: weight * (y - mean),
        weight: information,
        observed: information,
        slope: information * (1.0 - 2.0 * mean),
    }
}

#[cfg(test)]
mod tests {
    use super::{Family, Link, Response};

    /// Differences of fourth order.
    fn difference(f: impl Fn(f64) -> f64, x: f64) -> f64 {
        let h = 1e-3;
        (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        let cases = [
            (Family::Binomial, Link::Logit, 0.25),
            (Family::Binomial, Link::Probit, 0.25),
            (Family::Binomial, Link::Cloglog, 0.75),
            (Family::Poisson, Link::Log, 3.0),
            (Family::NegativeBinomial, Link::Log, 3.0),
        ];
        for (family, link, y) in cases {
            let response = Response { family, link, size: 1.7 };
            for eta in [-2.0, -0.3, 0.0, 0.7, 1.2] {
                let row = response.row(y, 4.0, eta);
                let at = |eta: f64| response.row(y, 4.0, eta);
                let near = |a: f64, b: f64| (a - b).abs() < 1e-8 * b.abs().max(1.0);
                assert!(near(row.score, difference(|e| at(e).log_likelihood, eta)), "{link:?}");
                assert!(near(row.observed, -difference(|e| at(e).score, eta)), "{link:?}");
                assert!(near(row.slope, difference(|e| at(e).weight, eta)), "{link:?}");
                if response.canonical() {
                    assert_eq!(row.weight, row.observed);
                }
                if family == Family::NegativeBinomial {
                    let size = |k: f64| Response { size: seedtest_numerics::exp(k), ..response };
                    let own = response.size_row(y, 4.0, eta);
                    let at = seedtest_numerics::ln(1.7);
                    let along = |f: &dyn Fn(super::Row) -> f64| {
                        difference(|k| f(size(k).row(y, 4.0, eta)), at)
                    };
                    assert!(near(own.log_likelihood, along(&|r| r.log_likelihood)));
                    assert!(near(own.score, along(&|r| r.score)));
                    assert!(near(own.weight, along(&|r| r.weight)));
                }
            }
        }
    }
}
