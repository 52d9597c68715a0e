//! Distributions of the time to the event.

use seedtest_numerics::{
    exp, ln, log1pexp, logistic, logit, normal_cdf, normal_ln_pdf, normal_pdf, normal_quantile,
};
use serde::{Deserialize, Serialize};

/// Distribution of the time to the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Constant hazard: the Weibull distribution with scale 1.
    Exponential,
    /// Hazard that is a power of time; the only one that is also a proportional-hazards model.
    #[default]
    Weibull,
    /// Normal on the log scale.
    LogNormal,
    /// Logistic on the log scale.
    LogLogistic,
}

/// Logarithm of a density or survival function with two derivatives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LogValue {
    pub(crate) value: f64,
    pub(crate) first: f64,
    pub(crate) second: f64,
}

impl Distribution {
    /// Whether the scale σ is estimated.
    pub fn has_scale(self) -> bool {
        self != Self::Exponential
    }

    /// Log density of W.
    pub(crate) fn log_density(self, z: f64) -> LogValue {
        match self {
            Self::Exponential | Self::Weibull => {
                let e = exp(z);
                LogValue { value: z - e, first: 1.0 - e, second: -e }
            }
            Self::LogNormal => {
                LogValue { value: normal_ln_pdf(z, 0.0, 1.0), first: -z, second: -1.0 }
            }
            Self::LogLogistic => {
                let f = logistic(z);
                let value = z - 2.0 * log1pexp(z);
                LogValue { value, first: 1.0 - 2.0 * f, second: -2.0 * f * (1.0 - f) }
            }
        }
    }

    /// Log survival function of W.
    pub(crate) fn log_survival(self, z: f64) -> LogValue {
        match self {
            Self::Exponential | Self::Weibull => {
                let e = exp(z);
                LogValue { value: -e, first: -e, second: -e }
            }
            Self::LogNormal => {
                let survival = normal_cdf(-z);
                if survival == 0.0 {
                    // Mills' ratio far in the tail.
                    return LogValue { value: -0.5 * z * z, first: -z, second: -1.0 };
                }
                let hazard = normal_pdf(z) / survival;
                LogValue { value: ln(survival), first: -hazard, second: hazard * (z - hazard) }
            }
            Self::LogLogistic => {
                let f = logistic(z);
                LogValue { value: -log1pexp(z), first: -f, second: -f * (1.0 - f) }
            }
        }
    }

    /// Quantile of W.
    pub(crate) fn quantile(self, p: f64) -> f64 {
        match self {
            Self::Exponential | Self::Weibull => ln(-ln(1.0 - p)),
            Self::LogNormal => normal_quantile(p),
            Self::LogLogistic => logit(p),
        }
    }
}
