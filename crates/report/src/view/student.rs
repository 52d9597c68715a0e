//! What the report of one student shows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    AbilityPoint, ChurnDetail, ClassName, DayActivity, ForecastDetail, GoalChance, GrowthCurve,
    Kpi, KpiCards, OwnGoal, Provenance, SegmentDetail, Standing, SurvivalCurve, TopicScore,
    Warning, WeekScore, WeeklySlope,
};

impl StudentReport {
    /// The same without the churn risk S and what it rests on, for readers who may not see it.
    #[must_use]
    pub fn without_risk(mut self) -> Self {
        self.kpis.churn = Kpi::default();
        self.churn = None;
        self.survival = None;
        self
    }
}

/// A month as reports have it: its whole weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// Its first day in the calendar.
    pub first_day: NaiveDate,
    /// Monday of its first week.
    pub first_week: NaiveDate,
}

/// Everything the weekly report of one student shows; by default nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StudentReport {
    /// Canonical id of the student; any text.
    pub user_id: String,
    /// Name to show instead of the id.
    pub display_name: Option<String>,
    /// The class of the student in the roster.
    pub class: Option<ClassName>,
    /// Name of the file of the class beside the report, for the way back.
    pub class_file: Option<String>,
    /// Monday of the reported week; of a month, of its last.
    pub week_start: NaiveDate,
    /// The month, in a report of one.
    pub month: Option<Month>,
    /// When the report was made, as text to be shown.
    pub generated_at: String,
    /// The KPIs of the week.
    pub kpis: KpiCards,
    /// What the risk S rests on, where a fitted model stands behind it.
    pub churn: Option<ChurnDetail>,
    /// History of the ability, oldest first; the last point is the current one. May be empty.
    pub ability: Vec<AbilityPoint>,
    /// Where the newest ability stands, and in which group.
    pub standing: Option<Standing>,
    /// Weeks in ascending order; weeks without answers may be left out or have `n` 0. The chart runs
    /// to the reported week in any case.
    pub weekly_accuracy: Vec<WeekScore>,
    /// How the share of right answers changes a week, where a model of progress says it.
    pub weekly_slope: Option<WeeklySlope>,
    /// Topics of the last four weeks, in any order.
    pub topics: Vec<TopicScore>,
    /// The 28 days up to the end of the week, ascending.
    pub daily: Vec<DayActivity>,
    /// Difficulty b of each item attempted in the last four weeks, on the scale of θ.
    pub item_difficulty: Vec<f64>,
    /// The goal P is about, and P over the weeks; `None` where no goal is set.
    pub goal: Option<GoalChance>,
    /// Goals the student set on the platform.
    pub own_goals: Vec<OwnGoal>,
    /// Growth with its band and the goal; `None` before the first fit that saw the student.
    pub growth: Option<GrowthCurve>,
    /// How long students like this one go on.
    pub survival: Option<SurvivalCurve>,
    /// What is expected of the improvement of everybody; `None` where nothing was forecast.
    pub forecast: Option<ForecastDetail>,
    /// Which kind of learner the student is; `None` where nobody looked.
    pub segment: Option<SegmentDetail>,
    /// Constants that put the calibration on the common scale: name and value.
    pub linking: Vec<(String, String)>,
    /// What the reader must know before trusting the numbers.
    pub warnings: Vec<Warning>,
    /// Where the ability and the item difficulties come from; `None` before the first calibration.
    pub provenance: Option<Provenance>,
}
