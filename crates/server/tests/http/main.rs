//! The service from outside, over real connections.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod abuse;
mod fits;
mod gates;
mod long_fits;
mod service;
