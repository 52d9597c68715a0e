//! Metrics of what other processes did as well: read from the database when somebody looks.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use seedtest_wire::GrowthDiagnosticsJson;
use serde_json::Value;

use crate::state::App;

/// The database is asked this often at most, however many scrape.
const PAUSE: Duration = Duration::from_secs(5);
/// Runs that long ago are history.
const LOOKBACK: chrono::Duration = chrono::Duration::days(40);

/// When the database was last asked.
#[derive(Debug, Default)]
pub(crate) struct LastLook(Mutex<Option<Instant>>);

impl LastLook {
    fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|at| at.elapsed() < PAUSE) {
            return false;
        }
        *last = Some(Instant::now());
        true
    }
}

/// Brings the gauges up to date. A database that does not answer leaves them as they were.
pub(crate) async fn refresh(app: &App) {
    if !app.last_look.is_due() {
        return;
    }
    if let Err(error) = read(app).await {
        metrics::counter!("db_errors_total").increment(1);
        tracing::warn!(%error, "the metrics of the database cannot be read");
    }
}

async fn read(app: &App) -> Result<(), seedtest_store::Error> {
    let now = app.config.clock.now();
    for job in app.store.job_counts(now - LOOKBACK).await? {
        let status = job.status.name();
        metrics::gauge!("seedtest_ledger_job_runs", "job" => job.name, "status" => status)
            .set(job.runs as f64);
    }
    for job in app.store.job_successes(now - LOOKBACK).await? {
        let labels = [("job", job.name)];
        metrics::gauge!("seedtest_job_last_success_timestamp_seconds", &labels)
            .set(epoch_seconds(job.finished_at));
        metrics::gauge!("seedtest_job_last_duration_seconds", &labels).set(job.seconds);
    }
    if let Some(fit) = app.store.latest_fit_meta().await? {
        observe_drift(&fit.metrics["drift"], fit.fitted_at);
    }
    let events = app.store.event_counts().await?;
    for (state, count) in
        [("waiting", events.waiting), ("done", events.done), ("dead", events.dead)]
    {
        metrics::gauge!("seedtest_outbox_events", "state" => state).set(count as f64);
    }
    let oldest = app.store.oldest_waiting_event().await?;
    let age = oldest.map_or(0.0, |at| (now - at).num_milliseconds() as f64 / 1000.0);
    metrics::gauge!("seedtest_outbox_oldest_seconds").set(age.max(0.0));
    if let Some((diagnostics, fitted_at)) = app.store.newest_growth_diagnostics().await? {
        // A service at another address may have said less.
        if let Ok(diagnostics) = serde_json::from_value(diagnostics) {
            observe_chains("job", &diagnostics, fitted_at);
        }
    }
    Ok(())
}

/// Publishes how many items moved since the calibration before; nothing where there was none to compare with.
fn observe_drift(drift: &Value, fitted_at: DateTime<Utc>) {
    const SEVERITIES: [&str; 3] = ["minor", "moderate", "severe"];
    let (Some(common), Some(items)) = (drift["n_common"].as_u64(), drift["items"].as_array())
    else {
        return;
    };
    for severity in SEVERITIES {
        let moved = items.iter().filter(|item| item["severity"] == severity).count();
        metrics::gauge!("irt_drift_items", "severity" => severity).set(moved as f64);
    }
    metrics::gauge!("irt_drift_common_items").set(common as f64);
    metrics::gauge!("irt_drift_fitted_timestamp_seconds").set(epoch_seconds(fitted_at));
}

/// Publishes how well the chains of the newest growth fit agree.
pub(crate) fn observe_chains(
    source: &'static str,
    diagnostics: &GrowthDiagnosticsJson,
    fitted_at: DateTime<Utc>,
) {
    let set = |name: &'static str, value: Option<f64>| {
        // A number that does not exist is not one of the run before.
        metrics::gauge!(name, "source" => source).set(value.unwrap_or(f64::NAN));
    };
    set("seedtest_mcmc_rhat_max", diagnostics.rhat.max);
    set("seedtest_mcmc_ess_bulk_min", diagnostics.ess_bulk.min);
    set("seedtest_mcmc_ess_tail_min", diagnostics.ess_tail.min);
    set("seedtest_mcmc_divergences", Some(diagnostics.divergences as f64));
    set("seedtest_mcmc_fitted_timestamp_seconds", Some(epoch_seconds(fitted_at)));
}

fn epoch_seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}
