//! Routes: a route is one call that says its path, its method, who is let in, its handler and what is
//! said of it. The gates, the description, the mirror and the list of endpoints come from that.

mod access;
mod endpoint;
mod guard;
mod routes;

pub(crate) use access::{Access, Scopes, Who};
pub use endpoint::{Endpoint, Varies};
pub(crate) use routes::{Route, Routes};
