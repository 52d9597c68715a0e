//! Distributions of the scores, and what varies between students.

use serde::{Deserialize, Serialize};

/// Distribution of a score given the student's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Normal; the students' effects integrate out in closed form.
    #[default]
    Gaussian,
    /// Student's t, for scores with outliers.
    Student,
    /// Successes out of trials, logit link.
    Binomial,
    /// 0 or 1, logit link.
    Bernoulli,
}

/// What varies between students.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effects {
    /// `(week | student)`: intercept and slope, correlated.
    #[default]
    Correlated,
    /// `(week || student)`: intercept at the first week and slope, independent.
    Independent,
    /// `(1 | student)`: the intercept alone.
    Intercept,
}

impl Family {
    /// Its word in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::Student => "student",
            Self::Binomial => "binomial",
            Self::Bernoulli => "bernoulli",
        }
    }

    /// Whether residuals have a standard deviation of their own.
    pub fn has_sigma(self) -> bool {
        matches!(self, Self::Gaussian | Self::Student)
    }
}

impl Effects {
    /// Whether slopes vary.
    pub fn has_slope(self) -> bool {
        self != Self::Intercept
    }
}
