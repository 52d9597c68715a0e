//! Rows of CSV and TSV files.

use std::path::{Path, PathBuf};

use crate::batch::{Batch, Cells};
use crate::cell::Cell;
use crate::columns::Columns;
use crate::error::Error;
use crate::field::Field;
use crate::options::Options;
use crate::record::{Found, Records};
use crate::reject::{RejectReason, shortened_bytes};
use crate::source::{Source, stream_error};
use crate::wide::{CellAt, Recognition, WideTable};

/// Reads the rows behind the header.
pub(crate) struct DelimitedRows {
    path: PathBuf,
    records: Records,
    layout: Layout,
    width: usize,
    rows: u64,
}

enum Layout {
    /// One answer a row.
    Long { cells: Vec<(Field, usize)>, require_time: bool },
    /// One student a row, one item a column.
    Wide(WideTable),
}

impl DelimitedRows {
    pub(crate) fn open(
        source: Source,
        delimiter: u8,
        options: &Options,
    ) -> Result<(Self, Columns), Error> {
        let path = source.path().to_owned();
        let sample = source.head().to_vec();
        let mut records = Records::new(source.into_input(), delimiter, options.max_row_bytes);
        let headers = read_header(&mut records, &path, options.max_row_bytes)?;
        let width = headers.len();
        let wide = WideTable::recognise(&headers, &sample, delimiter, &options.map);
        let (layout, columns) = match wide {
            Recognition::Wide(table) => {
                table.require_distinct_items(&path)?;
                let columns = table.columns(headers, options.require_time, &path)?;
                (Layout::Wide(table), columns)
            }
            Recognition::No { obstacle } => {
                long_layout(headers, options, &path).map_err(|error| not_wide(error, obstacle))?
            }
        };
        Ok((Self { path, records, layout, width, rows: 0 }, columns))
    }

    /// Adds rows to `batch` until it holds `rows` of them or the file ends.
    pub(crate) fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<(), Error> {
        while !batch.is_full(rows) {
            match self.records.advance().map_err(|e| stream_error(&self.path, self.rows, e))? {
                Found::End => break,
                Found::TooLong => self.reject_overlong(batch)?,
                Found::Record if self.width_fits() => self.push_record(batch),
                Found::Record => self.reject_misfit(batch)?,
            }
        }
        Ok(())
    }

    fn push_record(&mut self, batch: &mut Batch) {
        self.rows += 1;
        let line = self.records.line();
        match &self.layout {
            Layout::Wide(table) => table.push_record(&self.records, self.rows, batch),
            Layout::Long { cells: plan, require_time } => {
                let mut cells = Cells::default();
                for &(field, index) in plan {
                    let bytes = self.records.field(index);
                    let Ok(text) = std::str::from_utf8(bytes) else {
                        batch.reject(line, RejectReason::BadEncoding, shortened_bytes(bytes));
                        return;
                    };
                    cells.set(field, Cell::Text(text));
                }
                batch.push(line, &cells, *require_time);
            }
        }
    }

    /// As many cells as the header, not counting empty ones beyond it.
    fn width_fits(&self) -> bool {
        let n = self.records.n_fields();
        n >= self.width && (self.width..n).all(|i| self.records.field(i).is_empty())
    }

    fn reject_misfit(&mut self, batch: &mut Batch) -> Result<(), Error> {
        if self.records.spans_lines() {
            return self.reject_first_line(batch, RejectReason::UnclosedQuote);
        }
        let reason = if self.records.n_fields() < self.width {
            RejectReason::TooFewFields
        } else {
            RejectReason::TooManyFields
        };
        batch.reject(self.records.line(), reason, shortened_bytes(self.records.raw()));
        Ok(())
    }

    fn reject_overlong(&mut self, batch: &mut Batch) -> Result<(), Error> {
        let reason = if self.records.spans_lines() {
            RejectReason::UnclosedQuote
        } else {
            RejectReason::LineTooLong
        };
        self.reject_first_line(batch, reason)
    }

    fn reject_first_line(&mut self, batch: &mut Batch, reason: RejectReason) -> Result<(), Error> {
        let raw = self.records.raw();
        let first_line = raw.split(|&b| b == b'\n').next().unwrap_or_default();
        batch.reject(self.records.line(), reason, shortened_bytes(first_line));
        self.records.skip_first_line().map_err(|e| stream_error(&self.path, self.rows, e))
    }
}

/// Why a table without a column of items is not one item a column either.
fn not_wide(error: Error, obstacle: Option<CellAt>) -> Error {
    match (error, obstacle) {
        (Error::MissingColumn { path, field: Field::Item, headers }, Some(cell)) => {
            let CellAt { line, column, value } = cell;
            Error::NotWide { path, headers, line, column, value }
        }
        (error, _) => error,
    }
}

pub(crate) fn read_header(
    records: &mut Records,
    path: &Path,
    limit: usize,
) -> Result<Vec<String>, Error> {
    match records.advance().map_err(|e| stream_error(path, 0, e))? {
        Found::Record => {}
        Found::TooLong => return Err(Error::HeaderTooLong { path: path.to_owned(), limit }),
        Found::End => return Err(Error::Empty { path: path.to_owned() }),
    }
    let mut headers = Vec::with_capacity(records.n_fields());
    for index in 0..records.n_fields() {
        let Ok(name) = std::str::from_utf8(records.field(index)) else {
            let header = String::from_utf8_lossy(records.raw()).into_owned();
            return Err(Error::HeaderEncoding { path: path.to_owned(), header });
        };
        headers.push(name.trim().to_owned());
    }
    Ok(headers)
}

fn long_layout(
    headers: Vec<String>,
    options: &Options,
    path: &Path,
) -> Result<(Layout, Columns), Error> {
    let columns = Columns::find(headers, &options.map, path)?;
    columns.require(options.required_fields(), path)?;
    let cells = columns.positions().collect();
    Ok((Layout::Long { cells, require_time: options.require_time }, columns))
}
