//! Calibrations against the figures of programs nobody here wrote.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

mod cat;
mod cat_data;
mod category_margins;
mod dif;
mod dimensions;
mod equating;
mod groups;
mod large;
mod linking;
mod lsat7;
mod lsat7_data;
mod margins;
mod multidimensional;
mod polytomous;
mod quality;
mod scoring;
