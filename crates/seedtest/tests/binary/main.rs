//! The binary as a user meets it: exit code, output, files and rows, with a fixed clock and seed.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

mod abuse;
mod anchors;
mod backends;
mod bad_input;
mod churn_jobs;
mod demo;
mod events;
mod fit;
mod foresight_jobs;
mod groups;
mod growth;
mod import;
mod import_survives;
mod items;
mod jobs;
mod kills;
mod kpi_jobs;
mod ledger;
mod linking;
mod mixed;
mod people;
mod pipeline;
mod playground;
mod privacy;
mod progress;
mod repeats;
mod replays;
mod schedule;
mod service;
mod serving;
mod snapshots;
mod survival;
mod time_zones;
mod tokens;
