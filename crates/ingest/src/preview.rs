//! What a file holds and how it is read, before anything is done with it.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::Path;

use hashbrown::HashMap;

use crate::batch::Batch;
use crate::counts::RowCounts;
use crate::described::DescribedColumn;
use crate::error::Error;
use crate::format::Format;
use crate::options::Options;
use crate::reader::Reader;
use crate::reject::Reject;

/// What a file holds, as it is read.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its format.
    pub format: Format,
    /// Its columns with what they are read as; none for documents, whose keys are fixed.
    pub columns: Vec<DescribedColumn>,
    /// Its first answers, at most [`Preview::FIRST_ROWS`].
    pub first: Vec<PreviewRow>,
    /// Its first rows that cannot be used, at most [`Preview::FIRST_ROWS`].
    pub rejects: Vec<Reject>,
    /// What became of all rows, with what was found out.
    pub counts: RowCounts,
    /// Students with an answer.
    pub students: u64,
    /// Items with an answer.
    pub items: u64,
    /// Answers that were right, of those of which it is known.
    pub right: u64,
    /// Answers of which it is known whether they were right.
    pub known: u64,
    /// Rows of a student, item and time that came before.
    pub duplicates: u64,
    /// Those of them that say otherwise.
    pub contradictions: u64,
    /// Answers of a student to an item that was answered before, at another time.
    pub retries: u64,
    /// The first and the last time, microseconds since 1970-01-01 UTC.
    pub span: Option<(i64, i64)>,
}

/// An answer as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewRow {
    /// Line of the file; of a workbook, row of the sheet.
    pub line: u64,
    /// The student's id.
    pub student: String,
    /// The item's id.
    pub item: String,
    /// Right, wrong, or not known.
    pub outcome: Option<bool>,
    /// Microseconds since 1970-01-01 UTC.
    pub at: Option<i64>,
}

impl Preview {
    /// Most answers and rejects that are shown.
    pub const FIRST_ROWS: usize = 5;
}

/// Reads a whole file as an import does, and keeps nothing of it but what is to be said.
///
/// # Errors
/// Those of [`Reader::open`] and [`Reader::next_batch`].
pub fn preview(path: &Path, options: &Options) -> Result<Preview, Error> {
    let mut reader = Reader::open(path, options)?;
    let mut seen = Seen::default();
    let mut found = Preview {
        format: reader.format(),
        columns: reader.described().to_vec(),
        first: Vec::new(),
        rejects: Vec::new(),
        counts: RowCounts { notes: reader.notes().to_vec(), ..RowCounts::default() },
        students: 0,
        items: 0,
        right: 0,
        known: 0,
        duplicates: 0,
        contradictions: 0,
        retries: 0,
        span: None,
    };
    let mut batch = Batch::new();
    while reader.next_batch(&mut batch)? {
        found.counts.add(&batch);
        let room = Preview::FIRST_ROWS - found.rejects.len();
        found.rejects.extend(batch.rejects().iter().take(room).cloned());
        seen.look(&batch, &mut found);
    }
    found.students = seen.students.len() as u64;
    found.items = seen.items.len() as u64;
    found.counts.note_partial();
    Ok(found)
}

/// Ids and answers that were met, known by 64 bits.
#[derive(Debug, Default)]
struct Seen {
    students: HashSet<u64>,
    items: HashSet<u64>,
    pairs: HashSet<u64>,
    answers: HashMap<u64, Option<bool>>,
}

impl Seen {
    fn look(&mut self, batch: &Batch, found: &mut Preview) {
        // Its keys are fixed: the same file gives the same numbers everywhere.
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        for answer in batch.attempts() {
            if found.first.len() < Preview::FIRST_ROWS {
                found.first.push(PreviewRow {
                    line: answer.line,
                    student: answer.student.to_owned(),
                    item: answer.item.to_owned(),
                    outcome: answer.outcome,
                    at: answer.at,
                });
            }
            self.students.insert(hasher.hash_one(answer.student));
            self.items.insert(hasher.hash_one(answer.item));
            found.known += u64::from(answer.outcome.is_some());
            found.right += u64::from(answer.outcome == Some(true));
            let pair = (answer.student, answer.item);
            let is_new_pair = self.pairs.insert(hasher.hash_one(pair));
            let whole = (pair, answer.at);
            match self.answers.insert(hasher.hash_one(whole), answer.outcome) {
                Some(before) => {
                    found.duplicates += 1;
                    found.contradictions += u64::from(before != answer.outcome);
                }
                None => found.retries += u64::from(!is_new_pair),
            }
            if let Some(at) = answer.at {
                let (first, last) = found.span.unwrap_or((at, at));
                found.span = Some((first.min(at), last.max(at)));
            }
        }
    }
}
