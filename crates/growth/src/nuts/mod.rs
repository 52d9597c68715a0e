//! The no-U-turn sampler (Hoffman and Gelman 2014) with multinomial draws from the trajectory and
//! the generalised criterion (Betancourt 2017), adapted as Stan does: step size by dual averaging,
//! mass matrix from windows of the warm-up that double in length.

mod adapt;
mod chain;
mod mass;
mod step_size;
mod tree;

pub(crate) use adapt::DENSE_DIM;
pub(crate) use chain::{Chain, ChainSettings, ChainStart, ChainState};
pub(crate) use mass::{Mass, cholesky, solve_transposed};
pub use tree::Transition;
