//! What to calibrate and how.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::lattice::MOST;
use super::rotation::Rotation;
use super::search::Stopping;

/// Which items load on which dimensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loadings {
    /// Every item on every dimension; the dimensions are turned to simple structure afterwards.
    Free {
        /// Number of dimensions, 2 to 4.
        dimensions: usize,
        /// How they are turned.
        rotation: Rotation,
    },
    /// Every item on the dimensions that are named.
    Pattern {
        /// Number of dimensions, 2 to 4.
        dimensions: usize,
        /// Item code and dimensions (from 0) of every item with answers.
        items: Vec<(u32, Vec<usize>)>,
        /// Whether the correlations of the dimensions are estimated; otherwise they are 0.
        correlated: bool,
    },
}

impl Loadings {
    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        match self {
            Self::Free { dimensions, .. } | Self::Pattern { dimensions, .. } => *dimensions,
        }
    }
}

/// What to fit and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Which items load on which dimensions.
    pub loadings: Loadings,
    /// Most E-steps, at least 1.
    pub max_iter: u32,
    /// Converged when no component of the gradient of the log-likelihood is larger than this …
    pub gradient_tolerance: f64,
    /// … and the last iteration changed the log-likelihood by less than this share of it.
    pub relative_tolerance: f64,
    /// Items with fewer answers are skipped.
    pub min_n: u32,
    /// Whether standard errors are computed where loadings follow a pattern.
    pub standard_errors: bool,
}

impl Spec {
    /// The defaults of a calibration of one dimension, for these loadings.
    pub fn new(loadings: Loadings) -> Self {
        let crate::spec::Spec { max_iter, gradient_tolerance, relative_tolerance, min_n, .. } =
            crate::spec::Spec::default();
        let standard_errors = true;
        Self { loadings, max_iter, gradient_tolerance, relative_tolerance, min_n, standard_errors }
    }

    /// The same of one dimension, to compare with.
    pub(crate) fn of_one_dimension(&self) -> crate::spec::Spec {
        crate::spec::Spec {
            max_iter: self.max_iter,
            gradient_tolerance: self.gradient_tolerance,
            relative_tolerance: self.relative_tolerance,
            min_n: self.min_n,
            standard_errors: crate::standard_errors::StandardErrors::None,
            ..crate::spec::Spec::default()
        }
    }

    pub(crate) fn stopping(&self) -> Stopping {
        Stopping {
            max_iter: self.max_iter,
            gradient_tolerance: self.gradient_tolerance,
            relative_tolerance: self.relative_tolerance,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let dimensions = self.loadings.dimensions();
        if !(2..=MOST).contains(&dimensions) {
            return Err(Error::Dimensions { dimensions });
        }
        Ok(self.of_one_dimension().validate()?)
    }
}
