//! How long students go on learning.

use serde::{Deserialize, Serialize};

/// Probability of still being active, by days from now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalCurve {
    /// (days, probability 0..1), ascending in days.
    pub points: Vec<(f64, f64)>,
    /// Days of silence that count as having stopped.
    pub horizon_days: u32,
    /// Rows behind the model.
    pub n: u32,
    /// Rows that ended in silence.
    pub n_events: u32,
    /// Concordance, 0..1.
    pub concordance: Option<f64>,
}

impl SurvivalCurve {
    /// Days until half have stopped; `None` where the curve stays above.
    pub fn median(&self) -> Option<f64> {
        self.points.iter().find(|(_, left)| *left <= 0.5).map(|(days, _)| *days)
    }
}
