//! Churn as a question for a survival model: who will fall silent for two weeks?
//!
//! The data set and the risks are those of `seedtest_families::churn`; here they come from the database.

mod of_evidence;
mod risk;
#[cfg(test)]
mod school_tests;
mod write;

pub(crate) use of_evidence::{data_set, days_silent, evidence, students_today};
pub(crate) use risk::{answered, risks};
pub use seedtest_families::churn::{ChurnData, ChurnSpec, covariate_names};
pub use write::{churn_data, write_churn_csv};

use crate::registry::{Accepts, Kind, Preset, Setting};

/// Risk from which somebody should look at a student, where nobody chose.
const ALERT_THRESHOLD: f64 = 0.7;

/// From which risk a student is counted as an alert.
pub(crate) const ALERT: Setting = Setting::new(
    "alert-threshold",
    Kind::Number,
    "Risk from which a student is counted as an alert",
)
.env(&["CHURN_ALERT_THRESHOLD", "DECISION_CHURN_ALERT_THRESHOLD"])
.accepting(Accepts::Within(0.0, 1.0))
.or(Preset::Number(ALERT_THRESHOLD));
