//! The binary as a user meets it: exit code, output, files and rows, with a fixed clock and seed.

mod anchors;
mod backends;
mod bad_input;
mod demo;
mod fit;
mod import;
mod jobs;
mod kpi_jobs;
mod linking;
mod pipeline;
mod playground;
mod snapshots;
