//! Settings of a generalised linear mixed model.

use serde::{Deserialize, Serialize};

use super::family::{Family, Link};
use crate::error::Error;

/// How a generalised linear mixed model is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// Distribution of the response.
    pub family: Family,
    /// Link; `None` for the family's own.
    pub link: Option<Link>,
    /// Points of adaptive Gauss-Hermite quadrature; 1 is the Laplace approximation. More need a single
    /// random intercept or slope.
    pub quadrature: usize,
    /// Most iterations of the search for θ and β.
    pub max_iter: u32,
    /// The search ends when a further step promises to lower the deviance by less.
    pub tolerance: f64,
}

impl Default for Spec {
    fn default() -> Self {
        Self { family: Family::Binomial, link: None, quadrature: 1, max_iter: 200, tolerance: 1e-9 }
    }
}

impl Spec {
    const MOST_POINTS: usize = 100;

    /// The link that is used.
    pub fn link(&self) -> Link {
        self.link.unwrap_or_else(|| self.family.canonical_link())
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let tolerance = self.tolerance;
        if !(tolerance > 0.0 && tolerance <= 1e-2) {
            let required = "above 0 and at most 0.01";
            return Err(Error::Spec { field: "tolerance", value: tolerance, required });
        }
        if !(1..=Self::MOST_POINTS).contains(&self.quadrature) {
            let (field, value) = ("quadrature", self.quadrature as f64);
            return Err(Error::Spec { field, value, required: "from 1 to 100" });
        }
        let (family, link) = (self.family, self.link());
        let possible = (family == Family::Binomial) == (link != Link::Log);
        if !possible {
            return Err(Error::Link { family: family.name(), link: link.name() });
        }
        Ok(())
    }
}
