//! What became of the rows of a file, for people and as JSON.

use std::collections::BTreeMap;

use seedtest_families::irt::rows_of_log;
use seedtest_ingest::{LogFile, RowCounts};
use seedtest_responses::{Answers, ResponseLog};
use seedtest_wire::RowsReadJson;

use crate::failure::Failure;
use crate::output::Output;

/// What became of the rows of a log of which `answers` were used.
pub(crate) fn rows_read(
    counts: &RowCounts,
    log: &ResponseLog,
    answers: &Answers,
    unused: &[(&str, usize)],
) -> RowsReadJson {
    let of_log = rows_of_log(log, answers, unused);
    let mut rows = of_counts(counts);
    rows.used = of_log.used;
    rows.rejected.extend(of_log.rejected);
    rows
}

/// What became of the rows of a file, every answer counting as used.
pub(crate) fn of_counts(counts: &RowCounts) -> RowsReadJson {
    let rejected = counts.rejected.iter().map(|(reason, n)| (reason.code().to_owned(), n));
    let mut rejected: BTreeMap<String, u64> = rejected.collect();
    if counts.unanswered > 0 {
        rejected.insert("no_answer".to_owned(), counts.unanswered);
    }
    let unknown = counts.unknown.iter().map(|(field, n)| (field.name().to_owned(), n));
    RowsReadJson {
        read: counts.read,
        used: counts.answers,
        rejected,
        unknown: unknown.collect(),
        notes: counts.notes.clone(),
    }
}

/// The same as a line.
pub(crate) fn line(rows: &RowsReadJson) -> String {
    let mut text = format!("rows: {} read, {} used", rows.read, rows.used);
    for (reason, n) in &rows.rejected {
        text.push_str(&format_part(*n, reason));
    }
    for (field, n) in &rows.unknown {
        text.push_str(&format_part(*n, &format!("{field} unknown")));
    }
    text
}

/// The same as the last line of what is printed.
pub(crate) fn last_line(rows: &RowsReadJson, output: &Output) -> Result<(), Failure> {
    output.paragraph(&line(rows))
}

fn format_part(n: u64, what: &str) -> String {
    format!(", {n} {what}")
}

/// Says what was found out about a file, and which rows were not read.
pub(crate) fn note(file: &LogFile, output: &Output) {
    for note in &file.counts.notes {
        output.note(note);
    }
    for (reason, count) in file.counts.rejected.iter() {
        output.note(&format!("{count} rows not used: {reason} ({})", reason.hint()));
    }
    for reject in file.first_rejects.iter().take(3) {
        output.note(&format!("  line {}: {} {:?}", reject.line, reject.reason, reject.value));
    }
    for (field, count) in file.counts.unknown.iter() {
        output.note(&format!("{count} cells of {field} cannot be read and count as unknown"));
    }
    let conflicts = file.log.conflicts();
    if conflicts > 0 {
        output.note(&format!(
            "{conflicts} answers contradict another one of the same student, item and instant; the first \
             of each counts"
        ));
    }
}

/// Fails where a row or a cell cannot be read and the user wants all or nothing.
pub(crate) fn require_all(file: &LogFile, strict: bool) -> Result<(), Failure> {
    let lost = file.counts.rejected.total() + file.counts.unknown.total();
    require_all_of(lost, file.counts.read, strict)
}

/// The same where `lost` of `read` rows cannot be read.
pub(crate) fn require_all_of(lost: u64, read: u64, strict: bool) -> Result<(), Failure> {
    if !strict || lost == 0 {
        return Ok(());
    }
    let message = format!("{lost} of {read} rows cannot be read as they are");
    Err(Failure::new(message, Some("correct them, or run without --strict".to_owned())))
}
