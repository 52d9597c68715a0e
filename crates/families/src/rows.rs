//! Rows of a request as a table.

use std::sync::Arc;

use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};
use seedtest_wire::{Cells, Rows};
use serde_json::{Map, Value, json};

use crate::error::Error;

/// The rows to fit as a table; a request without the field is a mistake, one with an empty list says that there
/// is nothing.
///
/// # Errors
/// [`Error::NoRows`] without the field, and those of [`table_of`].
pub(crate) fn table_to_fit(rows: Rows) -> Result<Table, Error> {
    if rows.is_given() { table_of(rows) } else { Err(Error::NoRows) }
}

/// The rows of a request as a table, its columns by name.
pub(crate) fn table_of(rows: Rows) -> Result<Table, Error> {
    let n_rows = rows.len();
    let column = |(name, cells): (String, Cells)| {
        let column = match cells {
            Cells::Numbers(numbers) => Ok(TableColumn::Numeric(numbers)),
            Cells::Texts(texts) => Ok(TableColumn::from(texts)),
            Cells::Values(values) => TableColumn::of_values(&name, values.iter()),
        };
        Ok::<_, Error>((name, column?))
    };
    let columns = rows.into_columns().into_iter().map(column);
    let mut columns: Vec<_> = columns.collect::<Result<_, Error>>()?;
    columns.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Table { columns, n_rows })
}

/// The levels of a column of texts as formulas have them.
pub(crate) fn strings(levels: &[Arc<str>]) -> Vec<String> {
    levels.iter().map(ToString::to_string).collect()
}

/// The rows of a table as JSON objects.
pub fn objects(table: &Table) -> Rows {
    let value = |column: &TableColumn, row: usize| match column {
        TableColumn::Numeric(values) => json!(values[row]),
        TableColumn::Text { codes, .. } if codes[row] == MISSING_TEXT => Value::Null,
        TableColumn::Text { levels, codes } => json!(&*levels[codes[row] as usize]),
    };
    let object = |row: usize| {
        let cells = table.columns.iter().map(|(name, column)| (name.clone(), value(column, row)));
        cells.collect::<Map<String, Value>>()
    };
    (0..table.n_rows).map(object).collect()
}

/// Whether a cell is empty.
pub(crate) fn is_missing(column: &TableColumn, row: usize) -> bool {
    match column {
        TableColumn::Numeric(values) => values[row].is_nan(),
        TableColumn::Text { codes, .. } => codes[row] == MISSING_TEXT,
    }
}

/// These rows of a table.
pub(crate) fn chosen_rows(table: &Table, rows: &[usize]) -> Table {
    let chosen = |column: &TableColumn| match column {
        TableColumn::Numeric(values) => {
            TableColumn::Numeric(rows.iter().map(|&row| values[row]).collect())
        }
        TableColumn::Text { levels, codes } => TableColumn::Text {
            levels: levels.clone(),
            codes: rows.iter().map(|&row| codes[row]).collect(),
        },
    };
    let columns = table.columns.iter().map(|(name, column)| (name.clone(), chosen(column)));
    Table { columns: columns.collect(), n_rows: rows.len() }
}
