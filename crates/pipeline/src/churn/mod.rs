//! Churn as a question for a survival model: who will fall silent for two weeks?
//!
//! This is the one place where the log becomes the data set of that model, and the model's answer the
//! risk S of a student.

mod covariates;
mod data_set;
mod evidence;
mod landmarks;
mod risk;
#[cfg(test)]
mod school_tests;
mod write;

pub use covariates::covariate_names;
pub use data_set::ChurnData;
pub(crate) use data_set::{data_set, days_silent, table_today};
pub use evidence::ChurnSpec;
pub(crate) use evidence::Evidence;
pub(crate) use risk::{StudentRisk, Today, risks};
pub use write::{churn_data, write_churn_csv};
