//! The 2PL of several dimensions that make up for each other: P = logistic(a₁θ₁ + … + aₖθₖ + d), two to four of them.
//!
//! [`Loadings::Free`] lets every item load on every dimension and turns these to simple structure;
//! [`Loadings::Pattern`] holds loadings at 0 and estimates how the dimensions correlate.

mod abilities;
mod error;
mod expectation;
mod fit;
mod lattice;
mod objective;
mod pairs;
mod result;
mod rotation;
mod search;
mod small;
mod spec;
mod structure;
mod uncertainty;

pub use error::Error;
pub use fit::{fit, fit_in_chunks, usual_points};
pub use result::{Abilities, Fit, ItemErrors, ItemFit, NoErrors, OneDimension, Parameter, Points};
pub use rotation::Rotation;
pub use spec::{Loadings, Spec};
