//! The models: what was fitted, how it ended, how calibrations hang together.

use axum::extract::State;
use seedtest_report::OperatorReport;
use seedtest_store::OverviewKind;
use serde::Serialize;

use super::names::{Names, named};
use super::render;
use super::views::{overview, shown_at};
use crate::refusal::{PageResult, Refusal};
use crate::state::Shared;
use crate::visitor::Visitor;

#[derive(Serialize)]
struct Context {
    first: String,
    rest: String,
    about: String,
    computed_at: String,
}

pub(crate) async fn show(State(dashboard): State<Shared>, visitor: Visitor) -> PageResult {
    visitor.everybody()?;
    let store = &dashboard.store;
    let found = overview::<OperatorReport>(store, OverviewKind::Models, "", None).await?;
    let Some(found) = found else {
        return render(&dashboard, &visitor, "no_items.html", &());
    };
    let items = Names::of_items(store, visitor.lang()).await?;
    let topics = Names::of_topics(store, visitor.lang()).await?;
    let mut report = named(found.of, &items, &topics);
    if !visitor.may_see_risk() {
        report.survival = None;
    }
    let parts = dashboard.voices.of(visitor.lang()).operator_parts(&report);
    let parts = parts.map_err(|error| Refusal::internal(&error))?;
    let shown = Context {
        first: parts.first,
        rest: parts.rest,
        about: parts.about,
        computed_at: shown_at(&dashboard.store, found.computed_at),
    };
    render(&dashboard, &visitor, "models.html", &shown)
}
