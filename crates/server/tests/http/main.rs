//! The service from outside, over real connections.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod abuse;
mod analytics;
mod away;
mod backends;
mod budgets;
mod contract;
mod dashboard;
mod events;
mod fits;
mod fuzzing;
mod gates;
mod growth;
mod ledger;
mod limits;
mod long_fits;
mod mistakes;
mod openapi;
mod platform;
mod runs;
mod scenarios;
mod service;
mod set_up;
mod short_requests;
mod statements;
mod steps;
mod survival;
mod tls;
mod tokens;
mod told;
mod unsubscribe;
mod web_pages;
