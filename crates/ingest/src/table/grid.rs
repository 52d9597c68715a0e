//! Tables of Parquet files and workbooks.

use std::path::Path;

use super::builder::{Builder, Expected, join, odd_cell};
use super::unit::Unit;
use super::{Table, TableColumn, TableFile, TableOptions, require_distinct};
use crate::cell::Cell;
use crate::error::{Error, RowFault};
use crate::format::{OpenTable, Opened};
use crate::grid::Advance;
use crate::options::Options;
use crate::reject::RejectReason;
use crate::scoring;
use crate::workbook_tables;

pub(super) fn read(
    path: &Path,
    file: Opened,
    own: &Options,
    options: &TableOptions,
) -> Result<TableFile, Error> {
    let mut tables = file.tables(own)?;
    let mut open = tables.remove(0);
    let left: Vec<_> = tables.iter().map(|left| (&*left.headers, &left.sheets)).collect();
    let of_sheets = workbook_tables::note(&open.sheets, &left, &open.headers);
    open.notes.splice(0..0, of_sheets);
    filled(path, open, own, options)
}

/// The columns of an open table, filled row by row.
pub(super) fn filled(
    path: &Path,
    open: OpenTable,
    own: &Options,
    options: &TableOptions,
) -> Result<TableFile, Error> {
    let OpenTable { mut grid, headers, sample, mut notes, .. } = open;
    require_distinct(path, &headers)?;
    let expected = |(index, name): (usize, &String)| {
        let cells = || sample.column(index).cells().filter(|cell| !options.missing.is_value(cell));
        let unit = Unit::of(cells());
        let is_number = |cell: &str| scoring::number(unit.digits_of(cell)).is_some();
        let is_text = sample.column(index).times() > 0 || !cells().all(is_number);
        let is_naming = options.is_naming(name);
        Expected { is_text, is_naming, turns: true, unit, ..Expected::default() }
    };
    let expected: Vec<Expected> = headers.iter().enumerate().map(expected).collect();
    let mut columns: Vec<Builder> = expected.iter().map(|of| Builder::new(*of, 0)).collect();
    let mut lines: Vec<u64> = Vec::new();
    loop {
        match grid.advance()? {
            Advance::End => break,
            Advance::Rejected(found) => {
                let limit = own.max_row_bytes;
                let fault = RowFault::TooLong { limit };
                return Err(Error::BadRow { path: path.to_owned(), line: found.line, fault });
            }
            Advance::Row if grid.is_blank() => continue,
            Advance::Row => {}
        }
        let row = lines.len();
        lines.push(grid.line());
        for (index, column) in columns.iter_mut().enumerate() {
            let bad = |_| Error::BadRow {
                path: path.to_owned(),
                line: grid.line(),
                fault: RowFault::Encoding,
            };
            let cell = match grid.cell(index) {
                // A formula that nobody computed; the notes say so.
                Err(RejectReason::NoFormulaValue) => Cell::Null,
                cell => cell.map_err(bad)?,
            };
            match cell {
                Cell::Null => column.push(row, "", &options.missing),
                Cell::Float(number) => column.push_number(row, number, &options.missing),
                Cell::Integer(number) => column.push_number(row, number as f64, &options.missing),
                Cell::Text(text) => column.push_text(row, text, &options.missing),
                cell => column.push(row, &cell.shown(), &options.missing),
            }
        }
    }
    if lines.is_empty() {
        return Err(Error::NoRows { path: path.to_owned() });
    }
    let n_rows = lines.len();
    let mut table = Table { columns: Vec::with_capacity(headers.len()), n_rows };
    let mut odd = Vec::new();
    for ((name, column), expected) in headers.into_iter().zip(columns).zip(expected) {
        let joined = join(vec![column], &[0]);
        notes.extend(joined.note(&name));
        if matches!(joined.column, TableColumn::Numeric(_)) {
            notes.extend(expected.unit.note(&name));
        }
        odd.extend(joined.odd.map(|found| odd_cell(&name, lines[found.0], found)));
        table.columns.push((name, joined.column));
    }
    Ok(TableFile { table, notes, odd, lines, ..TableFile::default() })
}
