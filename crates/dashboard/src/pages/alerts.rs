//! What the job of alerts found about the installation and nobody takes care of yet. Students at risk stand on the pages of
//! their classes.

use axum::extract::{Path, State};
use chrono::SubsecRound;
use seedtest_store::{Alert, AlertKind, Store};
use serde::Serialize;

use super::views::shown_at;
use crate::refusal::{PageResult, Refusal};
use crate::render::{see_other, segment};
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// An alert in the list.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct AlertLine {
    /// The job or the calibration.
    subject: String,
    since: String,
    kind: &'static str,
    /// Items that drifted.
    items: usize,
    /// Where it is said that somebody takes care.
    path: String,
}

impl AlertLine {
    fn of(store: &Store, alert: &Alert) -> Self {
        Self {
            subject: alert.subject.clone().unwrap_or_default(),
            since: shown_at(store, alert.found_at),
            kind: alert.kind.code(),
            items: alert.detail["items"].as_array().map_or(0, Vec::len),
            path: format!("/operations/alerts/{}", segment(&alert.alert_key)),
        }
    }
}

/// Those that wait for somebody, the oldest first.
pub(super) async fn waiting(store: &Store, dashboard: &Dashboard) -> PageResult<Vec<AlertLine>> {
    let open = store.open_alerts(dashboard.clock.now()).await?;
    let waits = |alert: &&Alert| alert.waits_for_somebody() && alert.kind != AlertKind::Risk;
    Ok(open.iter().filter(waits).map(|alert| AlertLine::of(store, alert)).collect())
}

/// Somebody takes care of an alert.
pub(crate) async fn acknowledge(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(alert_key): Path<String>,
) -> PageResult {
    visitor.everybody()?;
    let alert = dashboard.store.alert(&alert_key).await?.ok_or_else(Refusal::not_found)?;
    // The database keeps microseconds.
    let now = dashboard.clock.now().trunc_subsecs(6);
    let mut tx = dashboard.store.begin().await?;
    tx.acknowledge_alert(&alert.alert_key, visitor.name(), now).await?;
    tx.commit().await?;
    Ok(see_other("/operations#alerts"))
}
