//! Models that run in another process, over the HTTP contract.

mod irt;
mod service;
mod survival;

pub(crate) use irt::{CalibrationRows, ItemRow, calibrate_remotely};
pub(crate) use service::Service;
pub(crate) use survival::fit_survival_remotely;
