//! Settings of a linear mixed model.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How a linear mixed model is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// Restricted maximum likelihood (Patterson & Thompson 1971) rather than maximum likelihood.
    pub reml: bool,
    /// Most iterations of the search for θ.
    pub max_iter: u32,
    /// The search ends when a further step promises to lower the criterion by less.
    pub tolerance: f64,
}

impl Default for Spec {
    fn default() -> Self {
        Self { reml: true, max_iter: 200, tolerance: 1e-10 }
    }
}

impl Spec {
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let tolerance = self.tolerance;
        if !(tolerance > 0.0 && tolerance <= 1e-2) {
            let required = "above 0 and at most 0.01";
            return Err(Error::Spec { field: "tolerance", value: tolerance, required });
        }
        Ok(())
    }
}
