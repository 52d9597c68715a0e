//! Churn as a question for a survival model: who will fall silent for two weeks?
//!
//! This is the one place where the log becomes the data set of that model, and the model's answer the
//! risk S of a student.

mod covariates;
mod data_set;
mod landmarks;
mod risk;
#[cfg(test)]
mod school_tests;
mod spec;
mod write;

pub use covariates::covariate_names;
pub use data_set::ChurnData;
pub(crate) use data_set::{data_set, days_silent, table_today};
pub(crate) use risk::{StudentRisk, Today, risks};
pub use spec::ChurnSpec;
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
