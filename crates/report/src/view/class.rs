//! What the overview of a class and of a school shows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    AbilityPoint, ChurnDetail, ClassName, ClassSegments, ForecastDetail, ItemRow, Kpi, KpiCards,
    Provenance, TopicScore, Warning, WeekScore,
};
use crate::findings::{SILENT_DAYS, Way, clear_change, high_risk, new_silence};

/// One student in the class overview.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StudentRow {
    /// Canonical id of the student; any text.
    pub user_id: String,
    /// Name to show instead of the id.
    pub display_name: Option<String>,
    /// The KPIs of the week.
    pub kpis: KpiCards,
    /// What the risk S rests on, where a fitted model stands behind it.
    pub churn: Option<ChurnDetail>,
    /// Newest ability.
    pub ability: Option<AbilityPoint>,
    /// Answers of known correctness in the reported week.
    pub attempts: u32,
    /// Right ones among them, at most `attempts`.
    pub right: u32,
    /// Answers of the last two weeks and right ones among them, and those of the two weeks before.
    pub halves: Option<Halves>,
    /// Whole days without an answer up to the last day of the report; `None` without any answer in
    /// the weeks looked at.
    pub days_silent: Option<u32>,
    /// Topics of the last four weeks.
    pub topics: Vec<TopicScore>,
    /// Where the report of the student is, as a page may link it; `None` = nowhere. Beside an overview it is
    /// [`file_name`](crate::file_name)`(user_id)`.
    pub file: Option<String>,
}

impl StudentRow {
    /// How urgent it is to talk to the student, 0..1: one minus the product of the chances that each reason is none; 0
    /// without a reason. A risk counts only while the row holds one.
    pub fn urgency(&self) -> f64 {
        1.0 - (1.0 - self.urgency_without_risk()) * (1.0 - high_risk(self).unwrap_or(0.0))
    }

    /// The same where the churn risk is no reason.
    pub fn urgency_without_risk(&self) -> f64 {
        let mut calm = 1.0;
        if let Some(days) = new_silence(self) {
            calm *= 1.0 - 0.9 * f64::from(days.min(14)) / 14.0;
        }
        if let Some(fell) = clear_change(&self.kpis.improvement).filter(|c| c.way == Way::Down) {
            calm *= 1.0 - fell.sure;
        }
        1.0 - calm
    }

    /// The same without the churn risk S and what it rests on, for readers who may not see it.
    #[must_use]
    pub fn without_risk(mut self) -> Self {
        self.kpis.churn = Kpi::default();
        self.churn = None;
        self
    }
}

/// Right answers of two weeks against the two before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halves {
    /// (right, answers) of the last two weeks.
    pub recent: (u32, u32),
    /// (right, answers) of the two weeks before.
    pub before: (u32, u32),
}

/// A student of the class of whom the week has no figures, and so no row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Canonical id of the student.
    pub user_id: String,
    /// Name to show instead of the id.
    pub display_name: Option<String>,
    /// Whole days without an answer up to the last day of the report; `None` without any answer in the weeks looked
    /// at.
    pub days_silent: Option<u32>,
}

impl Absent {
    /// Whether they have been silent for longer than is news; who has answered since the figures were made has not.
    pub fn is_silent(&self) -> bool {
        self.days_silent.is_none_or(|days| days > *SILENT_DAYS.end())
    }
}

/// Everything the weekly overview of a class shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// The class of the roster; `None` for everybody where there is no roster.
    pub class: Option<ClassName>,
    /// Monday of the reported week.
    pub week_start: NaiveDate,
    /// When the report was made, as text to be shown.
    pub generated_at: String,
    /// The students, in any order.
    pub students: Vec<StudentRow>,
    /// Students of the class without figures, in any order.
    #[serde(default)]
    pub absent: Vec<Absent>,
    /// Weeks of the whole class in ascending order, each with those of the school as its group.
    pub weekly_accuracy: Vec<WeekScore>,
    /// Topics of the last four weeks, in any order.
    pub topics: Vec<TopicScore>,
    /// What is expected of improvement; `None` where nothing was forecast.
    pub forecast: Option<ForecastDetail>,
    /// Which kinds of learners there are; `None` where nobody looked.
    pub segments: Option<ClassSegments>,
    /// Every calibrated item the class answered.
    pub items: Vec<ItemRow>,
    /// Name of the file of the school beside the report, for the way back.
    pub school_file: Option<String>,
    /// Name of the file on the models, where there is one.
    pub operator_file: Option<String>,
    /// What the reader must know before trusting the numbers.
    pub warnings: Vec<Warning>,
    /// Where abilities and item parameters come from; `None` before the first calibration.
    pub provenance: Option<Provenance>,
}

/// The classes of a roster, each with its page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SchoolReport {
    /// Name of the school, where the roster has exactly one.
    pub name: Option<String>,
    /// Monday of the reported week.
    pub week_start: NaiveDate,
    /// When the report was made, as text to be shown.
    pub generated_at: String,
    /// The classes.
    pub classes: Vec<ClassLine>,
    /// Weeks of everybody in ascending order.
    pub weekly_accuracy: Vec<WeekScore>,
    /// Topics of the last four weeks, in any order.
    pub topics: Vec<TopicScore>,
    /// What is expected of improvement.
    pub forecast: Option<ForecastDetail>,
    /// Which kinds of learners there are.
    pub segments: Option<ClassSegments>,
    /// Name of the file on the models, where there is one.
    pub operator_file: Option<String>,
    /// What the reader must know before trusting the numbers.
    pub warnings: Vec<Warning>,
    /// Where abilities and item parameters come from.
    pub provenance: Option<Provenance>,
}

/// One class in the overview of a school.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassLine {
    /// The class; `None` for students of no class.
    pub class: Option<ClassName>,
    /// File of its page.
    pub file: String,
    /// Its students with figures.
    pub students: Vec<StudentRow>,
    /// How many more it has.
    #[serde(default)]
    pub absent: u32,
}
