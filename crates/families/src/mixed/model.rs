//! A fitted mixed model of either kind.

use seedtest_mixed::{glmm, lmm};

/// A fitted mixed model of either kind.
#[derive(Debug, Clone)]
pub enum Model {
    /// Of a gaussian response.
    Linear(Box<lmm::Fit>),
    /// Of any other.
    Generalised(Box<glmm::Fit>),
}
