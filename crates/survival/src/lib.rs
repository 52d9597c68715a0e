//! Survival analysis: Cox regression and its relatives.

mod aalen_johansen;
pub mod aft;
mod ascent;
pub mod cox;
mod data;
mod discrete;
mod error;
mod kaplan_meier;
mod log_rank;
pub mod quality;
mod radix;
mod risk_table;
mod simd;

pub use aalen_johansen::{CumulativeIncidence, aalen_johansen};
pub use data::{Covariate, Data};
pub use discrete::{DiscreteCoefficient, DiscreteFit, Link, PeriodLevel, discrete_hazard};
pub use error::Error;
pub use kaplan_meier::{Bounds, SurvivalCurve, kaplan_meier};
pub use log_rank::{LogRank, log_rank};

pub use seedtest_numerics::{Control, Observer, Progress, Silent, Status, Verdict};
