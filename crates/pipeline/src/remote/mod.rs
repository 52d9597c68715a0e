//! Models that run in another process, over the HTTP contract.

mod growth;
mod irt;
mod service;
mod survival;

pub(crate) use growth::{fit_growth_remotely, priors as growth_priors};
pub(crate) use irt::{CalibrationRows, ItemRow, calibrate_remotely};
pub(crate) use service::Service;
pub(crate) use survival::fit_survival_remotely;
