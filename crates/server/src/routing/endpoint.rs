//! Every endpoint as others see it: tests, fuzz targets and generated documents.

use super::access::{Scopes, Who};
use super::routes::Route;

/// A method of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `get`, `post` or `delete`.
    pub method: &'static str,
    /// With the prefix of the platform; parts in braces vary.
    pub path: String,
    /// Name of the operation in the description.
    pub operation: String,
    /// Who is let in, in words: `everybody`, `internal`, or what a signed token needs.
    pub access: String,
    /// What of a request varies.
    pub varies: Varies,
    /// Whether it is another endpoint under another path.
    pub mirrors: bool,
}

/// Where a request says what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Varies {
    /// Nowhere, or in the path only.
    Nothing,
    /// In the query.
    Query,
    /// In a body of JSON.
    Body,
}

impl From<&Route> for Endpoint {
    fn from(route: &Route) -> Self {
        let varies = if route.operation.has_body() {
            Varies::Body
        } else if route.operation.has_query() {
            Varies::Query
        } else {
            Varies::Nothing
        };
        Self {
            method: route.method,
            path: route.path.clone(),
            operation: route.operation.id.clone(),
            access: in_words(route.access.who),
            varies,
            mirrors: route.mirrors,
        }
    }
}

fn in_words(who: Who) -> String {
    match who {
        Who::Everybody => "everybody".to_string(),
        Who::Internal(_) => "internal".to_string(),
        Who::User(scopes) if scopes.is_signed_in() => "signed in".to_string(),
        Who::User(Scopes::Any([scope])) => (*scope).to_string(),
        Who::User(Scopes::Any(scopes)) => format!("any of {}", scopes.join(", ")),
        Who::User(Scopes::All(scopes)) => format!("all of {}", scopes.join(", ")),
    }
}
