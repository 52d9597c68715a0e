//! Accelerated failure times: ln T = xβ + σ W with a known distribution of W.

mod dispersion;
mod distribution;
mod fit;
mod hazard;
mod likelihood;
mod result;

pub use dispersion::Dispersion;
pub use distribution::Distribution;
pub use fit::{Spec, fit};
pub use hazard::{Positive, ProportionalHazards};
pub use result::{Fit, Parameter};
