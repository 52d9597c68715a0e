//! The analysis routes of the platform, for people with a signed token.
//!
//! One file a family of routes. What is asked for is checked here, read by `store` and computed by
//! `pipeline`.

mod exams;
mod forecast;
mod indices;
mod params;
mod runs;
mod theta;
mod topics;
mod weekly;

use crate::analytics;
use crate::config::StartError;
use crate::openapi::Routes;

/// The routes under the prefix of the set-up.
pub(crate) fn routes(api_prefix: &str) -> Result<Routes, StartError> {
    let routes = weekly::routes()
        .merge(runs::routes())
        .merge(indices::routes())
        .merge(topics::routes())
        .merge(theta::routes())
        .merge(exams::routes());
    match prefix(api_prefix)? {
        "" => Ok(routes),
        prefix => Ok(routes.merge(analytics::mirror().called("OfPlatform")).under(prefix)),
    }
}

/// The route outside the prefix, for internal callers.
pub(crate) fn internal_routes() -> Routes {
    forecast::routes()
}

/// The prefix without the slash at its end.
fn prefix(text: &str) -> Result<&str, StartError> {
    let prefix = text.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if prefix.is_empty() || (prefix.starts_with('/') && prefix.chars().all(plain)) {
        return Ok(prefix);
    }
    let reason = format!("{text:?} is no path; write it as /api/seedtest");
    Err(StartError::Setting { name: "API_PREFIX", reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_paths() {
        assert_eq!(prefix("/api/seedtest/").unwrap(), "/api/seedtest");
        assert_eq!(prefix("/").unwrap(), "");
        for text in ["api", "/{x}", "/a b", "/*"] {
            assert!(prefix(text).is_err(), "{text}");
        }
    }
}
