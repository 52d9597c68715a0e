//! What became of the rows of a file, for people and as JSON.

use std::path::Path;

use seedtest_families::irt::rows_not_read;
pub(crate) use seedtest_families::irt::{rows_of_counts, rows_read};
use seedtest_ingest::LogFile;
use seedtest_wire::RowsReadJson;

use crate::failure::Failure;
use crate::output::Output;

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
    for text in file.counts.notes.iter().chain(&rows_not_read(file)) {
        output.note(text);
    }
}

/// Fails where a row or a cell cannot be read and the user wants all or nothing.
pub(crate) fn require_all(file: &LogFile, strict: bool) -> Result<(), Failure> {
    let lost = file.counts.rejected.total() + file.counts.unknown.total();
    require_all_of(lost, file.counts.read, strict)
}

/// Fails where a file has a header and nothing below it.
pub(crate) fn require_some(file: &LogFile, path: &Path) -> Result<(), Failure> {
    if file.counts.read > 0 {
        return Ok(());
    }
    let message = format!("{}: no rows below the header", path.display());
    Err(Failure::new(
        message,
        Some("a row is an answer, or a student with an answer a column".to_owned()),
    ))
}

/// The same where `lost` of `read` rows cannot be read.
pub(crate) fn require_all_of(lost: u64, read: u64, strict: bool) -> Result<(), Failure> {
    if !strict || lost == 0 {
        return Ok(());
    }
    let message = format!("{lost} of {read} rows cannot be read as they are");
    Err(Failure::new(message, Some("correct them, or run without --strict".to_owned())))
}
