//! What a calibration does on simulated, degenerate and wrong input.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

mod bad_input;
mod cat;
mod category_dependence;
mod category_margins;
mod deadlines;
mod degenerate;
mod dependence;
mod design;
mod determinism;
mod dif;
mod dimensions;
mod drift;
mod groups;
mod identification;
mod linking;
mod multidimensional;
mod passes;
mod polytomous;
mod polytomous_fit;
mod polytomous_linking;
mod quality;
mod recovery;
mod scoring;
mod simulation;
mod uncertainty;
mod warm_start;
