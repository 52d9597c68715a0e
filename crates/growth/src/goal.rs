//! A goal, and what is said about reaching it.

use serde::{Deserialize, Serialize};

use crate::draws::Draw;
use crate::error::Error;
use crate::family::Family;

/// What a student is to reach, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// Score to reach or pass, on the scale of the scores.
    pub target: f64,
    /// Week at which it counts, on the scale of the weeks.
    pub week: f64,
    /// Mass of the credible interval of the probability, in (0, 1).
    pub level: f64,
}

impl Goal {
    /// Whether a model of this family can be asked for it.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a number that is not finite, a level outside (0, 1), and a target
    /// outside (0, 1] where scores are shares: such a share is always reached, or never.
    pub fn check(&self, family: Family) -> Result<(), Error> {
        let bad = |name: &str, value, expected| {
            Err(Error::BadSetting { name: name.to_string(), value, expected })
        };
        if !self.target.is_finite() {
            return bad("target", self.target, "a finite number");
        }
        let is_share = self.target > 0.0 && self.target <= 1.0;
        if !family.has_sigma() && !is_share {
            return bad("target", self.target, "a share above 0 and up to 1, as the scores are");
        }
        if !self.week.is_finite() {
            return bad("week of the goal", self.week, "a finite number");
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return bad("credible_interval", self.level, "between 0 and 1");
        }
        Ok(())
    }
}

/// What the posterior says of one student's score at the week of the goal.
///
/// For a draw d of the whole posterior, the student's own level and slope included,
/// p_d = Pr(score ≥ target | d): for normal scores 1 − Φ((target − μ_d) / σ_d) with μ_d the student's
/// line at that week and σ_d the scatter of a single weekly score around it. So the spread of p_d is
/// what is not known of this student.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GoalPrediction {
    /// Posterior mean of p_d.
    pub probability: f64,
    /// Posterior standard deviation of p_d.
    pub uncertainty: f64,
    /// Lower bound of the credible interval of p_d.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Predictive mean of the score.
    pub mean_score: f64,
    /// Predictive standard deviation of the score.
    pub sd_score: f64,
}

/// Whether these draws of a family can be asked for a goal.
pub(crate) fn check(draws: &[Draw], family: Family, goal: &Goal) -> Result<(), Error> {
    goal.check(family)?;
    if draws.is_empty() {
        let expected = "at least one";
        return Err(Error::BadSetting { name: "draws".into(), value: 0.0, expected });
    }
    Ok(())
}
