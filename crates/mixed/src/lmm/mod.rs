//! Linear mixed models.

mod bootstrap;
mod fit;
#[cfg(test)]
mod interval_tests;
mod predict;
mod problem;
mod profile;
mod result;
mod satterthwaite;
mod spec;
mod start;
#[cfg(test)]
mod tests;

pub use fit::fit;
pub(crate) use fit::not_started;
pub(crate) use problem::{add_curvature, along_theta, scales};
pub use result::Fit;
pub(crate) use result::{
    Effects, add_random, fixed_effects, fixed_part, mean_variance, random_effects_of, spectrum,
    status, vanishes,
};
pub use spec::Spec;
