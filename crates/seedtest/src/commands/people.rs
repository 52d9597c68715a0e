//! `seedtest roster`, `seedtest names` and `seedtest recipients`: who is in which class, what things are
//! called, and who gets reports by mail.

use std::path::Path;
use std::process::ExitCode;

use seedtest_pipeline::{Leaver, import_names, import_recipients, import_roster, opt_out};

use crate::cli::{
    Global, NamesAction, NamesArgs, RecipientsAction, RecipientsArgs, RosterAction, RosterArgs,
};
use crate::commands::merged::student_now;
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
    if let Some(alike) = &found.alike {
        output.line(alike)?;
    }
    if found.with_answers == 0 && found.students > 0 {
        output.line(
            "none of these students has an answer here: if the answers call them by another id, \
             take the column of that id as student_id (of OneRoster tables, choose it with --id)",
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

pub(crate) async fn recipients(
    args: &RecipientsArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    match &args.action {
        RecipientsAction::Import { file } => import_them(file, global, output).await,
        RecipientsAction::List => list_them(global, output).await,
        RecipientsAction::OptOut { address, student, token } => {
            let leaver = match (address, token) {
                (Some(address), _) => Leaver::Address { address, user_id: None },
                (None, token) => Leaver::Token(token.as_deref().unwrap_or_default()),
            };
            let_go(leaver, student.as_deref(), global, output).await
        }
    }
}

async fn import_them(file: &Path, global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let store = session::open_migrated(global).await?;
    let clock = session::clock()?;
    let found =
        session::with(store, async |store| Ok(import_recipients(store, clock, file).await?))
            .await?;
    output.line(&format!(
        "{}: {} recipients, {} agreed; {} new or changed",
        file.display(),
        found.recipients,
        found.agreed,
        found.changed
    ))?;
    if !found.unknown.is_empty() {
        output.line(&of_nobody(&found.unknown))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// That nothing is known of these students.
fn of_nobody(ids: &[String]) -> String {
    const SHOWN: usize = 10;
    let named = ids[..ids.len().min(SHOWN)].join(", ");
    let more = match ids.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "not known here, neither by answers nor by a roster: {named}{more}; no letter goes out before there is a \
         report of them, so check these ids"
    )
}

async fn list_them(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let store = session::open(global).await?;
    let all = session::with(store, async |store| Ok(store.report_recipients().await?)).await?;
    let day = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d").to_string())
    };
    output.line(&format!(
        "{:<20} {:<32} {:<4} {:<10} {:<10} letters",
        "student", "address", "lang", "agreed", "left"
    ))?;
    for of in &all {
        let letters = if of.is_open() { "yes" } else { "no" };
        let (agreed, left) = (day(of.opted_in_at), day(of.opted_out_at));
        output.line(&format!(
            "{:<20} {:<32} {:<4} {agreed:<10} {left:<10} {letters}",
            of.user_id, of.address, of.lang
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets who is called so leave, an address only of `student` where one is named.
async fn let_go(
    leaver: Leaver<'_>,
    student: Option<&str>,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    // A token opens something, so it is not shown again.
    let nobody = match leaver {
        Leaver::Address { address, .. } => format!("nobody gets letters at {address:?}"),
        Leaver::Token(_) => "no letter has that token".to_owned(),
    };
    let nobody = match student {
        Some(of) => format!("{nobody} about {of:?}"),
        None => nobody,
    };
    let store = session::open(global).await?;
    let clock = session::clock()?;
    let left = session::with(store, async |store| {
        let now = match student {
            Some(given) => Some(student_now(store, given, output).await?),
            None => None,
        };
        let leaver = match leaver {
            Leaver::Address { address, .. } => Leaver::Address { address, user_id: now.as_deref() },
            token @ Leaver::Token(_) => token,
        };
        Ok(opt_out(store, clock, leaver).await?)
    })
    .await?;
    if left.students == 0 {
        return Err(Failure::new(
            nobody,
            Some("`seedtest recipients list` shows who gets letters".into()),
        ));
    }
    let of = |n: u64| format!("{n} {}", if n == 1 { "student" } else { "students" });
    let now = left.students - left.before;
    if now > 0 {
        output.line(&format!("left: gets no more letters about {}", of(now)))?;
    }
    if left.before > 0 {
        output.line(&format!("had left before: got no letters about {}", of(left.before)))?;
    }
    Ok(ExitCode::SUCCESS)
}
