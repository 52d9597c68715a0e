//! Properties, degenerate data, recovery of simulated truths.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

mod bad_input;
mod coverage;
mod degenerate;
mod formula;
mod invariance;
mod overlaps;
mod prediction;
mod recovery;
mod separation;
mod simulation;
