//! What holds for any series: refusals, invariances, rates of false alarms, recovery.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

mod anomalies;
mod bad_input;
mod choice;
mod coverage;
mod invariance;
mod series;
mod spacing;
mod stop;
mod wild;
