//! Every test runs on SQLite and on a real PostgreSQL server.

// A fixture that cannot be made should fail its test.
#![allow(clippy::unwrap_used)]

mod access;
mod adoption;
mod attempts;
mod backends;
mod calibration;
mod exam_views;
mod features;
mod foresight;
mod goals_and_reports;
mod growth;
mod ledger;
mod locks;
mod migration;
mod people;
mod platform_queries;
mod privacy;
mod response_log;
mod settings;
mod student;
mod survival;
mod targets;
mod weekly_kpi;
