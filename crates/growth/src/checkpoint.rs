//! Where the chains of a fit stand, so that they can go on later as if they had never stopped.

use serde::{Deserialize, Serialize};

use crate::fit::{Basis, Fit};
use crate::nuts::{ChainState, Transition};
use crate::spec::Spec;

/// The chains of a fit with everything that they need to go on; see [`crate::resume`].
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// What was fitted, priors as they were asked for.
    pub spec: Spec,
    /// The chains, in order.
    pub chains: Vec<SavedChain>,
}

/// One chain of a [`Checkpoint`].
#[derive(Debug, Clone, PartialEq)]
pub struct SavedChain {
    /// Kept draws on the unconstrained scale of the sampler, whose scores and weeks are measured in
    /// standard deviations, as many numbers each as the model has parameters.
    pub positions: Vec<f64>,
    /// Log-posterior of each of them, up to a constant.
    pub ln_density: Vec<f64>,
    /// How each of them came about.
    pub transitions: Vec<Transition>,
    /// Where the chain stands.
    pub state: SavedState,
}

/// Position, adaptation and random numbers of a chain. What it holds is for this crate to read;
/// as a text it keeps every bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedState(pub(crate) ChainState);

impl Fit {
    /// Where the chains stand.
    pub fn checkpoint(&self) -> Checkpoint {
        let positions = |at: usize| match &self.basis {
            Basis::Joint(joint) => joint.positions_of(at).to_vec(),
            Basis::Pooled(_) | Basis::Measured(_) => self.sampled[at].positions.clone(),
        };
        let chains = self.sampled.iter().enumerate().map(|(at, chain)| SavedChain {
            positions: positions(at),
            ln_density: chain.ln_density.clone(),
            transitions: chain.transitions.clone(),
            state: SavedState(chain.state()),
        });
        Checkpoint { spec: self.spec, chains: chains.collect() }
    }
}
