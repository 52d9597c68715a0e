//! Properties, degenerate data, recovery of simulated truths.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

mod bad_input;
mod degenerate;
mod formula;
mod invariance;
mod prediction;
mod recovery;
mod simulation;
