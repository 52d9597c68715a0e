//! Fits of the growth models (schema.md S13, S14).

pub(crate) mod bayesian;
pub(crate) mod mixed;
