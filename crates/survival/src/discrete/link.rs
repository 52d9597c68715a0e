//! Links of the probability of the event in a period.

use seedtest_numerics::{exp, ln, log1pexp, logistic};
use serde::{Deserialize, Serialize};

/// How the probability of the event in a period depends on the covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Log odds: a model of its own for discrete time.
    #[default]
    Logit,
    /// ln(−ln(1 − p)): a proportional-hazards model seen in periods.
    Cloglog,
}

/// Minus the second derivative, or its expectation over the events (the same for the logit link).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Information {
    Observed,
    Expected,
}

impl Link {
    /// Log-likelihood of one period with its slope and information in the linear predictor.
    pub(super) fn trial(self, eta: f64, event: bool, kind: Information) -> (f64, f64, f64) {
        match self {
            Self::Logit => {
                let p = logistic(eta);
                let value = if event { -log1pexp(-eta) } else { -log1pexp(eta) };
                (value, f64::from(u8::from(event)) - p, p * (1.0 - p))
            }
            Self::Cloglog => {
                let h = exp(eta);
                let p = probability_of(h);
                // d/dη ln(1 − e^−h) = h e^−h / (1 − e^−h)
                let ratio = h * exp(-h) / p;
                let (value, slope, curvature) =
                    if event { (ln(p), ratio, ratio * (ratio + h - 1.0)) } else { (-h, -h, h) };
                let expected = kind == Information::Expected;
                (value, slope, if expected { h * ratio } else { curvature })
            }
        }
    }

    /// Probability of the event at a linear predictor.
    pub fn probability(self, eta: f64) -> f64 {
        match self {
            Self::Logit => logistic(eta),
            Self::Cloglog => probability_of(exp(eta)),
        }
    }
}

/// 1 − e^−h without losing the digits of a small h.
fn probability_of(h: f64) -> f64 {
    if h < 1e-5 { h * (1.0 - 0.5 * h + h * h / 6.0) } else { 1.0 - exp(-h) }
}
