//! Models that run in another process, over the HTTP contract.

mod models;
mod rows;
mod service;

pub(crate) use rows::{CalibrationRows, ItemRow};
pub(crate) use seedtest_families::growth::priors_of as growth_priors;
pub(crate) use service::{CALLS, FIRST_WAIT_SECONDS, Service, answers};
