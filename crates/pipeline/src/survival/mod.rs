//! Survival models for every caller: rows in, fit, risks and quality out.
//!
//! The command line, the jobs and the server call [`fit_survival`] and [`predict_survival`]; they
//! differ in where the rows come from and where the result goes.

mod columns;
mod curves;
#[cfg(test)]
mod curves_tests;
mod diagnostics;
mod discrete;
mod elastic_net;
mod family;
mod fit;
mod model;
mod models;
mod predict;
mod quality;
#[cfg(test)]
mod request_tests;
mod response;
mod spec;

pub use curves::{CurvesSpec, survival_curves, survival_curves_request};
pub use family::Family;
pub(crate) use fit::table_digest;
pub use fit::{SurvivalAnswer, SurvivalFitted, fit_survival, fit_survival_request};
pub use model::{RowPrediction, SurvivalModel};
pub(crate) use predict::predictions_of;
pub use predict::{PredictAnswer, predict_survival, predict_survival_request};
pub use spec::{ElasticNet, Lambda, Penalty, SurvivalSpec, ties_of};
