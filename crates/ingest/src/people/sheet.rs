//! A small table of texts.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::error::PeopleError;

/// A table with its column names in lower case and without separators, so that `studentId`,
/// `student_id` and `Student ID` are one name.
pub(super) struct Sheet {
    /// What messages call it.
    pub(super) name: String,
    headers: Vec<String>,
    places: HashMap<String, usize>,
    rows: Vec<(u64, Vec<String>)>,
}

/// A row, with its line.
#[derive(Clone, Copy)]
pub(super) struct SheetRow<'s> {
    sheet: &'s Sheet,
    pub(super) line: u64,
    cells: &'s [String],
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Sheet {
    pub(super) fn read(path: &Path) -> Result<Self, PeopleError> {
        let bytes =
            fs::read(path).map_err(|source| PeopleError::Io { path: path.to_owned(), source })?;
        Self::parse(path.display().to_string(), &bytes)
    }

    /// Reads CSV, TSV or semicolon-separated text; the delimiter is the one that the header has most of.
    pub(super) fn parse(name: String, bytes: &[u8]) -> Result<Self, PeopleError> {
        let fail = |message: String| PeopleError::Table { table: name.clone(), message };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].split(|b| *b == b'\n').count();
            fail(format!("line {line} is not UTF-8 text"))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = text.lines().next().unwrap_or_default();
        let delimiter = [b',', b'\t', b';']
            .into_iter()
            .max_by_key(|mark| first.bytes().filter(|byte| byte == mark).count())
            .unwrap_or(b',');
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let headers: Vec<String> = reader
            .headers()
            .map_err(|error| fail(error.to_string()))?
            .iter()
            .map(|cell| cell.trim().to_owned())
            .collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| fail(error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record.iter().map(|cell| cell.trim().to_owned()).collect()));
        }
        if rows.is_empty() {
            return Err(PeopleError::Empty { table: name });
        }
        let mut places = HashMap::new();
        for (place, header) in headers.iter().enumerate() {
            places.entry(plain(header)).or_insert(place);
        }
        Ok(Self { name, headers, places, rows })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = SheetRow<'_>> {
        self.rows.iter().map(|(line, cells)| SheetRow { sheet: self, line: *line, cells })
    }

    /// The first of these columns that is there.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.places.get(&plain(name)).copied())
    }

    /// The same, where one has to be there.
    pub(super) fn needed(&self, names: &[&str]) -> Result<usize, PeopleError> {
        self.column(names).ok_or_else(|| PeopleError::NoColumn {
            table: self.name.clone(),
            wanted: names.join(" or "),
            found: self.headers.clone(),
        })
    }
}

impl<'s> SheetRow<'s> {
    /// The text of a cell; `None` where it is empty or there is no such column.
    pub(super) fn text(self, column: Option<usize>) -> Option<&'s str> {
        let cell = self.cells.get(column?)?.as_str();
        (!cell.is_empty()).then_some(cell)
    }

    /// The text of a cell that has to be there.
    pub(super) fn needed(self, column: usize) -> Result<&'s str, PeopleError> {
        self.text(Some(column)).ok_or_else(|| PeopleError::NoValue {
            table: self.sheet.name.clone(),
            row: self.line,
            column: self.sheet.headers[column].clone(),
        })
    }

    pub(super) fn bad(self, column: usize, expected: &'static str) -> PeopleError {
        PeopleError::BadValue {
            table: self.sheet.name.clone(),
            row: self.line,
            column: self.sheet.headers[column].clone(),
            value: self.cells[column].clone(),
            expected,
        }
    }

    pub(super) fn contradicts(
        self,
        column: usize,
        id: &str,
        value: &str,
        before: &str,
    ) -> PeopleError {
        PeopleError::Contradiction {
            table: self.sheet.name.as_str().into(),
            row: self.line,
            column: self.sheet.headers[column].as_str().into(),
            id: id.into(),
            value: value.into(),
            before: before.into(),
        }
    }

    pub(super) fn unknown(
        self,
        column: usize,
        id: &str,
        missing_from: &'static str,
    ) -> PeopleError {
        PeopleError::Unknown {
            table: self.sheet.name.clone(),
            row: self.line,
            column: self.sheet.headers[column].clone(),
            id: id.to_owned(),
            missing_from,
        }
    }
}
