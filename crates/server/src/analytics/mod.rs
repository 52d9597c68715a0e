//! The routes of `r-analytics` (http-api.md H15): for internal callers by their token, and mirrored
//! under `/analytics` for people with a signed token. Both are the same handlers.

mod goals;
mod mirror;
mod report;
mod request;
mod standing;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::health;
use crate::state::Shared;

pub(crate) use mirror::mirror;

/// For internal callers.
pub(crate) fn routes() -> Router<Shared> {
    each().into_iter().fold(Router::new(), |router, (path, handler, _)| router.route(path, handler))
}

/// Every route with the scopes that a signed token needs on the mirror, all of them.
fn each() -> [(&'static str, MethodRouter<Shared>, &'static [&'static str]); 6] {
    const RUN: &[&str] = &["analysis:run", "reports:view"];
    [
        ("/score/topic-theta", post(standing::topic_theta), RUN),
        ("/improvement/index", post(standing::improvement), RUN),
        ("/goal/attainment", post(goals::attainment), RUN),
        ("/recommend/next-topics", post(goals::next_topics), &["recommend:plan", "reports:view"]),
        ("/risk/churn", post(standing::churn), RUN),
        ("/report/generate", post(report::generate), &["reports:generate", "reports:view"]),
    ]
}

/// Health on the mirror, where it needs a token like everything else there.
fn health_of_mirror() -> MethodRouter<Shared> {
    get(health::health)
}
