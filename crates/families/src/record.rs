//! What a fit says of itself for the ledger.

use serde_json::Value;

/// What a fit says of itself for the ledger.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FitRecord {
    /// Digest of everything the result depends on: settings, ids, answers.
    pub input_digest: String,
    /// Digest of the result as JSON, without names of runs and times.
    pub result_digest: String,
    /// How the fit ended.
    pub verdict: Value,
    /// Seed of its random numbers, where it draws some.
    pub seed: Option<i64>,
}
