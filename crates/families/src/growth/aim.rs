//! What a fit is asked of every student.

use seedtest_growth::Goal;
use serde::{Deserialize, Serialize};

/// A goal that need not have a score to reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Aim {
    /// Score to reach or pass, on the scale of the scores; `None` where nobody said one.
    pub target: Option<f64>,
    /// Week at which it counts, on the scale of the weeks.
    pub week: f64,
    /// Mass of the credible interval of the probability, in (0, 1).
    pub level: f64,
}

impl Aim {
    /// The goal, with `middle` for a target that is not there: what is said of the score at that week
    /// does not depend on it, and what is said of reaching it is left out of the answer.
    pub(super) fn goal(&self, middle: f64) -> Goal {
        Goal { target: self.target.unwrap_or(middle), week: self.week, level: self.level }
    }
}
