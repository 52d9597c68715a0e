//! `seedtest roster` and `seedtest names`: who is in which class, and what things are called.

use std::process::ExitCode;

use seedtest_pipeline::{import_names, import_roster};

use crate::cli::{Global, NamesAction, NamesArgs, RosterAction, RosterArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) async fn roster(
    args: &RosterArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let RosterAction::Import { file, id } = &args.action;
    let store = session::open_migrated(global).await?;
    let found =
        session::with(store, async |store| Ok(import_roster(store, file, id.column()).await?))
            .await?;
    output.line(&format!(
        "{}: {} students, {} classes, {} schools, {} enrolments; {} rows new or changed, {} removed",
        file.display(),
        found.students,
        found.classes,
        found.schools,
        found.enrolments,
        found.changed,
        found.removed
    ))?;
    if found.others > 0 {
        output.line(&format!("{} people are no students and were left out", found.others))?;
    }
    if found.with_answers == 0 && found.students > 0 {
        output.line(
            "none of these students has an answer here: if the answers call them by another id, \
             choose it with --id",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn names(
    args: &NamesArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let NamesAction::Import { file } = &args.action;
    let store = session::open_migrated(global).await?;
    let found = session::with(store, async |store| Ok(import_names(store, file).await?)).await?;
    let (names, changed) = (found.names, found.changed);
    output.line(&format!("{}: {names} names, {changed} new or changed", file.display()))?;
    Ok(ExitCode::SUCCESS)
}
