//! Tables of any format, row by row.

mod dialect;
mod json;
mod json_object;
mod memory;
mod parquet;
mod parquet_column;
mod sample;
mod sheet;
mod sheets;
mod text;
mod workbook;

use std::fmt::Write as _;

use crate::cell::Cell;
use crate::error::Error;
use crate::reject::RejectReason;
use crate::source::Progress;

pub(crate) use dialect::delimiter;
pub(crate) use json::JsonGrid;
pub(crate) use memory::MemoryGrid;
pub use memory::MemoryTable;
pub(crate) use parquet::ParquetGrid;
pub(crate) use sample::{Sample, SampleColumn};
pub(crate) use sheet::SheetGrid;
pub(crate) use sheets::{
    NamedSheet, SHEET_COLUMN, SheetsGrid, alike, beyond, join_classes, names_class, names_occasion,
};
pub(crate) use text::TextGrid;
pub use workbook::WorkbookFault;
pub use workbook::WorkbookKind;
pub(crate) use workbook::{Workbook, kind_of as workbook_kind};

/// The rows of a table.
pub(crate) enum Grid {
    Text(Box<TextGrid>),
    Json(Box<JsonGrid>),
    Parquet(Box<ParquetGrid>),
    Sheet(Box<SheetsGrid>),
    Memory(MemoryGrid),
}

/// What comes next in a table.
pub(crate) enum Advance {
    Row,
    Rejected(Rejected),
    End,
}

/// A stretch of a file that is no row.
pub(crate) struct Rejected {
    pub(crate) line: u64,
    pub(crate) reason: RejectReason,
    pub(crate) value: String,
}

impl Grid {
    /// Moves to the next row.
    pub(crate) fn advance(&mut self) -> Result<Advance, Error> {
        match self {
            Self::Text(grid) => grid.advance(),
            Self::Json(grid) => grid.advance(),
            Self::Parquet(grid) => grid.advance(),
            Self::Sheet(grid) => Ok(grid.advance()),
            Self::Memory(grid) => Ok(grid.advance()),
        }
    }

    /// Line of the row at hand, the first of the file being 1; the number of the row in Parquet.
    pub(crate) fn line(&self) -> u64 {
        match self {
            Self::Text(grid) => grid.line(),
            Self::Json(grid) => grid.line(),
            Self::Parquet(grid) => grid.line(),
            Self::Sheet(grid) => grid.line(),
            Self::Memory(grid) => grid.line(),
        }
    }

    /// A cell of the row at hand; empty beyond the last column.
    pub(crate) fn cell(&self, index: usize) -> Result<Cell<'_>, RejectReason> {
        match self {
            Self::Text(grid) => grid.cell(index),
            Self::Json(grid) => grid.cell(index),
            Self::Parquet(grid) => grid.cell(index),
            Self::Sheet(grid) => grid.cell(index),
            Self::Memory(grid) => Ok(grid.cell(index)),
        }
    }

    /// A cell for a message, also where it cannot be read.
    pub(crate) fn shown(&self, index: usize) -> String {
        match (self.cell(index), self) {
            (Ok(cell), _) => cell.shown(),
            (Err(_), Self::Text(grid)) => grid.shown(index),
            (Err(_), Self::Sheet(grid)) => grid.shown(index),
            (Err(_), _) => String::new(),
        }
    }

    /// The sheet of the row at hand, where several are read together.
    pub(crate) fn sheet(&self) -> Option<&str> {
        match self {
            Self::Sheet(grid) => grid.sheet(),
            Self::Text(_) | Self::Json(_) | Self::Parquet(_) | Self::Memory(_) => None,
        }
    }

    /// Which of several sheets the row at hand is of, counted from 0.
    pub(crate) fn sheet_index(&self) -> usize {
        match self {
            Self::Sheet(grid) => grid.sheet_index(),
            Self::Text(_) | Self::Json(_) | Self::Parquet(_) | Self::Memory(_) => 0,
        }
    }

    /// Whether the sheet of the row at hand is without a column that others have.
    pub(crate) fn lacks(&self, index: usize) -> bool {
        match self {
            Self::Sheet(grid) => grid.lacks(index),
            Self::Text(_) | Self::Json(_) | Self::Parquet(_) | Self::Memory(_) => false,
        }
    }

    /// Whether the row at hand holds nothing at all, as spreadsheets leave them below a table.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Text(grid) => grid.is_blank(),
            Self::Sheet(grid) => grid.is_blank(),
            Self::Json(_) | Self::Parquet(_) | Self::Memory(_) => false,
        }
    }

    /// Says which columns are read.
    ///
    /// # Errors
    /// The number, name and type of a column that holds no single values.
    pub(crate) fn select(&mut self, wanted: &[usize]) -> Result<(), (usize, String, String)> {
        match self {
            Self::Json(grid) => grid.select(wanted),
            Self::Parquet(grid) => grid.select(wanted)?,
            Self::Memory(grid) => grid.select(wanted)?,
            Self::Text(_) | Self::Sheet(_) => {}
        }
        Ok(())
    }

    /// How much has been read, where the bytes of the file do not say.
    pub(crate) fn progress(&self) -> Option<Progress> {
        match self {
            Self::Parquet(grid) => Some(grid.progress()),
            Self::Text(_) | Self::Json(_) | Self::Sheet(_) | Self::Memory(_) => None,
        }
    }
}

/// Puts a cell into a sample, numbers and truth values as texts.
fn push_sample(sample: &mut Sample, column: usize, cell: Result<Cell<'_>, RejectReason>) {
    let place = sample.column_mut(column);
    match cell {
        Ok(Cell::Text(text)) => place.push(text),
        Ok(Cell::Time(moment)) => place.push_time(moment),
        Ok(Cell::Null) | Err(_) => place.push(""),
        Ok(cell) => {
            let mut text = String::new();
            // Writing to a String cannot fail.
            let _ = write!(text, "{}", cell.shown());
            place.push(&text);
        }
    }
}
