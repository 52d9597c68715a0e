//! Routes: a route is one call that says its path, its method, who is let in, its handler and what is
//! said of it. The gates, the ownership, the description, the mirror and the list of endpoints come from that.

mod access;
mod endpoint;
mod guard;
mod rights;
mod routes;
mod token_scope;

pub(crate) use access::{Access, Object, Scopes, Who};
pub use endpoint::{Endpoint, Varies};
pub(crate) use guard::About;
pub(crate) use rights::{Reach, Rights};
pub(crate) use routes::{Route, Routes};
pub use token_scope::TokenScope;
