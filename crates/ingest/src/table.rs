//! Files of any columns, for models that are told by name which of them to use.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use seedtest_responses::{Texts, logical};
use serde_json::{Map, Value};

use crate::delimited::read_header;
use crate::error::{BadValue, Error, RowFault};
use crate::format::{Format, Opened};
use crate::lines::{self, Lines};
use crate::options::Options;
use crate::record::{self, Records};
use crate::source::{Again, Input, Source, stream_error};

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

/// Reads a whole CSV, TSV or JSON Lines file (plain or .gz), a pipe, or standard input (`-`).
///
/// # Errors
/// When the file cannot be read, or one of its rows does not have the shape of the others: a model
/// is not fitted to part of a file.
pub fn read_table(path: &Path) -> Result<Table, Error> {
    read_table_with_names(path, &[])
}

/// The same with columns whose cells name something, such as a student: they stay texts, so that `01` and
/// `1` are two, unless they are truth values. Names that the file does not have do not matter.
///
/// # Errors
/// Those of [`read_table`].
pub fn read_table_with_names(path: &Path, naming: &[&str]) -> Result<Table, Error> {
    let file = Opened::open(path)?;
    let (format, source) = (file.format(), file.source);
    match format {
        Format::Delimited { delimiter } => {
            read_delimited(path, &source.again()?, delimiter, naming)
        }
        Format::JsonLines => read_json_lines(source),
        Format::ExamResults => unsupported(path, "exam documents"),
        Format::Parquet => unsupported(path, "Parquet"),
    }
}

fn unsupported(path: &Path, what: &'static str) -> Result<Table, Error> {
    Err(Error::NotATable { path: path.to_owned(), found: what })
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, column)| column)
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

/// Reads the file twice: first what the columns are, then their values.
fn read_delimited(
    path: &Path,
    file: &Again,
    delimiter: u8,
    naming: &[&str],
) -> Result<Table, Error> {
    let decimal = decimal_of(delimiter);
    let mut kinds: Vec<Kinds> = Vec::new();
    let headers = each_record(path, file.pass()?, delimiter, |cells| {
        kinds.resize(cells.len(), Kinds::default());
        for (kinds, cell) in kinds.iter_mut().zip(cells) {
            kinds.see(cell, decimal);
        }
    })?;
    let mut seen = BTreeSet::new();
    // Columns without a name, as a spreadsheet leaves them at the end, cannot be meant by one.
    let mut named = headers.iter().filter(|name| !name.is_empty());
    if let Some(name) = named.find(|name| !seen.insert(name.as_str())) {
        return Err(Error::DuplicateColumn { path: path.to_owned(), name: name.clone() });
    }
    let kind = |(name, kinds): (&String, &Kinds)| match kinds {
        Kinds { text: true, .. } => Values::Texts(Texts::default()),
        Kinds { number: true, .. } if naming.contains(&name.as_str()) => {
            Values::Names(Texts::default())
        }
        _ => Values::Numbers(Vec::new()),
    };
    let mut columns: Vec<Values> = headers.iter().zip(&kinds).map(kind).collect();
    let mut n_rows = 0;
    each_record(path, file.pass()?, delimiter, |cells| {
        n_rows += 1;
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell, decimal));
    })?;
    if n_rows == 0 {
        return Err(Error::NoRows { path: path.to_owned() });
    }
    let columns = headers.into_iter().zip(columns.into_iter().map(Values::finish)).collect();
    Ok(Table { columns, n_rows })
}

