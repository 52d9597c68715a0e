//! Which calibration stands behind the numbers.

use serde::{Deserialize, Serialize};

/// Where the numbers of a report come from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// Id of the run that fitted the model.
    pub run_id: String,
    /// Name of the model, such as `2PL`.
    pub model: String,
    /// Log-likelihood at the solution.
    pub log_likelihood: Option<f64>,
    /// Items calibrated.
    pub n_items: Option<u32>,
    /// Students in the calibration.
    pub n_students: Option<u32>,
    /// Whether the fit converged; `false` puts a warning on the report.
    pub converged: Option<bool>,
    /// When the model was fitted, as text to be shown.
    pub fitted_at: Option<String>,
    /// From when to when the answers are that it was fitted to, as text to be shown.
    pub answers: Option<String>,
}
