//! Generalised linear mixed models.

mod bootstrap;
mod family;
mod fit;
mod predict;
mod problem;
mod profile;
#[cfg(test)]
mod profile_tests;
mod quadrature;
mod result;
mod separation;
mod spec;
#[cfg(test)]
mod tests;

pub use family::{Family, Link};
pub use fit::fit;
pub use predict::Scale;
pub(crate) use problem::Effects;
pub use result::Fit;
pub use separation::RunawayVariance;
pub use spec::Spec;
