//! Generalised linear mixed models.

mod family;

pub(crate) use family::ENTRY;
pub use family::{Generalised, Glmm};
