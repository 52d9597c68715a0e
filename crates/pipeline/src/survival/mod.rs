//! Survival models for every caller: rows in, fit, risks and quality out.
//!
//! The command line, the jobs and the server call [`fit_survival`] and [`predict_survival`]; they
//! differ in where the rows come from and where the result goes.

mod columns;
mod family;
mod fit;
mod model;
mod predict;
#[cfg(test)]
mod request_tests;
mod response;

pub use family::Family;
pub(crate) use fit::table_digest;
pub use fit::{
    SurvivalAnswer, SurvivalFitted, SurvivalSpec, fit_survival, fit_survival_request, ties_of,
};
pub use model::{RowPrediction, SurvivalModel};
pub(crate) use predict::predictions_of;
pub use predict::{SurvivalPredicted, predict_survival, predict_survival_request};
