//! What the report of one student shows.

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    AbilityPoint, ChurnDetail, DayActivity, ForecastDetail, KpiCards, Provenance, SegmentDetail,
    TopicScore, Warning, WeekScore, WeeklySlope,
};

/// Everything the weekly report of one student shows; by default nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StudentReport {
    /// Canonical id of the student; any text.
    pub user_id: String,
    /// Name to show instead of the id.
    pub display_name: Option<String>,
    /// Monday of the reported week.
    pub week_start: NaiveDate,
    /// When the report was made, as text to be shown.
    pub generated_at: String,
    /// The KPIs of the week.
    pub kpis: KpiCards,
    /// What the risk S rests on, where a fitted model stands behind it.
    pub churn: Option<ChurnDetail>,
    /// History of the ability, oldest first; the last point is the current one. May be empty.
    pub ability: Vec<AbilityPoint>,
    /// Share (0..1) of the class below this student's ability; see
    /// [`empirical_percentile`](super::empirical_percentile).
    pub ability_percentile: Option<f64>,
    /// Students of the class that have an ability.
    pub class_size: u32,
    /// Weeks in ascending order, the reported one last; weeks without answers may be left out or
    /// have `n` 0.
    pub weekly_accuracy: Vec<WeekScore>,
    /// How the share of right answers changes a week, where a model of progress says it.
    pub weekly_slope: Option<WeeklySlope>,
    /// Topics of the last four weeks, in any order.
    pub topics: Vec<TopicScore>,
    /// The 28 days up to the end of the week, ascending.
    pub daily: Vec<DayActivity>,
    /// Difficulty b of each item attempted in the last four weeks, on the scale of θ.
    pub item_difficulty: Vec<f64>,
    /// What is expected of the improvement of the class; `None` where nothing was forecast.
    pub forecast: Option<ForecastDetail>,
    /// Which kind of learner the student is; `None` where nobody looked.
    pub segment: Option<SegmentDetail>,
    /// What the reader must know before trusting the numbers.
    pub warnings: Vec<Warning>,
    /// Where the ability and the item difficulties come from; `None` before the first calibration.
    pub provenance: Option<Provenance>,
}
