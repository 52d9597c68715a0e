//! The step size, by dual averaging.

use seedtest_numerics::{exp, ln};
use serde::{Deserialize, Serialize};

use crate::exact;

const GAMMA: f64 = 0.05;
const T0: f64 = 10.0;
const KAPPA: f64 = 0.75;

/// Dual averaging of the step size (Hoffman and Gelman 2014, section 3.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DualAveraging {
    #[serde(with = "exact::number")]
    target: f64,
    #[serde(with = "exact::number")]
    mu: f64,
    #[serde(with = "exact::number")]
    count: f64,
    #[serde(with = "exact::number")]
    error: f64,
    #[serde(with = "exact::number")]
    ln_average: f64,
}

impl DualAveraging {
    pub(crate) fn new(step: f64, target: f64) -> Self {
        Self { target, mu: ln(10.0 * step), count: 0.0, error: 0.0, ln_average: 0.0 }
    }

    /// The next step size after an iteration with this mean acceptance.
    pub(crate) fn update(&mut self, acceptance: f64) -> f64 {
        self.count += 1.0;
        let weight = 1.0 / (self.count + T0);
        self.error += weight * (self.target - acceptance - self.error);
        let ln_step = self.mu - self.count.sqrt() / GAMMA * self.error;
        let decay = exp(-KAPPA * ln(self.count));
        self.ln_average += decay * (ln_step - self.ln_average);
        exp(ln_step)
    }

    /// The step size to sample with.
    pub(crate) fn averaged(&self) -> f64 {
        exp(self.ln_average)
    }
}
