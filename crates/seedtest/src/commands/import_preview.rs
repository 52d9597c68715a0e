//! `seedtest import --preview`: what a file holds and how it would be read; nothing is written.

use std::path::Path;
use std::process::ExitCode;

use seedtest_ingest::{DescribedColumn, Moment, Options, Preview, Wanted, preview};
use seedtest_responses::TimeZone;

use super::import::no_row;
use super::rows_read::{line, rows_of_counts};
use crate::cli::{Global, ImportArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) async fn run(
    args: &ImportArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let zone = zone(global).await?;
    let mut useless = None;
    for path in &args.files {
        let found = look(path, args, &zone)?;
        show(path, &found, &zone, output)?;
        if found.counts.answers == 0 {
            useless.get_or_insert((path, found.counts.read));
        }
    }
    match useless {
        None => Ok(ExitCode::SUCCESS),
        Some((path, 0)) => Err(no_row(path)),
        Some((path, _)) => {
            let hint = "the lines above say why; --map, --id and --items name columns";
            let message = format!("{}: no row could be used", path.display());
            Err(Failure::new(message, Some(hint.to_owned())))
        }
    }
}

/// The zone of the database, where there is one already.
async fn zone(global: &Global) -> Result<TimeZone, Failure> {
    match session::open(global).await {
        Ok(store) => session::with(store, async |store| Ok(store.time_zone().clone())).await,
        // Without a database there is nothing that an import could be compared with.
        Err(_) => Ok(TimeZone::default()),
    }
}

/// Reads the file as an import does; where that fails for want of a time, everything else is shown all the same.
fn look(path: &Path, args: &ImportArgs, zone: &TimeZone) -> Result<Preview, Failure> {
    let now = session::clock()?.now();
    let latest = Some(now.timestamp_micros().saturating_add(86_400_000_000));
    let options = |wanted| -> Result<Options, Failure> {
        let read = args.read.options(wanted)?;
        Ok(Options { time_zone: zone.clone(), latest, ..read })
    };
    match preview(path, &options(Wanted::Timed)?) {
        Ok(found) => Ok(found),
        Err(error) => match preview(path, &options(Wanted::Everything)?) {
            Ok(mut found) => {
                found
                    .counts
                    .notes
                    .push(format!("an import asks for more: {error} ({})", error.hint()));
                Ok(found)
            }
            Err(_) => Err(error.into()),
        },
    }
}

fn show(path: &Path, found: &Preview, zone: &TimeZone, output: &Output) -> Result<(), Failure> {
    output.line(&format!("{}: {}", path.display(), found.format.name()))?;
    for note in &found.counts.notes {
        output.line(&format!("  {note}"))?;
    }
    columns(&found.columns, output)?;
    if !found.first.is_empty() {
        output.paragraph("first answers as read")?;
    }
    for row in &found.first {
        let outcome = match row.outcome {
            Some(true) => "right",
            Some(false) => "wrong",
            None => "not known",
        };
        let at = row.at.map_or_else(|| "no time".to_owned(), |at| shown(at, zone));
        output.line(&format!(
            "  line {}: student {}, item {}, {outcome}, {at}",
            row.line, row.student, row.item
        ))?;
    }
    if !found.rejects.is_empty() {
        output.paragraph("first rows that cannot be used")?;
    }
    for reject in &found.rejects {
        let hint = reject.reason.hint();
        output.line(&format!(
            "  line {}: {} {:?} ({hint})",
            reject.line, reject.reason, reject.value
        ))?;
    }
    output.paragraph(&line(&rows_of_counts(&found.counts)))?;
    output.line(&format!(
        "{} students, {} items, {} answers, {} of them right",
        found.students, found.items, found.counts.answers, found.right
    ))?;
    output.line(&match found.span {
        Some((first, last)) => format!("from {} to {}", shown(first, zone), shown(last, zone)),
        None => "no times".to_owned(),
    })?;
    output.line(&format!(
        "{} rows of the same student, item and time as one before, {} of them contradict it; {} answers to an item \
         answered before",
        found.duplicates, found.contradictions, found.retries
    ))
}

fn columns(columns: &[DescribedColumn], output: &Output) -> Result<(), Failure> {
    const MOST: usize = 60;
    for column in columns.iter().take(MOST) {
        let name = if column.name.is_empty() { "(no name)" } else { &column.name };
        let meaning = column.meaning.as_deref().unwrap_or("not read");
        let first = column.first.join(", ");
        output.line(&format!("  {name}: {meaning} ({}): {first}", column.why))?;
    }
    match columns.len().checked_sub(MOST).filter(|more| *more > 0) {
        Some(more) => output.line(&format!("  … {more} more columns")),
        None => Ok(()),
    }
}

fn shown(at: i64, zone: &TimeZone) -> String {
    Moment::Local(zone.local(at)).to_string()
}
