//! What the overview of a class shows.

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    AbilityPoint, ClassSegments, ForecastDetail, ItemRow, KpiCards, Provenance, TopicScore,
    Warning, WeekScore,
};

/// One student in the class overview.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudentRow {
    /// Canonical id of the student; any text.
    pub user_id: String,
    /// Name to show instead of the id.
    pub display_name: Option<String>,
    /// The KPIs of the week.
    pub kpis: KpiCards,
    /// Newest ability.
    pub ability: Option<AbilityPoint>,
    /// Answers of known correctness in the reported week.
    pub attempts: u32,
    /// Right ones among them, at most `attempts`.
    pub right: u32,
    /// Whether a file named [`file_name`](crate::file_name)`(user_id)` lies beside the overview.
    pub has_report: bool,
}

/// Everything the weekly overview of a class shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Name of the class, where it has one.
    pub name: Option<String>,
    /// Monday of the reported week.
    pub week_start: NaiveDate,
    /// When the report was made, as text to be shown.
    pub generated_at: String,
    /// The students, in any order.
    pub students: Vec<StudentRow>,
    /// Weeks of the whole class in ascending order, the reported one last.
    pub weekly_accuracy: Vec<WeekScore>,
    /// Topics of the last four weeks, in any order.
    pub topics: Vec<TopicScore>,
    /// What is expected of improvement; `None` where nothing was forecast.
    pub forecast: Option<ForecastDetail>,
    /// Which kinds of learners there are; `None` where nobody looked.
    pub segments: Option<ClassSegments>,
    /// Every calibrated item; the report picks the hardest, the easiest and the flagged ones.
    pub items: Vec<ItemRow>,
    /// What the reader must know before trusting the numbers.
    pub warnings: Vec<Warning>,
    /// Where abilities and item parameters come from; `None` before the first calibration.
    pub provenance: Option<Provenance>,
}
