//! Tables with one student a row and one item a column.

use std::path::Path;

use crate::batch::{Batch, Cells};
use crate::cell::Cell;
use crate::column_map::{ColumnMap, Search, find_column};
use crate::columns::Columns;
use crate::error::Error;
use crate::field::{Field, normalised};
use crate::record::{Found, Records};
use crate::reject::{RejectReason, shortened, shortened_bytes};

/// Which column of a wide table is what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WideTable {
    /// Column of the student id; without one, students are numbered from 1.
    student: Option<usize>,
    /// Column of the student's group, where one was named.
    group: Option<usize>,
    items: Vec<(usize, String)>,
}

/// What a table turned out to be.
pub(crate) enum Recognition {
    Wide(WideTable),
    No {
        /// The first cell that is no outcome, where the table would be wide without it.
        obstacle: Option<CellAt>,
    },
}

/// A cell that is neither right, wrong nor empty.
pub(crate) struct CellAt {
    pub(crate) line: u64,
    pub(crate) column: String,
    pub(crate) value: String,
}

/// Whether the cells of a table are outcomes, with the first that is not.
enum Fit {
    Yes,
    No(Option<CellAt>),
}

impl WideTable {
    /// Sees whether a table is wide: its header names neither an item nor a correctness column, and
    /// in its first rows every column but the student's holds only right, wrong or nothing.
    pub(crate) fn recognise(
        headers: &[String],
        sample: &[u8],
        delimiter: u8,
        map: &ColumnMap,
    ) -> Recognition {
        let Some(table) = Self::by_header(headers, map) else {
            return Recognition::No { obstacle: None };
        };
        match table.fits(sample, delimiter) {
            Fit::Yes => Recognition::Wide(table),
            // Without a student or with one item, nothing speaks for a wide table but its cells.
            Fit::No(cell) if table.student.is_some() && table.items.len() > 1 => {
                Recognition::No { obstacle: cell }
            }
            Fit::No(_) => Recognition::No { obstacle: None },
        }
    }

    fn by_header(headers: &[String], map: &ColumnMap) -> Option<Self> {
        let of_student = |field| matches!(field, Field::Student | Field::Group);
        let mapped_as_long = map.entries().any(|(field, _)| !of_student(field));
        if mapped_as_long || headers.iter().any(|name| names_an_answer(name)) {
            return None;
        }
        let named = |field| match map.column(field).map(|wanted| find_column(headers, wanted)) {
            None => Some(None),
            Some(Search::Found(index)) => Some(Some(index)),
            Some(Search::Ambiguous(..) | Search::Missing) => None,
        };
        let student = named(Field::Student)?.or_else(|| student_column(headers));
        let group = named(Field::Group)?;
        let items: Vec<(usize, String)> = headers
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != student && Some(*index) != group)
            .map(|(index, name)| (index, name.clone()))
            .collect();
        Some(Self { student, group, items })
    }

    /// Whether the complete records of `sample` hold only outcomes where items are expected.
    fn fits(&self, sample: &[u8], delimiter: u8) -> Fit {
        const ROWS: usize = 50;
        if self.items.is_empty() {
            return Fit::No(None);
        }
        let mut records = Records::new(sample, delimiter, sample.len());
        let mut outcomes = 0;
        for row in 0..=ROWS {
            let Ok(Found::Record) = records.advance() else { break };
            let is_header = row == 0;
            let may_be_cut_off = records.at_end();
            if is_header || (may_be_cut_off && outcomes > 0) {
                continue;
            }
            for (index, name) in &self.items {
                match outcome(records.field(*index)) {
                    Ok(Some(_)) => outcomes += 1,
                    Ok(None) => {}
                    Err(_) => {
                        return Fit::No(Some(CellAt {
                            line: records.line(),
                            column: name.clone(),
                            value: shortened_bytes(records.field(*index)),
                        }));
                    }
                }
            }
        }
        if outcomes > 0 { Fit::Yes } else { Fit::No(None) }
    }

    /// Fails where two columns have the same name: their answers could not be told apart.
    pub(crate) fn require_distinct_items(&self, path: &Path) -> Result<(), Error> {
        let mut sorted: Vec<_> = self.items.iter().map(|(index, name)| (name, index)).collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            None => Ok(()),
            Some(pair) => Err(Error::DuplicateItem {
                path: path.to_owned(),
                item: pair[0].0.clone(),
                first: pair[0].1 + 1,
                second: pair[1].1 + 1,
            }),
        }
    }

    pub(crate) fn columns(
        &self,
        headers: Vec<String>,
        require_time: bool,
        path: &Path,
    ) -> Result<Columns, Error> {
        let columns = Columns::of_wide_table(headers, self.student, self.group);
        let required: &[Field] = if require_time { &[Field::CompletedAt] } else { &[] };
        columns.require(required, path)?;
        Ok(columns)
    }

    /// Adds one answer for every cell of the record that is not empty.
    pub(crate) fn push_record(&self, records: &Records, number: u64, batch: &mut Batch) {
        let line = records.line();
        let student = match self.student.map(|index| std::str::from_utf8(records.field(index))) {
            None => Cell::Integer(number as i64),
            Some(Ok(id)) => Cell::Text(id),
            Some(Err(_)) => {
                let value = shortened_bytes(records.raw());
                return batch.reject(line, RejectReason::BadEncoding, value);
            }
        };
        let group = self.group.map(|index| std::str::from_utf8(records.field(index)));
        let Ok(group) = group.transpose() else {
            let value = shortened_bytes(records.raw());
            return batch.reject(line, RejectReason::BadEncoding, value);
        };
        for (index, item) in &self.items {
            let bytes = records.field(*index);
            match outcome(bytes) {
                Ok(None) => {}
                Ok(Some(correct)) => {
                    let mut cells = Cells::default();
                    cells.set(Field::Student, student);
                    if let Some(group) = group {
                        cells.set(Field::Group, Cell::Text(group));
                    }
                    cells.set(Field::Item, Cell::Text(item));
                    cells.set(Field::Correct, Cell::Bool(correct));
                    batch.push(line, &cells, false);
                }
                Err(reason) => {
                    let value = String::from_utf8_lossy(bytes);
                    batch.reject(line, reason, shortened(&format!("{item}={value}")));
                }
            }
        }
    }
}

fn outcome(bytes: &[u8]) -> Result<Option<bool>, RejectReason> {
    let text = std::str::from_utf8(bytes).map_err(|_| RejectReason::BadEncoding)?;
    Cell::Text(text).outcome()
}

/// Whether a column of this name is found only in tables with one answer a row.
fn names_an_answer(name: &str) -> bool {
    matches!(Field::from_alias(name), Some((Field::Item | Field::Correct, _)))
}

/// The first column that is named like a student id, or a first column named like a row id.
fn student_column(headers: &[String]) -> Option<usize> {
    let is_student = |name: &String| matches!(Field::from_alias(name), Some((Field::Student, _)));
    let is_row_id =
        |name: &&String| matches!(normalised(name).as_str(), "" | "id" | "row" | "rowid");
    headers.iter().position(is_student).or_else(|| headers.first().filter(is_row_id).map(|_| 0))
}
