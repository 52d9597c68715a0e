//! Probability P of reaching a goal, by the Normal approximation.

use seedtest_numerics::{normal_cdf, normal_pdf};

use crate::missing::{Kpi, Missing};
use crate::theta::Theta;

const LARGEST_THETA: f64 = 6.0;

/// On which scale a goal is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetScale {
    /// The ability scale.
    Theta,
    /// The reported score scale, score = A·θ + B.
    Score,
    /// A score when its absolute value exceeds 6, else an ability.
    #[default]
    Auto,
}

/// A goal as it is stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoalTarget {
    /// The number to reach.
    pub value: f64,
    /// On which scale.
    pub scale: GoalScale,
}

/// The scale of a stated goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalScale {
    /// The ability scale.
    Theta,
    /// The reported score scale.
    Score,
    /// Share of right answers.
    Accuracy,
}

impl GoalScale {
    /// Every scale.
    pub(crate) const ALL: [Self; 3] = [Self::Theta, Self::Score, Self::Accuracy];

    /// The word in the KPI row and in settings.
    pub fn code(self) -> &'static str {
        match self {
            Self::Theta => "theta",
            Self::Score => "score",
            Self::Accuracy => "accuracy",
        }
    }
}

impl TargetScale {
    /// The scale that a goal is read on.
    pub fn of(self, target: f64) -> GoalScale {
        match self {
            Self::Score => GoalScale::Score,
            Self::Auto if target.abs() > LARGEST_THETA => GoalScale::Score,
            Self::Theta | Self::Auto => GoalScale::Theta,
        }
    }
}

/// The goal on the ability scale; `a` and `b` map an ability to a score (50 and 100 by default on
/// the platform).
pub fn target_theta(target: f64, scale: TargetScale, a: f64, b: f64) -> f64 {
    if scale.of(target) == GoalScale::Score { (target - b) / a } else { target }
}

/// Probability that the current ability exceeds the goal, P = 1 − Φ((target − θ)/se). It knows
/// neither growth nor the weeks that remain: the labelled fallback until a growth model is fitted.
pub fn goal_probability_normal(ability: Theta, target: f64) -> Kpi {
    let se = ability.se.filter(|&se| se > 0.0 && se.is_finite()).ok_or(Missing::NoStandardError)?;
    Ok(1.0 - normal_cdf((target - ability.theta) / se))
}

/// How far the current ability is expected to lie below the goal, E max(0, target − θ) for θ normal:
/// d·Φ(d/se) + se·φ(d/se) with d = target − θ. A wide gap counts for more than one that is merely certain.
pub fn goal_shortfall_normal(ability: Theta, target: f64) -> Kpi {
    let se = ability.se.filter(|&se| se > 0.0 && se.is_finite()).ok_or(Missing::NoStandardError)?;
    let gap = target - ability.theta;
    Ok(gap * normal_cdf(gap / se) + se * normal_pdf(gap / se))
}
