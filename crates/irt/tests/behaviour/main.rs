//! What a calibration does on simulated, degenerate and wrong input.

mod bad_input;
mod degenerate;
mod determinism;
mod recovery;
mod simulation;
