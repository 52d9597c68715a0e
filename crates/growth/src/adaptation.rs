//! What one fit leaves for the next.

use serde::{Deserialize, Serialize};

use crate::nuts::{Chain, Mass};

/// Where the last fit stood: chains that start from it need little warm-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adaptation {
    /// A position on the unconstrained scale of the parameters, in the caller's units.
    pub position: Vec<f64>,
    /// Posterior covariance there, in rows.
    pub covariance: Vec<f64>,
    /// Step size.
    pub step: f64,
}

impl Adaptation {
    /// That of the first chain; `None` where there is no covariance.
    pub(crate) fn of(chains: &[Chain]) -> Option<Self> {
        let chain = chains.first()?;
        let covariance = match &chain.mass {
            Mass::Dense { covariance, .. } => covariance.clone(),
            Mass::Diagonal(_) => return None,
        };
        let position = chain.current_position().to_vec();
        Some(Self { position, covariance, step: chain.step })
    }
}
