//! The activity of one day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a student did on one UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DayActivity {
    /// The day.
    pub date: NaiveDate,
    /// Answers given on it.
    pub attempts: u32,
    /// Minutes spent answering, where response times are recorded; at least 0.
    pub minutes: Option<f64>,
}
