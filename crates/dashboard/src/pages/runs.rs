//! One run: from what, how it ended, and what it says of itself.

use axum::extract::{Path, State};
use serde::Serialize;

use super::operations::RunLine;
use super::render;
use crate::refusal::{PageResult, Refusal};
use crate::state::Shared;
use crate::visitor::Visitor;

#[derive(Serialize)]
struct Context {
    run: RunLine,
    version: String,
    seed: Option<i64>,
    input: Option<String>,
    result: Option<String>,
    spec: String,
    verdict: Option<String>,
    /// Whether it goes on.
    is_open: bool,
}

pub(crate) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(run_id): Path<String>,
) -> PageResult {
    visitor.everybody()?;
    let run = dashboard.store.run(&run_id).await?.ok_or_else(Refusal::not_found)?;
    let end = run.end.as_ref();
    let pretty =
        |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let shown = Context {
        version: run.start.program_version.clone(),
        seed: run.start.seed,
        input: end.and_then(|end| end.input_digest.clone()),
        result: end.and_then(|end| end.result_digest.clone()),
        spec: pretty(&run.start.spec),
        verdict: end.and_then(|end| end.verdict.as_ref()).map(pretty),
        is_open: end.is_none(),
        run: RunLine::of(&run),
    };
    render(&dashboard, &visitor, "run.html", &shown)
}
