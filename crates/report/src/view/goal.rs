//! What is to be reached, and the chance of it over the weeks.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A goal in the unit in which it was set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GoalTarget {
    /// The number to reach.
    pub value: f64,
    /// Its unit.
    pub unit: GoalUnit,
    /// The last day on which it counts; `None` where nobody set one.
    pub by: Option<NaiveDate>,
}

/// The unit of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalUnit {
    /// Points of the reported score.
    Points,
    /// Share of right answers, 0..1.
    RightShare,
    /// Ability θ.
    Theta,
}

/// The goal that P is about, and P week by week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoalChance {
    /// The goal.
    pub target: GoalTarget,
    /// The chance of it in each week that knew it, ascending; the last is that of the report.
    pub weeks: Vec<ChanceWeek>,
}

/// The chance of a goal as one week knew it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChanceWeek {
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Probability 0..1.
    pub chance: f64,
    /// Lower end of its 95 % interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// A goal the student set on the platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnGoal {
    /// Topic or subject as it is to be shown.
    pub topic: String,
    /// What is to be reached; `None` where only an interest is recorded.
    pub target: Option<GoalTarget>,
}

/// Growth of the share of right answers by the growth model, with what is not known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GrowthCurve {
    /// Weeks in ascending order, those to come included.
    pub weeks: Vec<GrowthWeek>,
    /// The goal on the same scale.
    pub target: Option<f64>,
    /// Weeks with a score of this student.
    pub n_weeks: u32,
}

/// A week of a growth curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GrowthWeek {
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Posterior mean.
    pub mean: f64,
    /// Lower end of the 95 % posterior interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The observed score.
    pub observed: Option<f64>,
}
