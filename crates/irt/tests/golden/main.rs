//! Calibrations against the figures of programs nobody here wrote.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

mod large;
mod linking;
mod lsat7;
mod lsat7_data;
mod quality;
mod scoring;
