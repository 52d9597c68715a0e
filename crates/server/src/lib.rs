//! The HTTP service: one process for every model and for the platform's analysis routes.
//!
//! Handlers translate between HTTP and `pipeline`; nothing is computed here. Fits run on a bounded
//! pool of workers behind a bounded queue, requests of every kind are limited in size and time, and
//! whatever goes wrong becomes one of the codes in [`Code`].

mod analytics;
mod app;
mod auth;
mod body;
mod config;
mod environment;
mod error;
mod events;
mod fits;
mod growth;
mod health;
mod irt;
mod json;
mod jwt;
mod metric_names;
mod models;
mod observe;
mod openapi;
mod parts;
mod peer;
mod platform;
mod priority;
mod rate;
mod runs;
mod serve;
mod state;
mod stored_metrics;
mod survival;
mod watch;
mod workers;

pub use config::{Config, JwtConfig, Limits, Reports, StartError, Token};
pub use environment::Environment;
pub use error::{ApiError, Code};
pub use priority::let_others_first;
pub use serve::Server;
