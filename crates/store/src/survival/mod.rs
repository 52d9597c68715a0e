//! Fits and risks of the survival model (docs/contract/schema.md S17, S18).

pub(crate) mod fit;
pub(crate) mod risk;
