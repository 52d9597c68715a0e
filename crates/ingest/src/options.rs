//! How a file is read.

use seedtest_responses::TimeZone;

use crate::column_map::ColumnMap;
use crate::field::Field;

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Columns named by the user; the others are found through their names.
    pub map: ColumnMap,
    /// Whether a file without a time column is an error, and a row without a time a reject.
    pub require_time: bool,
    /// Where the source is from: the zone of times without an offset, and of days.
    pub time_zone: TimeZone,
    /// Rows per batch.
    pub batch_rows: usize,
    /// Longest row that is read, in bytes; longer ones become rejects and are never held in memory.
    pub max_row_bytes: usize,
    /// The same for exam documents, in bytes.
    pub max_document_bytes: usize,
}

impl Options {
    /// Fields a file with one answer a row cannot do without.
    pub(crate) fn required_fields(&self) -> &'static [Field] {
        const WITH_TIME: &[Field] =
            &[Field::Student, Field::Item, Field::Correct, Field::CompletedAt];
        if self.require_time { WITH_TIME } else { &WITH_TIME[..3] }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            map: ColumnMap::default(),
            require_time: false,
            time_zone: TimeZone::default(),
            batch_rows: 50_000,
            max_row_bytes: 1 << 20,
            max_document_bytes: 8 << 20,
        }
    }
}
