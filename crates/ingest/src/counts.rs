//! What became of the rows of a file.

use std::collections::BTreeMap;

use crate::batch::Batch;
use crate::field::Field;
use crate::identity::Lookalikes;
use crate::reject::RejectCounts;

/// Optional cells that could not be read and count as unknown, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownCells {
    counts: BTreeMap<Field, u64>,
}

impl UnknownCells {
    pub(crate) fn add(&mut self, field: Field) {
        *self.counts.entry(field).or_default() += 1;
    }

    pub(crate) fn clear(&mut self) {
        self.counts.clear();
    }

    /// Adds the counts of other rows.
    pub fn merge(&mut self, other: &Self) {
        for (field, count) in other.iter() {
            *self.counts.entry(field).or_default() += count;
        }
    }

    /// Fields with such cells and how many, in the order of [`Field`].
    pub fn iter(&self) -> impl Iterator<Item = (Field, u64)> {
        self.counts.iter().map(|(field, count)| (*field, *count))
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// What became of the rows of a file: every row that was read is an answer, a reject, or a cell without an
/// answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows that were read; in a table with one item a column, cells of items.
    pub read: u64,
    /// Rows that are answers.
    pub answers: u64,
    /// Rows that could not be used, by reason.
    pub rejected: RejectCounts,
    /// Cells of items in which nothing stands.
    pub unanswered: u64,
    /// Optional cells of answers that could not be read.
    pub unknown: UnknownCells,
    /// Answers with part of their points that count as wrong.
    pub partial: u64,
    /// What was found out about the file and should be said.
    pub notes: Vec<String>,
}

impl RowCounts {
    /// Says which ids look like another one.
    pub fn note_lookalikes(&mut self, what: &str, ids: &[Box<str>]) {
        let mut alike = Lookalikes::default();
        for id in ids {
            alike.see(id);
        }
        self.notes.extend(alike.note(what));
    }

    /// Says how many answers with points count as wrong.
    pub fn note_partial(&mut self) {
        self.notes.extend(partial_note(self.partial));
    }

    /// Counts the rows of a batch.
    pub fn add(&mut self, batch: &Batch) {
        self.answers += batch.len() as u64;
        self.unanswered += batch.unanswered();
        self.rejected.add(batch.rejects());
        self.unknown.merge(batch.unknown());
        self.partial += batch.partial();
        self.read += (batch.len() + batch.rejects().len()) as u64 + batch.unanswered();
    }
}

/// What to say of answers with part of their points.
pub fn partial_note(partial: u64) -> Option<String> {
    (partial > 0).then(|| {
        format!(
            "{partial} answers have part of their points and count as wrong (--right-at 0.5 counts half of them as right)"
        )
    })
}
