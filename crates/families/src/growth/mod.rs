//! The Bayesian growth model for every caller: rows in, fit and probabilities out.
//!
//! The command line, the job and the server call [`fit_growth`] or [`fit_growth_table`], and
//! [`predict_growth`]; they differ in where the rows come from and where the result goes.

mod columns;
mod draws_file;
mod fit;
mod model;
mod plan;
mod predict;
mod quality;
mod request;
mod response;

pub use columns::GrowthRows;
pub use draws_file::{SavedGrowth, draws_from_parquet, draws_to_parquet};
pub use fit::{
    Begin, GrowthAnswer, GrowthFitted, fit_growth, fit_growth_rows, fit_growth_table,
    resume_growth_table,
};
pub use model::StoredGrowth;
pub use plan::{GrowthPlan, family_of};
pub use predict::{NO_STORED_MODEL, predict_growth, predict_growth_table};
pub use request::answer_growth_fit;

/// Name of the family in routes, runs and the ledger.
pub const NAME: &str = "growth";
