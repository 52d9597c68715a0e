//! `seedtest doctor`: whether the database is as it should be.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use seedtest_pipeline::in_its_time_zone;
use seedtest_store::{Store, Target};

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

/// Checks the database: reachable, schema up to date, how much is in it. Exit code 1 when
/// something is not right.
pub(crate) async fn run(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let target = session::target(global)?;
    let store = Store::open(&target).await?;
    session::with(store, async |store| examine(store, &target, output).await).await
}

async fn examine(store: &Store, target: &Target, output: &Output) -> Result<ExitCode, Failure> {
    output.line(&format!("database   ok        {}", target.redacted()))?;
    let pending = store.pending().await?;
    if !pending.is_empty() {
        output.line(&format!("schema     {} migrations pending", pending.len()))?;
        output.line("hint: run `seedtest migrate`")?;
        return Ok(ExitCode::FAILURE);
    }
    output.line("schema     ok        up to date")?;
    let store = &in_its_time_zone(store.clone(), None).await?;
    let zone = store.time_zone();
    output.line(&format!("days       ok        counted in {zone}"))?;
    let day = |at: DateTime<Utc>| zone.date_of(at.timestamp_micros());
    match store.log_span().await? {
        Some(span) => output.line(&format!(
            "log        ok        {} answers from {} to {}",
            span.rows,
            day(span.first),
            day(span.last)
        ))?,
        None => output.line("log        empty     import a response log first")?,
    }
    for (table, rows) in store.table_counts().await? {
        output.line(&format!("{table}: {rows}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
