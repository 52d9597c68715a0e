//! Right answers of a week and of a topic.

use chrono::NaiveDate;
use serde::Serialize;

use super::AbilityPoint;

/// Right answers of one week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WeekScore {
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Answers of known correctness.
    pub n: u32,
    /// Right ones among them, at most `n`.
    pub right: u32,
    /// The same of everybody in the class, or in the school of a student without one.
    pub group: Option<GroupScore>,
}

/// Right answers of a group of students.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GroupScore {
    /// Students with answers; below [`FEWEST`](super::FEWEST) the share is not shown.
    pub students: u32,
    /// Answers of known correctness.
    pub n: u32,
    /// Right ones among them, at most `n`.
    pub right: u32,
}

/// Right answers under one topic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopicScore {
    /// Topic id or name as it is to be shown.
    pub topic: String,
    /// Answers of known correctness.
    pub n: u32,
    /// Right ones among them, at most `n`.
    pub right: u32,
    /// Ability in this topic, where a model estimated one.
    pub ability: Option<AbilityPoint>,
}

/// Change of the share of right answers a week, over all topics, by the mixed model of progress.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WeeklySlope {
    /// Change a week, −1..1.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}
