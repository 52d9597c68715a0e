//! A χ² test.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A χ² test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChiSquare {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// P-value.
    pub p: f64,
}

impl ChiSquare {
    pub(crate) fn new(statistic: f64, df: usize) -> Self {
        // Rounding can leave a statistic of zero slightly below it.
        let statistic = statistic.max(0.0);
        Self { statistic, df, p: seedtest_numerics::chi_square_sf(statistic, df as f64) }
    }
}
