//! What Cox model to fit and how.

use seedtest_numerics::DEFAULT_LEVEL;
use serde::{Deserialize, Serialize};

use super::ties::Ties;
use crate::error::Error;

/// What to fit and how. `Spec::default()` is Efron's method without penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// How tied events are treated.
    pub ties: Ties,
    /// Ridge penalty: the criterion is the log partial likelihood − ½ ridge Σ (βⱼ sdⱼ)², with sdⱼ the
    /// standard deviation of covariate j. 1 is a normal prior with standard deviation one on the
    /// coefficients of standardised covariates. `None` = no penalty, unless the likelihood has no
    /// maximum or the event is a function of time: then [`Spec::RESCUE_RIDGE`] is used and said so.
    pub ridge: Option<f64>,
    /// Whether to compute the sandwich variance even without clusters (every row on its own). Weights that
    /// are no counts of rows always have it.
    pub robust: bool,
    /// Level of the confidence intervals, between 0 and 1.
    pub confidence: f64,
    /// Most iterations, at least 1.
    pub max_iter: u32,
    /// Whether to compute the concordance.
    pub concordance: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            ties: Ties::Efron,
            ridge: None,
            robust: false,
            confidence: DEFAULT_LEVEL,
            max_iter: 50,
            concordance: true,
        }
    }
}

impl Spec {
    /// The penalty used when a fit without penalty would be degenerate.
    pub const RESCUE_RIDGE: f64 = 1.0;

    pub(crate) fn validate(&self) -> Result<(), Error> {
        if self.max_iter == 0 {
            return Err(Error::Spec { field: "max_iter", value: 0.0, required: "at least 1" });
        }
        if let Some(ridge) = self.ridge.filter(|r| !(r.is_finite() && *r >= 0.0)) {
            return Err(Error::Spec { field: "ridge", value: ridge, required: "at least 0" });
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            let required = "between 0 and 1";
            return Err(Error::Spec { field: "confidence", value: self.confidence, required });
        }
        Ok(())
    }
}
