//! `seedtest import list|undo`, `seedtest answer`, `seedtest student merge`: what was put in is put right.

use std::process::ExitCode;

use chrono::SecondsFormat;
use seedtest_pipeline::{
    Corrected, CorrectionContext, ImportLine, Recomputed, RemovedReports, StudentFilePlaces,
    change_answer, list_imports, merge_students, remove_reports, undo_import,
};
use seedtest_store::{AnswerChange, AnswerKey, RunStatus, Store};
use serde_json::json;

use super::student::places;
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
        ImportAction::Undo { id } => {
            let places = places(global, &[])?;
            let undone = undo_import(context(store)?, id).await?;
            tell_all(store, &places, &undone, output).await
        }
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
        let at = at.and_then(|at| at.in_zone(store.time_zone()));
        let key = AnswerKey { user_id: student, item_id: item, at };
        let places = places(global, &[])?;
        let changed = change_answer(context(store)?, key, change, reason.as_deref()).await?;
        tell_all(store, &places, &changed, output).await
    })
    .await
}

pub(crate) async fn merge(
    (global, store): (&Global, &Store),
    old: &str,
    new: &str,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let places = places(global, &[])?;
    let merged = merge_students(context(store)?, old, new).await?;
    tell(&merged, output)?;
    // The pages of the id that went are pages of nobody.
    let gone = [old.to_owned()];
    let gone = if merged.recomputed.is_some() { &gone[..] } else { &[] };
    forget_pages(store, &places, gone, output).await
}

/// Tells what a correction came to; reports of who has no answer left go.
async fn tell_all(
    store: &Store,
    places: &StudentFilePlaces,
    corrected: &Corrected,
    output: &Output,
) -> Result<ExitCode, Failure> {
    tell(corrected, output)?;
    let vanished = corrected.recomputed.as_ref().map_or(&[][..], |done| &done.vanished);
    forget_pages(store, places, vanished, output).await
}

async fn forget_pages(
    store: &Store,
    places: &StudentFilePlaces,
    students: &[String],
    output: &Output,
) -> Result<ExitCode, Failure> {
    let removed = remove_reports(store, places, students).await?;
    for line in told(&removed, students.len()) {
        output.line(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn told(removed: &RemovedReports, students: usize) -> Vec<String> {
    if removed.is_nothing() {
        return Vec::new();
    }
    let of = if students == 1 { "student" } else { "students" };
    let mut lines = vec![format!(
        "reports of {students} {of} without answers removed: {} files, {} published; and {} overviews beside them",
        removed.files, removed.published, removed.overviews
    )];
    let again = |week| format!("make the overviews again: seedtest report --all --week {week}");
    lines.extend(removed.weeks.iter().map(again));
    let by_hand = |url: &String| format!("published elsewhere, to be removed by hand: {url}");
    lines.extend(removed.left.iter().map(by_hand));
    lines
}

fn context(store: &Store) -> Result<CorrectionContext<'_>, Failure> {
    let clock = session::clock()?;
    Ok(CorrectionContext { store, clock, environment: &variable, actor: ACTOR })
}

pub(super) fn tell(corrected: &Corrected, output: &Output) -> Result<ExitCode, Failure> {
    output.line(&corrected.told)?;
    if let Some(done) = &corrected.recomputed {
        output.line(&computed(done))?;
        if !done.stale_fits.is_empty() {
            let fits = done.stale_fits.join(", ");
            output
                .line(&format!("read what was corrected, and marked so in the ledger: {fits}"))?;
        }
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
        "computed again from {} to {}: {} of daily features, {}, abilities of {}{left}",
        done.from,
        done.to,
        counted(done.features, "row"),
        counted(done.kpis, "KPI row"),
        counted(done.rescored as u64, "student")
    )
}

/// A number with its noun.
fn counted(n: u64, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{s}")
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
    let mut parts = vec![counted(stored.answers, "answer")];
    if stored.documents > 0 {
        parts.push(counted(stored.documents, "exam document"));
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

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "KPI row"), "1 KPI row");
        assert_eq!([counted(0, "row"), counted(2, "row")], ["0 rows", "2 rows"]);
    }
}
