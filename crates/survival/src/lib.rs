//! Survival analysis: Cox regression and its relatives.

pub mod cox;
mod data;
mod error;
mod kaplan_meier;
mod radix;
mod risk_table;
mod simd;

pub use data::{Covariate, Data};
pub use error::Error;
pub use kaplan_meier::{Bounds, SurvivalCurve, kaplan_meier};

pub use seedtest_numerics::{Control, Observer, Progress, Silent, Status, Verdict};
