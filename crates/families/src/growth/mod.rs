//! The Bayesian growth model: scores over weeks in, growth of every student and the probability to
//! reach a score out.

mod aim;
mod columns;
mod cost;
mod dates;
#[cfg(test)]
mod draws_tests;
mod family;
mod fit;
mod predict;
mod quality;
mod request;
mod response;
#[cfg(test)]
mod row_tests;
mod rows;
mod saved;
mod spec;
mod stored;
mod unusable;

pub use aim::Aim;
pub(crate) use family::ENTRY;
pub use family::Growth;
pub use fit::{Begin, Fitted, fit, fit_rows, resume};
pub use predict::{NO_STORED_MODEL, predict, predict_table};
pub use request::{priors_of, request_of};
pub use rows::{DEFAULT_FORMULA, Rows, column_names, naming_columns, number_columns};
pub use saved::{Saved, draws_from_parquet, draws_to_parquet};
pub use spec::{CHAINS, DRAWS, FAMILY, HORIZON_WEEKS, Spec, TARGET_ACCEPT, WARMUP, family_of};
pub use stored::Stored;
