#![doc = include_str!("../README.md")]
// Loops over rows and columns of small matrices read best by their indices.
#![allow(clippy::needless_range_loop)]

mod abilities;
mod allowance;
mod bootstrap;
mod boundary;
mod data;
mod error;
mod estimable;
mod estimates;
mod found;
pub mod glmm;
mod identified;
mod level_coefficients;
mod likelihood_ratio;
pub mod lmm;
mod nested;
mod newton;
mod orthonormal;
mod predict;
mod root;
mod search_space;
mod simulate;
mod stored;
mod system;
mod template;
mod tiles;

pub use abilities::{
    Abilities, Difficulties, Recommendation, item_difficulties, recommended_items,
    student_abilities,
};
pub use bootstrap::Bootstrap;
pub use data::{Data, Group};
pub use error::Error;
pub use estimable::{Alias, Doubt, Undetermined};
pub use estimates::{Estimate, FixedEffect, Interval, Metrics, RandomEffects, VarianceShares};
pub use level_coefficients::LevelCoefficients;
pub use likelihood_ratio::{LikelihoodRatio, compare, likelihood_ratio};
pub use predict::Prediction;
pub use stored::Stored;

pub use seedtest_numerics::{Control, Observer, Progress, Silent, Status, Verdict};
