//! `seedtest runs`: the ledger, and fits repeated from it.

use std::process::ExitCode;

use chrono::SecondsFormat;
use seedtest_fault::escaped_in_json;
use seedtest_pipeline::{Verification, verify_run};
use seedtest_store::{Run, RunFilter, RunStatus, Store};
use serde_json::{Value, json};

use crate::cli::{Global, RunsAction, RunsArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

/// The newest runs among which those that failed are looked for.
const LOOKED_THROUGH: u32 = 10_000;

pub(crate) async fn run(
    args: &RunsArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let store = session::open(global).await?;
    session::with(store, async |store| match &args.action {
        RunsAction::List { name, failed, limit, json } => {
            let looked_at = if *failed { (*limit).max(LOOKED_THROUGH) } else { *limit };
            let filter = RunFilter { name: name.as_deref(), actor: None, limit: looked_at };
            let mut runs = store.runs(filter).await?;
            runs.retain(|run| !failed || run.status == RunStatus::Failed);
            runs.truncate(*limit as usize);
            let none = if *failed { "no run failed" } else { "no runs yet" };
            list(&runs, *json, none, output)
        }
        RunsAction::Show { run_id } => show(store, run_id, output).await,
        RunsAction::Verify { run_id } => verify(store, run_id, output).await,
    })
    .await
}

fn list(runs: &[Run], json: bool, none: &str, output: &Output) -> Result<ExitCode, Failure> {
    if runs.is_empty() && !json {
        output.line(none)?;
    }
    for run in runs {
        let line = if json { document(run).to_string() } else { line(run) };
        output.line(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn line(run: &Run) -> String {
    let start = &run.start;
    let rows = run.end.as_ref().and_then(|end| end.rows_written);
    let seconds = run.end.as_ref().map(|end| end.seconds);
    format!(
        "{}  {:<9} {:>9} rows {:>9}  {}  {}",
        start.started_at.format("%Y-%m-%d %H:%M:%S"),
        run.status.name(),
        rows.map_or("-".to_string(), |rows| rows.to_string()),
        seconds.map_or("-".to_string(), |seconds| format!("{seconds:.2} s")),
        start.run_id,
        start.actor,
    )
}

async fn show(store: &Store, run_id: &str, output: &Output) -> Result<ExitCode, Failure> {
    let Some(run) = store.run(run_id).await? else {
        return Err(seedtest_pipeline::Error::UnknownRun { run_id: run_id.to_owned() }.into());
    };
    let text = serde_json::to_string_pretty(&document(&run)).unwrap_or_default();
    output.raw(format!("{}\n", escaped_in_json(&text)).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

async fn verify(store: &Store, run_id: &str, output: &Output) -> Result<ExitCode, Failure> {
    let found = verify_run(store, run_id).await?;
    output.line(&format!("{run_id}: {found}"))?;
    Ok(match found {
        Verification::Identical { .. } => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn document(run: &Run) -> Value {
    let time = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let start = &run.start;
    let mut document = json!({
        "run_id": start.run_id,
        "kind": start.kind.name(),
        "name": start.name,
        "actor": start.actor,
        "status": run.status.name(),
        "program_version": start.program_version,
        "spec": start.spec,
        "seed": start.seed,
        "started_at": time(start.started_at),
    });
    if let Some(end) = &run.end {
        document["finished_at"] = json!(time(end.finished_at));
        document["seconds"] = json!(end.seconds);
        document["rows_written"] = json!(end.rows_written);
        document["input_digest"] = json!(end.input_digest);
        document["result_digest"] = json!(end.result_digest);
        document["verdict"] = json!(end.verdict);
        document["error"] = json!(end.error);
    }
    document
}
