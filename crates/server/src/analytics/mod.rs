//! The routes of `r-analytics` (http-api.md H15): for internal callers by their token, and mirrored
//! under `/analytics` for people with a signed token. Both are the same handlers.

mod described;
mod goals;
mod mirror;
mod report;
mod request;
mod standing;

use axum::routing::{MethodRouter, get, post};

use crate::health;
use crate::openapi::{Operation, Routes};
use crate::state::Shared;

pub(crate) use mirror::mirror;

const TAG: &str = "Analytics";

/// For internal callers.
pub(crate) fn routes() -> Routes {
    each().into_iter().fold(Routes::new(TAG), |routes, route| {
        routes.add("post", route.path, route.handler, route.operation)
    })
}

/// A route of both places.
struct Route {
    path: &'static str,
    handler: MethodRouter<Shared>,
    operation: Operation,
    /// What a signed token needs on the mirror, all of them.
    scopes: &'static [&'static str],
}

const RUN: &[&str] = &["analysis:run", "reports:view"];
const PLAN: &[&str] = &["recommend:plan", "reports:view"];
const REPORT: &[&str] = &["reports:generate", "reports:view"];

fn each() -> [Route; 6] {
    let route = |path, handler, operation, scopes| Route { path, handler, operation, scopes };
    [
        route("/score/topic-theta", post(standing::topic_theta), described::topic_theta(), RUN),
        route("/improvement/index", post(standing::improvement), described::improvement(), RUN),
        route("/goal/attainment", post(goals::attainment), described::attainment(), RUN),
        route("/recommend/next-topics", post(goals::next_topics), described::next_topics(), PLAN),
        route("/risk/churn", post(standing::churn), described::churn(), RUN),
        route("/report/generate", post(report::generate), described::report(), REPORT),
    ]
}

/// Health on the mirror, where it needs a token like everything else there.
fn health_of_mirror() -> MethodRouter<Shared> {
    get(health::health)
}
