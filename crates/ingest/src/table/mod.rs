//! Files of any columns, for models that are told by name which of them to use.

mod builder;
mod decimal;
mod grid;
mod text;
mod unit;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seedtest_fault::json_fault;
use seedtest_responses::Texts;
use serde_json::{Map, Value};

use crate::encoding;
use crate::error::{BadValue, Error, RowFault};
use crate::field::Field;
use crate::format::{Format, OpenTable, Opened};
use crate::grid::MemoryTable;
use crate::json_texts::{JsonShape, JsonTexts};
use crate::lines::Found;
use crate::missing::Missing;
use crate::options::Options;
use crate::source::{Source, stream_error};

/// Code of a missing value of a [`TableColumn::Text`].
pub const MISSING_TEXT: u32 = Texts::MISSING;

/// Named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Names and values, in the order of the file (of the names, for JSON).
    pub columns: Vec<(String, TableColumn)>,
    /// Number of rows.
    pub n_rows: usize,
}

/// The values of one column. A column is numeric when every value that is there is a number or a
/// truth value.
#[derive(Debug, Clone, PartialEq)]
pub enum TableColumn {
    /// Numbers; NaN = missing, true = 1.
    Numeric(Vec<f64>),
    /// Texts: distinct values in byte order, and one code a row.
    Text {
        /// The distinct values.
        levels: Vec<Arc<str>>,
        /// Position in `levels`, or [`MISSING_TEXT`].
        codes: Vec<u32>,
    },
}

/// How a table is read. What is not given is found out from the file.
#[derive(Debug, Clone, Default)]
pub struct TableOptions {
    /// Columns whose cells name something, such as a student: they stay texts, so that `01` and `1` are two,
    /// unless they are truth values. Names that the file does not have do not matter.
    pub naming: Vec<String>,
    /// Whether columns with a usual name of students (`user_id`, 학번) name something, too.
    pub students_are_named: bool,
    /// The same of columns with a usual name of items (`item_id`, 문항).
    pub items_are_named: bool,
    /// What counts as missing.
    pub missing: Missing,
    /// The encoding of a text, as `cp949`.
    pub encoding: Option<String>,
    /// The sheet of a workbook: its name, or its number from 1.
    pub sheet: Option<String>,
    /// The row of the header, from 1.
    pub header_row: Option<u64>,
}

impl TableOptions {
    /// Whether the cells of this column name something.
    fn is_naming(&self, column: &str) -> bool {
        let is_meant = || match Field::from_alias(column) {
            Some((Field::Student, _)) => self.students_are_named,
            Some((Field::Item, _)) => self.items_are_named,
            _ => false,
        };
        self.naming.iter().any(|name| name == column) || is_meant()
    }
}

/// A cell among numbers that is none, and makes a column of numbers one of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddCell {
    /// Line of the file, the first being 1; the row of a sheet.
    pub line: u64,
    /// Its column.
    pub column: String,
    /// Its text.
    pub value: String,
    /// Cells of the column that are no numbers.
    pub odd: u64,
    /// Cells of the column that are.
    pub numbers: u64,
}

/// A table with what was found out about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableFile {
    /// The columns.
    pub table: Table,
    /// What was found out and should be said.
    pub notes: Vec<String>,
    /// Columns of numbers with a few texts among them, by the first of those.
    pub odd: Vec<OddCell>,
    /// The file; of a table in memory what messages call it.
    pub path: PathBuf,
    /// The lines of the first rows, the first of the file being 1, as far as they are known.
    pub lines: Vec<u64>,
}

/// Reads a whole table: CSV, TSV or JSON (plain or .gz), Parquet, .xlsx or .ods, a pipe, or standard input
/// (`-`). Everything is gone over once.
///
/// # Errors
/// When the file cannot be read, or one of its rows does not have the shape of the others: a model
/// is not fitted to part of a file.
pub fn read_table_file(path: &Path, options: &TableOptions) -> Result<TableFile, Error> {
    let own = Options {
        missing: options.missing.clone(),
        encoding: options.encoding.clone(),
        sheet: options.sheet.clone(),
        header_row: options.header_row,
        ..Options::default()
    };
    let file = Opened::open(path, &own)?;
    let encoding = file.source.encoding();
    let mut found = match file.format() {
        Format::Delimited { delimiter } => text::read(file.source, delimiter, options)?,
        Format::Json(shape) => {
            TableFile { table: read_json(file.source, shape)?, ..TableFile::default() }
        }
        Format::Parquet | Format::Workbook(_) => grid::read(path, file, &own, options)?,
        other => return Err(Error::NotATable { path: path.to_owned(), found: other.name() }),
    };
    if encoding != encoding_rs::UTF_8 {
        found
            .notes
            .push(format!("text in {} (--encoding says otherwise)", encoding::shown(encoding)));
    }
    path.clone_into(&mut found.path);
    Ok(found)
}

