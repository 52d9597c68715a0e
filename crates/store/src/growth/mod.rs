//! Fits of the growth models (docs/contract/schema.md S13, S14).

pub(crate) mod bayesian;
pub(crate) mod mixed;
