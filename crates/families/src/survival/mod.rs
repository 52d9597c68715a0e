//! Survival models: rows in, fit, risks and quality out.

mod columns;
mod cost;
mod curves;
#[cfg(test)]
mod curves_tests;
mod diagnostics;
mod discrete;
mod elastic_net;
mod family;
mod fit;
mod kernels;
#[cfg(test)]
mod lacking_tests;
mod names;
mod naming;
mod offset;
mod own_rows;
mod predict;
mod present;
mod quality;
mod request;
#[cfg(test)]
mod request_tests;
mod response;
mod spec;
mod stored;

pub use curves::{CurvesSpec, curves, curves_of};
pub(crate) use family::ENTRY;
pub use family::{Data, Survival};
pub use fit::{Fitted, fit};
pub use names::Family;
pub use naming::naming_columns;
pub use predict::{
    NO_STORED_MODEL, Prediction, TIME_POINTS, predict, predict_table, predictions_of,
};
pub use request::request_of;
pub use spec::{ElasticNet, HORIZON_DAYS, Lambda, PERIOD_DAYS, Penalty, Reasons, Spec, ties_of};
pub use stored::{RowPrediction, Stored};
