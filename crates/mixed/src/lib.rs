//! Linear and generalised linear mixed models: what varies between students, topics and schools, and
//! what they have in common.
//!
//! ```
//! use seedtest_mixed::{Data, Silent, lmm};
//! use seedtest_formula::{Formula, Frame};
//! let mut frame = Frame::new();
//! frame.push_numeric("score", vec![0.1, 0.3, 0.4, 0.5, 0.6, 0.9, 0.2, 0.2, 0.5])?;
//! frame.push_numeric("week", vec![0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0])?;
//! frame.push_text("student", &["a", "a", "a", "b", "b", "b", "c", "c", "c"])?;
//! let formula = Formula::parse("score ~ week + (1 | student)").map_err(seedtest_formula::Error::from)?;
//! let data = Data::new(&formula, &frame, None)?;
//! let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent)?;
//! // Every student has the same weeks, so the slope is the mean of the students' own: 0.15, 0.2 and 0.15.
//! let slope = fit.fixed[1].estimate.map(|e| e.coefficient);
//! assert!(slope.is_some_and(|b| (b - 0.5 / 3.0).abs() < 1e-9));
//! assert!(fit.random[0].sd(0) > fit.sigma());
//! # Ok::<(), seedtest_mixed::Error>(())
//! ```

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
