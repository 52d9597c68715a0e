//! What holds for any rows: refusals, invariances, the number of clusters.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

mod bad_input;
mod invariance;
mod number;
mod power;
mod raw_units;
mod rows;
mod stop;
