//! Every test runs on SQLite and on a real PostgreSQL server.

// A fixture that cannot be made should fail its test.
#![allow(clippy::unwrap_used)]

mod access;
mod accounts;
mod adaptive;
mod adoption;
mod alerts;
mod attempts;
mod backends;
mod backup;
mod beside;
mod calibration;
mod corrections;
mod dashboard;
mod drift;
mod exam_views;
mod export;
mod features;
mod foresight;
mod given_answers;
mod goals_and_reports;
mod growth;
mod ledger;
mod locks;
mod mail;
mod migration;
mod people;
mod platform_queries;
mod privacy;
mod pruning;
mod released;
mod response_log;
mod settings;
mod student;
mod survival;
mod targets;
mod tls;
mod weekly_kpi;
