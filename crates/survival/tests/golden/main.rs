//! Fits against the figures of programs nobody here wrote; `reference/survival.R`,
//! `reference/survival_weights.R` and `reference/survival.py` make them and say how.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

mod columns;
mod cox;
mod curves;
mod parametric;
mod quality;
mod reference;
mod weights;
