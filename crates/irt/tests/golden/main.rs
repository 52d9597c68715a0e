//! Calibrations against the figures of programs nobody here wrote.

mod lsat7;
mod lsat7_data;
