//! The HTTP service: one process for every model and for the platform's analysis routes.
//!
//! Handlers translate between HTTP and `pipeline`; nothing is computed here. Fits run on a bounded
//! pool of workers behind a bounded queue, requests of every kind are limited in size and time, and
//! whatever goes wrong becomes one of the codes in [`Code`].

mod app;
mod auth;
mod bearer;
mod body;
mod browser_headers;
mod cat;
mod config;
mod doors;
mod environment;
mod error;
mod events;
mod families;
mod fits;
mod health;
mod json;
mod jwt;
mod ledger;
mod metric_names;
mod observe;
mod oidc;
mod open_files;
mod openapi;
mod pages;
mod parts;
mod patience;
mod peer;
mod platform;
mod priority;
mod questions;
mod rate;
mod readiness;
mod routing;
mod runs;
mod serve;
mod sign_in;
mod state;
mod statements;
mod stored_metrics;
mod tls;
mod tokens;
mod unsubscribe;
mod warnings;
mod watch;
mod web_pages;
mod workers;

pub use config::{
    API_PREFIX, CONTEST_CONTACT, Config, ENABLE_ANALYSIS, JwtConfig, LOCAL_ROLE, Limits,
    OidcConfig, Reports, StartError, Token,
};
pub use environment::Environment;
pub use error::{ApiError, Code};
pub use patience::Patience;
pub use priority::let_others_first;
pub use routing::{Endpoint, TokenScope, Varies};
pub use serve::Server;
pub use tls::TlsFiles;

/// The OpenAPI description of a service whose platform routes stand under `api_prefix`.
///
/// # Errors
/// [`StartError::Setting`] for a prefix that is no path.
pub fn openapi_description(api_prefix: &str) -> Result<serde_json::Value, StartError> {
    openapi::description(api_prefix)
}

/// Every endpoint of a service whose platform routes stand under `api_prefix`.
///
/// # Errors
/// [`StartError::Setting`] for a prefix that is no path.
pub fn endpoints(api_prefix: &str) -> Result<Vec<Endpoint>, StartError> {
    Ok(app::routes(api_prefix)?.all().iter().map(Endpoint::from).collect())
}