fn each_record(
    path: &Path,
    input: Input,
    delimiter: u8,
    mut take: impl FnMut(&[&str]),
) -> Result<Vec<String>, Error> {
    let limit = Options::default().max_row_bytes;
    let mut records = Records::new(input, delimiter, limit);
    let headers = read_header(&mut records, path, limit)?;
    let mut rows = 0;
    loop {
        let found = records.advance().map_err(|error| stream_error(path, rows, error))?;
        let line = records.line();
        let fail = |fault| Err(Error::BadRow { path: path.to_owned(), line, fault });
        match found {
            record::Found::End => return Ok(headers),
            record::Found::TooLong => return fail(RowFault::TooLong { limit }),
            record::Found::Record => {}
        }
        if records.n_fields() != headers.len() {
            let (found, expected) = (records.n_fields(), headers.len());
            return fail(RowFault::Cells { found, expected });
        }
        let cells: Result<Vec<&str>, _> =
            (0..headers.len()).map(|i| std::str::from_utf8(records.field(i))).collect();
        let Ok(cells) = cells else { return fail(RowFault::Encoding) };
        take(&cells);
        rows += 1;
    }
}

/// The decimal mark of a table: where semicolons part the cells, a comma may be one.
fn decimal_of(delimiter: u8) -> char {
    if delimiter == b';' { ',' } else { '.' }
}

/// The number in a cell, NaN for none; `None` when the cell holds something else.
fn parsed(cell: &str, decimal: char) -> Option<f64> {
    let cell = cell.trim();
    if ["", "null", "na", "n/a", "nan", "none"].iter().any(|word| cell.eq_ignore_ascii_case(word)) {
        return Some(f64::NAN);
    }
    if let Some(says) = logical(cell) {
        return Some(f64::from(says));
    }
    match decimal {
        '.' => cell.parse().ok(),
        mark => cell.replacen(mark, ".", 1).parse().ok(),
    }
}

fn read_json_lines(source: Source) -> Result<Table, Error> {
    let path = source.path().to_owned();
    let limit = Options::default().max_row_bytes;
    let mut lines = Lines::new(source.into_input(), limit);
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    loop {
        let found = lines.advance().map_err(|e| stream_error(&path, rows.len() as u64, e))?;
        let line = rows.len() as u64 + 1;
        let fail = |fault| Error::BadRow { path: path.clone(), line, fault };
        match found {
            lines::Found::End => break,
            lines::Found::TooLong => return Err(fail(RowFault::TooLong { limit })),
            lines::Found::Line => {}
        }
        let row = serde_json::from_slice(lines.text());
        let not_an_object =
            |error: serde_json::Error| fail(RowFault::NotAnObject { message: error.to_string() });
        rows.push(row.map_err(not_an_object)?);
    }
    Table::from_objects(&rows).map_err(|error| Error::BadRow {
        path,
        line: error.row as u64 + 1,
        fault: RowFault::Nested(error),
    })
}

/// What the cells of a column are, missing ones apart.
#[derive(Debug, Clone, Copy, Default)]
struct Kinds {
    /// Some are neither numbers nor truth values.
    text: bool,
    /// Some are numbers.
    number: bool,
}

impl Kinds {
    fn see(&mut self, cell: &str, decimal: char) {
        match parsed(cell, decimal) {
            None => self.text = true,
            Some(value) => self.number |= !value.is_nan() && logical(cell).is_none(),
        }
    }
}

enum Values {
    Numbers(Vec<f64>),
    Texts(Texts),
    /// Texts that read as numbers.
    Names(Texts),
}

impl Values {
    fn push(&mut self, cell: &str, decimal: char) {
        let is_missing = || parsed(cell, decimal).is_some_and(f64::is_nan);
        match self {
            Self::Numbers(numbers) => numbers.push(parsed(cell, decimal).unwrap_or(f64::NAN)),
            Self::Texts(texts) => texts.push(Some(cell).filter(|_| !is_missing())),
            Self::Names(texts) => texts.push(Some(cell.trim()).filter(|_| !is_missing())),
        }
    }

    fn finish(self) -> TableColumn {
        match self {
            Self::Numbers(numbers) => TableColumn::Numeric(numbers),
            Self::Texts(texts) | Self::Names(texts) => texts.into(),
        }
    }
}
