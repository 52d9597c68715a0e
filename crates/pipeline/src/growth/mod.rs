//! The Bayesian growth model for every caller: rows in, fit and probabilities out.
//!
//! The command line, the job and the server call [`fit_growth`] or [`fit_growth_table`], and
//! [`predict_growth`]; they differ in where the rows come from and where the result goes.

mod columns;
mod deadline;
mod draws_file;
mod fit;
mod model;
mod plan;
mod predict;
mod quality;
mod response;

pub(crate) use columns::GrowthRows;
pub use draws_file::{SavedGrowth, read_draws, write_draws};
pub(crate) use fit::{Begin, fit_growth_rows};
pub use fit::{GrowthAnswer, GrowthFitted, fit_growth, fit_growth_table, resume_growth_table};
pub use model::StoredGrowth;
pub use plan::GrowthPlan;
pub(crate) use plan::family_of;
pub use predict::{predict_growth, predict_growth_table};
