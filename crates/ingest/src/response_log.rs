//! A whole file as one response log.

use std::path::Path;

use seedtest_responses::{LogRow, ResponseLog, ResponseLogBuilder};

use crate::attempt::Attempt;
use crate::batch::Batch;
use crate::columns::Columns;
use crate::counts::RowCounts;
use crate::error::Error;
use crate::options::Options;
use crate::reader::Reader;
use crate::reject::Reject;

/// A whole file as a response log.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// The rows that were read.
    pub log: ResponseLog,
    /// Which columns were read as what.
    pub columns: Columns,
    /// What became of its rows.
    pub counts: RowCounts,
    /// The first rejects of the file, at most [`LogFile::FIRST_REJECTS`].
    pub first_rejects: Vec<Reject>,
}

impl LogFile {
    /// Most rejects that are kept in full.
    pub const FIRST_REJECTS: usize = 20;
}

/// Reads a whole file into a response log, without a database.
///
/// Rows without a time keep their order of arrival and come before rows with one; see
/// `require_time` of [`Options`] where that will not do.
///
/// # Errors
/// Those of [`Reader::open`] and [`Reader::next_batch`].
pub fn read_log(path: &Path, options: &Options) -> Result<LogFile, Error> {
    let mut reader = Reader::open(path, options)?;
    let mut batch = Batch::new();
    let mut builder = ResponseLogBuilder::new();
    let mut counts = RowCounts { notes: reader.notes().to_vec(), ..RowCounts::default() };
    let mut first_rejects = Vec::new();
    while reader.next_batch(&mut batch)? {
        for attempt in batch.attempts() {
            builder.push(&log_row(&attempt));
        }
        for (student, group) in batch.silent_students() {
            builder.push_student(student, group);
        }
        counts.add(&batch);
        let room = LogFile::FIRST_REJECTS - first_rejects.len();
        first_rejects.extend(batch.rejects().iter().take(room).cloned());
    }
    let columns = reader.columns().clone();
    let log = builder.finish().in_time_zone(options.time_zone.clone());
    counts.note_partial();
    counts.note_lookalikes("students", log.students());
    counts.note_lookalikes("items", log.items());
    Ok(LogFile { log, columns, counts, first_rejects })
}

fn log_row<'a>(attempt: &Attempt<'a>) -> LogRow<'a> {
    LogRow {
        student: attempt.student,
        item: attempt.item,
        topic: attempt.topic,
        session: attempt.session,
        at: attempt.at,
        outcome: attempt.outcome.into(),
        response_time_ms: attempt.response_time_ms,
        hints: attempt.hints,
        group: attempt.group,
    }
}
