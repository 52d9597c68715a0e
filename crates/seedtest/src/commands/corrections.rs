//! `seedtest import list|undo`, `seedtest answer`, `seedtest student merge`: what was put in is put right.

use std::process::ExitCode;

use chrono::SecondsFormat;
use seedtest_pipeline::{
    Corrected, CorrectionContext, ImportLine, Recomputed, change_answer, list_imports,
    merge_students, undo_import,
};
use seedtest_store::{AnswerChange, AnswerKey, RunStatus, Store};
use serde_json::json;

use crate::cli::{AnswerAction, AnswerArgs, Global, ImportAction, WhichAnswer};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

/// Who asks on the command line, for the ledger.
const ACTOR: &str = "command line";

pub(crate) async fn imports(
    action: &ImportAction,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let store = session::open(global).await?;
    session::with(store, async |store| match action {
        ImportAction::List { limit, json } => {
            let lines = list_imports(store, *limit).await?;
            if lines.is_empty() && !json {
                output.line("no imports yet")?;
            }
            let shown = if *json { as_json } else { as_line };
            lines.iter().try_for_each(|line| output.line(&shown(line)))?;
            Ok(ExitCode::SUCCESS)
        }
        ImportAction::Undo { id } => tell(&undo_import(context(store)?, id).await?, output),
    })
    .await
}

pub(crate) async fn answer(
    args: &AnswerArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let (which, change) = match &args.action {
        AnswerAction::Void { which } => (which, AnswerChange::Void),
        AnswerAction::Restore { which } => (which, AnswerChange::Restore),
        AnswerAction::Correct { which, right, .. } => (which, AnswerChange::Correct(*right)),
    };
    let WhichAnswer { student, item, at, reason } = which;
    let store = session::open(global).await?;
    session::with(store, async |store| {
        let key = AnswerKey { user_id: student, item_id: item, at: *at };
        tell(&change_answer(context(store)?, key, change, reason.as_deref()).await?, output)
    })
    .await
}

pub(crate) async fn merge(
    store: &Store,
    old: &str,
    new: &str,
    output: &Output,
) -> Result<ExitCode, Failure> {
    tell(&merge_students(context(store)?, old, new).await?, output)
}

fn context(store: &Store) -> Result<CorrectionContext<'_>, Failure> {
    let clock = session::clock()?;
    Ok(CorrectionContext { store, clock, environment: &variable, actor: ACTOR })
}

pub(super) fn tell(corrected: &Corrected, output: &Output) -> Result<ExitCode, Failure> {
    output.line(&corrected.told)?;
    if let Some(done) = &corrected.recomputed {
        output.line(&computed(done))?;
        for command in &done.to_run {
            output.line(&format!("not computed again here; run: {command}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn computed(done: &Recomputed) -> String {
    let left = match done.left {
        0 => String::new(),
        left => format!(", those of {left} more are still of before"),
    };
    format!(
        "computed again from {} to {}: {} rows of daily features, {} KPI rows, abilities of {} students{left}",
        done.from, done.to, done.features, done.kpis, done.rescored
    )
}

fn as_line(line: &ImportLine) -> String {
    let start = &line.run.start;
    let files: Vec<&str> =
        start.spec["files"].as_array().into_iter().flatten().filter_map(|of| of.as_str()).collect();
    format!(
        "{}  {}  {:<9}  {}  {}",
        start.run_id,
        start.started_at.format("%Y-%m-%d %H:%M:%S"),
        line.run.status.name(),
        state(line),
        files.join(", ")
    )
}

/// What of an import is there.
fn state(line: &ImportLine) -> String {
    let Some(stored) = &line.stored else {
        let is_done = line.run.status == RunStatus::Done;
        return if is_done { "wrote nothing that is known" } else { "wrote nothing" }.to_owned();
    };
    if let Some(at) = stored.undone_at {
        return format!("undone {}", at.format("%Y-%m-%d %H:%M:%S"));
    }
    let mut parts = vec![format!("{} answers", stored.answers)];
    if stored.documents > 0 {
        parts.push(format!("{} exam documents", stored.documents));
    }
    if stored.changed > 0 {
        parts.push(format!("{} of them changed since", stored.changed));
    }
    parts.join(", ")
}

fn as_json(line: &ImportLine) -> String {
    let start = &line.run.start;
    let stored = line.stored.as_ref();
    json!({
        "id": start.run_id,
        "started_at": start.started_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "actor": start.actor,
        "status": line.run.status.name(),
        "files": start.spec["files"],
        "counts": line.run.end.as_ref().and_then(|end| end.verdict.clone()),
        "answers": stored.map(|of| of.answers),
        "changed": stored.map(|of| of.changed),
        "documents": stored.map(|of| of.documents),
        "undone_at": stored.and_then(|of| of.undone_at)
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
    })
    .to_string()
}
