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
mod request;
#[cfg(test)]
mod request_tests;
mod response;
mod spec;

pub use curves::{CurvesSpec, survival_curves, survival_curves_request};
pub use family::Family;
pub use fit::{SurvivalAnswer, SurvivalFitted, fit_survival, fit_survival_request, table_digest};
pub use model::{RowPrediction, SurvivalModel};
pub use predict::{
    NO_STORED_MODEL, PredictAnswer, predict_survival, predict_survival_request, predictions_of,
};
pub use request::answer_survival_fit;
pub use spec::{ElasticNet, Lambda, Penalty, SurvivalSpec, ties_of};

/// Name of the family in routes, runs and the ledger.
pub const NAME: &str = "survival";
