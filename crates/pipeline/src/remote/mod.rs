//! Models that run in another process, over the HTTP contract.

mod growth;
mod irt;
mod models;
mod service;
mod survival;

pub(crate) use growth::priors as growth_priors;
pub(crate) use irt::{CalibrationRows, ItemRow};
pub(crate) use service::{CALLS, FIRST_WAIT_SECONDS, Service};
