//! The service from outside, over real connections.

mod abuse;
mod fits;
mod gates;
mod service;
