//! Priors of item parameters.

use schemars::JsonSchema;
use seedtest_numerics::{ln, ln_beta, normal_ln_pdf};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::priors_json::PriorsJson;

/// Normal prior.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, > 0.
    pub sd: f64,
}

/// Log-normal prior: ln x is normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogNormal {
    /// Mean of the logarithm.
    pub mean: f64,
    /// Standard deviation of the logarithm, > 0.
    pub sd: f64,
}

/// Prior of the guessing probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GuessingPrior {
    /// Beta density of c.
    Beta {
        /// First shape, ≥ 1.
        alpha: f64,
        /// Second shape, ≥ 1.
        beta: f64,
    },
    /// Normal density of logit c.
    LogitNormal {
        /// Mean of logit c.
        mean: f64,
        /// Standard deviation of logit c, > 0.
        sd: f64,
    },
}

/// Prior densities of the item parameters; `None` = flat.
///
/// The posterior is maximised, so each density counts as it stands in the parameter it is written
/// for: no Jacobian is added when the program works in another one.
///
/// In JSON each prior names its distribution, and that of the guessing probability its parameter:
/// `{"a": {"dist": "lognormal", "mean": 0, "sd": 0.5}, "b": {"dist": "normal", "mean": 0, "sd": 2},
/// "c": {"dist": "beta", "alpha": 5, "beta": 17}}`, or `logit_c` with `normal` in place of `c`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "PriorsJson", into = "PriorsJson")]
#[schemars(with = "PriorsJson")]
pub struct Priors {
    /// Log-normal prior of the discrimination a; keeps a positive.
    pub a: Option<LogNormal>,
    /// Normal prior of the difficulty b.
    pub b: Option<Normal>,
    /// Normal prior of the intercept d = −a·b.
    pub d: Option<Normal>,
    /// Prior of the guessing probability (3PL only).
    pub c: Option<GuessingPrior>,
}

impl Priors {
    /// Flat priors: plain marginal maximum likelihood.
    pub fn none() -> Self {
        Self::default()
    }

    /// Mild priors for logs in which some items have few answers: ln a ~ N(0, 0.5²) and
    /// b ~ N(0, 2²). An item with hundreds of answers hardly notices them; one with three stays
    /// near an average item instead of running to infinity.
    pub fn weak() -> Self {
        Self {
            a: Some(LogNormal { mean: 0.0, sd: 0.5 }),
            b: Some(Normal { mean: 0.0, sd: 2.0 }),
            d: None,
            c: None,
        }
    }

    /// The same priors with Beta(5, 17) on c (mode 0.2), without which a 3PL is rarely determined.
    #[must_use]
    pub fn with_guessing(self) -> Self {
        Self { c: Some(GuessingPrior::Beta { alpha: 5.0, beta: 17.0 }), ..self }
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let normals = [
            ("priors.a.mean", "priors.a.sd", self.a.map(|p| (p.mean, p.sd))),
            ("priors.b.mean", "priors.b.sd", self.b.map(|p| (p.mean, p.sd))),
            ("priors.d.mean", "priors.d.sd", self.d.map(|p| (p.mean, p.sd))),
        ];
        for (mean_name, sd_name, prior) in normals {
            let Some((mean, sd)) = prior else { continue };
            check_normal(mean_name, sd_name, mean, sd)?;
        }
        match self.c {
            Some(GuessingPrior::LogitNormal { mean, sd }) => {
                check_normal("priors.c.mean", "priors.c.sd", mean, sd)
            }
            Some(GuessingPrior::Beta { alpha, beta }) => {
                let required = "finite and at least 1";
                check("priors.c.alpha", alpha, alpha.is_finite() && alpha >= 1.0, required)?;
                check("priors.c.beta", beta, beta.is_finite() && beta >= 1.0, required)
            }
            None => Ok(()),
        }
    }
}

fn check_normal(
    mean_name: &'static str,
    sd_name: &'static str,
    mean: f64,
    sd: f64,
) -> Result<(), Error> {
    check(mean_name, mean, mean.is_finite(), "finite")?;
    check(sd_name, sd, sd.is_finite() && sd > 0.0, "finite and positive")
}

fn check(field: &'static str, value: f64, ok: bool, required: &'static str) -> Result<(), Error> {
    if ok { Ok(()) } else { Err(Error::Spec { field, value, required }) }
}

/// Log density with its derivatives.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LogDensity {
    pub value: f64,
    pub first: f64,
    /// Second derivative.
    pub second: f64,
}

impl Normal {
    pub(crate) fn at(self, x: f64) -> LogDensity {
        let precision = 1.0 / (self.sd * self.sd);
        LogDensity {
            value: normal_ln_pdf(x, self.mean, self.sd),
            first: -(x - self.mean) * precision,
            second: -precision,
        }
    }
}

impl LogNormal {
    /// Log density at x > 0.
    pub(crate) fn at(self, x: f64) -> LogDensity {
        let log = ln(x);
        let inner = Normal { mean: self.mean, sd: self.sd }.at(log);
        LogDensity {
            value: inner.value - log,
            first: (inner.first - 1.0) / x,
            second: (inner.second - inner.first + 1.0) / (x * x),
        }
    }
}

impl GuessingPrior {
    /// Log density at c = logistic(g) with derivatives by g.
    pub(crate) fn at(self, g: f64, c: f64) -> LogDensity {
        match self {
            Self::LogitNormal { mean, sd } => Normal { mean, sd }.at(g),
            Self::Beta { alpha, beta } => {
                let (p, q) = (alpha - 1.0, beta - 1.0);
                LogDensity {
                    value: p * ln(c) + q * ln(1.0 - c) - ln_beta(alpha, beta),
                    first: p * (1.0 - c) - q * c,
                    second: -(p + q) * c * (1.0 - c),
                }
            }
        }
    }

    /// Guessing probability of highest prior density (of logit c for the normal).
    pub(crate) fn mode(self) -> f64 {
        match self {
            Self::LogitNormal { mean, .. } => seedtest_numerics::logistic(mean),
            Self::Beta { alpha, beta } => (alpha - 1.0) / (alpha + beta - 2.0).max(1e-9),
        }
    }
}
