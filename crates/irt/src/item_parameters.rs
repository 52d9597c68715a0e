//! Parameters of one item and the curves they give.

use seedtest_numerics::logistic;
use serde::{Deserialize, Serialize};

/// Parameters of one item: P(θ) = c + (1 − c)·logistic(a(θ − b)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemParameters {
    /// Discrimination.
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Guessing probability, 0 ≤ c < 1.
    #[serde(default)]
    pub c: f64,
}

impl ItemParameters {
    /// Probability of a right answer at ability `theta`.
    pub fn probability(&self, theta: f64) -> f64 {
        self.c + (1.0 - self.c) * logistic(self.a * (theta - self.b))
    }

    /// Fisher information about the ability at `theta` (Birnbaum 1968, eq. 20.4.22).
    pub fn information(&self, theta: f64) -> f64 {
        let knows = logistic(self.a * (theta - self.b));
        let p = self.c + (1.0 - self.c) * knows;
        // P'²/(PQ) with P' = a(1 − c)·knows·fails and Q = (1 − c)·fails.
        self.a * self.a * (1.0 - self.c) * knows * knows * logistic(-self.a * (theta - self.b)) / p
    }

    /// The same item on the scale θ* = slope·θ + intercept: a* = a/slope, b* = slope·b + intercept,
    /// c* = c.
    #[must_use]
    pub fn on_scale(&self, slope: f64, intercept: f64) -> Self {
        Self { a: self.a / slope, b: slope * self.b + intercept, c: self.c }
    }

    /// What is wrong with the parameters, if anything: name, value, what is required.
    pub(crate) fn fault(&self) -> Option<(&'static str, f64, &'static str)> {
        if !(self.a.is_finite() && self.a != 0.0) {
            return Some(("a", self.a, "finite and not zero"));
        }
        if !self.b.is_finite() {
            return Some(("b", self.b, "finite"));
        }
        let ok = (0.0..1.0).contains(&self.c);
        (!ok).then_some(("c", self.c, "at least 0 and below 1"))
    }
}
