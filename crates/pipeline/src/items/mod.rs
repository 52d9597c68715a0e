//! Item parameters: stored ones, and how they moved.

mod bank;
mod drift;

pub(crate) use bank::{irt_of, item_parameters, latent_distribution, with_question_bank};
pub(crate) use drift::{drift, report_drift};
