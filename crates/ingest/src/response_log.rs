//! A whole file as one response log.

use std::path::Path;
use std::sync::Arc;

use seedtest_responses::{LogRow, ResponseLog, ResponseLogBuilder};

use crate::attempt::Attempt;
use crate::batch::Batch;
use crate::columns::Columns;
use crate::counts::RowCounts;
use crate::error::Error;
use crate::grid::MemoryTable;
use crate::options::Options;
use crate::reader::{MemoryReader, Reader};
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
    let mut reader = Reader::open(path, options)?.divided();
    let mut log = Collected::of(reader.notes().to_vec(), reader.columns().clone());
    let (mut ready, mut coming) = (Vec::new(), Vec::new());
    while reader.next_batches(&mut ready)? {
        // The next rows are read while those that are there are put in order.
        while reader.is_divided() {
            let add = || ready.iter().for_each(|batch| log.add(batch));
            let (more, ()) = rayon::join(|| reader.next_batches(&mut coming), add);
            if !more? {
                return Ok(log.finish(options));
            }
            std::mem::swap(&mut ready, &mut coming);
        }
        for batch in &ready {
            log.add(batch);
        }
    }
    Ok(log.finish(options))
}

/// The log of a table in memory, which messages call `name`.
///
/// # Errors
/// When its columns cannot be matched or read, as those of a file.
pub fn log_in_memory(
    name: &Path,
    table: Arc<dyn MemoryTable>,
    options: &Options,
) -> Result<LogFile, Error> {
    let mut reader = MemoryReader::of(name, table, options)?;
    let mut log = Collected::of(std::mem::take(&mut reader.notes), reader.columns().clone());
    let (mut ready, mut coming) = (Batch::new(), Batch::new());
    let mut more = reader.next_batch(&mut ready, (name, options))?;
    while more {
        // The next rows are read while those that are there are put in order.
        let next = || reader.next_batch(&mut coming, (name, options));
        let (found, ()) = rayon::join(next, || log.add(&ready));
        more = found?;
        std::mem::swap(&mut ready, &mut coming);
    }
    Ok(log.finish(options))
}

/// The rows of batches on their way into a log.
struct Collected {
    builder: ResponseLogBuilder,
    columns: Columns,
    counts: RowCounts,
    first_rejects: Vec<Reject>,
}

impl Collected {
    fn of(notes: Vec<String>, columns: Columns) -> Self {
        let counts = RowCounts { notes, ..RowCounts::default() };
        Self { builder: ResponseLogBuilder::new(), columns, counts, first_rejects: Vec::new() }
    }

    fn add(&mut self, batch: &Batch) {
        for attempt in batch.attempts() {
            self.builder.push(&log_row(&attempt));
        }
        for (student, group) in batch.silent_students() {
            self.builder.push_student(student, group);
        }
        self.counts.add(batch);
        let room = LogFile::FIRST_REJECTS - self.first_rejects.len();
        self.first_rejects.extend(batch.rejects().iter().take(room).cloned());
    }

    fn finish(self, options: &Options) -> LogFile {
        let Self { builder, columns, mut counts, first_rejects } = self;
        let log = builder.finish().in_time_zone(options.time_zone.clone());
        counts.note_partial();
        counts.note_lookalikes("students", log.students());
        counts.note_lookalikes("items", log.items());
        LogFile { log, columns, counts, first_rejects }
    }
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
