//! The service from outside, over real connections.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod abuse;
mod analytics;
mod away;
mod backends;
mod budgets;
mod contract;
mod events;
mod fits;
mod fuzzing;
mod gates;
mod growth;
mod ledger;
mod limits;
mod long_fits;
mod openapi;
mod platform;
mod runs;
mod scenarios;
mod service;
mod set_up;
mod short_requests;
mod survival;
mod tls;
mod told;
mod web_pages;
