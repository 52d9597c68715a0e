//! Questions about one student, one exam or everybody's week: from people with a signed token, under
//! the prefix of the platform, and from internal callers, whose questions people may ask under
//! `/analytics` too.
//!
//! A file for each kind of question. What is asked for is checked here, read by `store` and computed
//! by `pipeline`; requests and answers are in `wire::questions`.

mod abilities;
mod exams;
mod explain;
mod forecast;
mod goals;
mod kpis;
mod operation;
mod recompute;
mod report;
pub(crate) mod request;
mod standing;
mod topics;
mod weekly;

use crate::config::StartError;
use crate::routing::{Access, Routes};
use crate::{health, platform};

/// Every question, with those of people under the prefix of the set-up.
pub(crate) fn routes(api_prefix: &str) -> Result<Routes, StartError> {
    let internal =
        standing::routes().merge(goals::routes()).merge(report::routes()).merge(forecast::routes());
    let mirror = mirror(&internal);
    let people = weekly::routes()
        .merge(recompute::routes())
        .merge(kpis::routes())
        .merge(topics::routes())
        .merge(abilities::routes())
        .merge(exams::routes())
        .merge(explain::routes())
        .merge(platform::routes());
    let people = match prefix(api_prefix)? {
        "" => people,
        prefix => people.merge(mirror.clone().called("OfPlatform")).under(prefix),
    };
    Ok(internal.merge(mirror).merge(people))
}

/// What people ask under `/analytics`. It stands at the root and under the prefix, because clients
/// know both.
fn mirror(internal: &Routes) -> Routes {
    let access = Access::all_of(&["reports:view"]);
    let health = health::operation("healthOfMirror");
    Routes::new("Analytics")
        .get("/analytics/health", access, health::health, health)
        .mirroring()
        .merge(internal.mirrored("/analytics"))
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