/// The columns of a table in memory, which messages call `name`; one that holds no single values is left out, which
/// the notes say.
///
/// # Errors
/// When two columns have one name, and when there is no row.
pub fn table_in_memory(
    name: &Path,
    table: Arc<dyn MemoryTable>,
    options: &TableOptions,
) -> Result<TableFile, Error> {
    let unreadable: Vec<Option<String>> =
        (0..table.names().len()).map(|index| table.unreadable(index)).collect();
    let open = OpenTable::in_memory(table);
    let mut file = grid::filled(name, open, &Options::default(), options)?;
    let mut columns = Vec::with_capacity(file.table.columns.len());
    for (column, found) in file.table.columns.into_iter().zip(unreadable) {
        match found {
            None => columns.push(column),
            Some(found) => file.notes.push(format!("{}: holds {found} and is left out", column.0)),
        }
    }
    file.table.columns = columns;
    name.clone_into(&mut file.path);
    Ok(file)
}

/// The columns of a table, everything found out from the file.
///
/// # Errors
/// Those of [`read_table_file`].
pub fn read_table(path: &Path) -> Result<Table, Error> {
    read_table_with_names(path, &[])
}

/// The same with columns whose cells name something, such as a student.
///
/// # Errors
/// Those of [`read_table_file`].
pub fn read_table_with_names(path: &Path, naming: &[&str]) -> Result<Table, Error> {
    let naming = naming.iter().map(|name| (*name).to_owned()).collect();
    let options = TableOptions { naming, ..TableOptions::default() };
    read_table_file(path, &options).map(|file| file.table)
}

/// Fails where two columns have one name. Columns without a name, as a spreadsheet leaves them at the end,
/// cannot be meant by one.
fn require_distinct(path: &Path, headers: &[String]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    let mut named = headers.iter().filter(|name| !name.is_empty());
    match named.find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::DuplicateColumn { path: path.to_owned(), name: name.clone() }),
        None => Ok(()),
    }
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, column)| column)
    }

    /// Calls the column `name` `wanted`; another column of that name goes, since it would be taken for the one
    /// that is meant. Whether there is a column `name`.
    pub fn rename(&mut self, name: &str, wanted: &str) -> bool {
        if self.column(name).is_none() {
            return false;
        }
        self.columns.retain(|(known, _)| known == name || known != wanted);
        for (known, _) in self.columns.iter_mut().filter(|(known, _)| known == name) {
            wanted.clone_into(known);
        }
        true
    }

    /// The columns of a list of JSON objects; a key that an object lacks is missing there.
    ///
    /// # Errors
    /// For a value that is an array or an object.
    pub fn from_objects(rows: &[Map<String, Value>]) -> Result<Self, BadValue> {
        let names: BTreeSet<&str> = rows.iter().flat_map(Map::keys).map(String::as_str).collect();
        let column = |name: &str| {
            let values = rows.iter().map(|row| row.get(name).unwrap_or(&Value::Null));
            Ok((name.to_owned(), TableColumn::of_values(name, values)?))
        };
        let columns = names.into_iter().map(column).collect::<Result<_, _>>()?;
        Ok(Self { columns, n_rows: rows.len() })
    }
}

impl TableColumn {
    /// A column of JSON values; null is missing.
    ///
    /// # Errors
    /// For a value that is an array or an object; `name` is that of the column.
    pub fn of_values<'a>(
        name: &str,
        values: impl Iterator<Item = &'a Value> + Clone,
    ) -> Result<Self, BadValue> {
        let mut numeric = true;
        for (row, value) in values.clone().enumerate() {
            let bad = |found| BadValue { row, column: name.to_owned(), found };
            match value {
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
                Value::String(_) => numeric = false,
                Value::Array(_) => return Err(bad("an array")),
                Value::Object(_) => return Err(bad("an object")),
            }
        }
        if numeric {
            return Ok(Self::Numeric(values.map(number_of).collect()));
        }
        let mut texts = Texts::default();
        values.for_each(|value| texts.push(text_of(value).as_deref()));
        Ok(texts.into())
    }
}

impl From<Texts> for TableColumn {
    fn from(texts: Texts) -> Self {
        let (levels, codes) = texts.sorted();
        Self::Text { levels, codes }
    }
}

fn number_of(value: &Value) -> f64 {
    match value {
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        other => other.as_f64().unwrap_or(f64::NAN),
    }
}

fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.into()),
        other => Some(other.to_string().into()),
    }
}

fn read_json(source: Source, shape: JsonShape) -> Result<Table, Error> {
    let path = source.path().to_owned();
    let limit = Options::default().max_row_bytes;
    let mut texts = JsonTexts::new(source.into_input(), shape, limit);
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    loop {
        let found = texts.advance().map_err(|e| stream_error(&path, rows.len() as u64, e))?;
        let line = rows.len() as u64 + 1;
        let fail = |fault| Error::BadRow { path: path.clone(), line, fault };
        match found {
            Found::End => break,
            Found::TooLong => return Err(fail(RowFault::TooLong { limit })),
            Found::Line => {}
        }
        let row = serde_json::from_slice(texts.text());
        let not_an_object = |error: serde_json::Error| {
            fail(RowFault::NotAnObject { message: json_fault(&error.to_string()) })
        };
        rows.push(row.map_err(not_an_object)?);
    }
    Table::from_objects(&rows).map_err(|error| Error::BadRow {
        path,
        line: error.row as u64 + 1,
        fault: RowFault::Nested(error),
    })
}
