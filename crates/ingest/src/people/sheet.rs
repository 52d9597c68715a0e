//! A small table of texts.

use std::collections::HashMap;
use std::path::Path;

use super::error::PeopleError;
use crate::cell::Cell;
use crate::error::Error;
use crate::format::Opened;
use crate::grid::{Advance, Grid, Sample};
use crate::missing::Missing;
use crate::options::Options;
use crate::reject::RejectReason;
use crate::student_key::columns_to_fill;

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

/// A cell as an id, or as text.
fn cell_text(grid: &Grid, index: usize) -> Result<String, RejectReason> {
    let mut text = String::new();
    match grid.cell(index)? {
        Cell::Text(cell) => text.push_str(cell.trim()),
        cell => cell.append_id(&mut text)?,
    }
    Ok(text)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Sheet {
    /// Reads a table of any format, as answers are read: CSV in any encoding, a workbook, JSON, Parquet.
    pub(super) fn read(path: &Path) -> Result<Self, PeopleError> {
        Self::of(path.display().to_string(), Opened::open(path, &Options::default()))
    }

    /// The same of a text in memory.
    pub(super) fn parse(name: String, bytes: &[u8]) -> Result<Self, PeopleError> {
        if bytes.trim_ascii().is_empty() {
            return Err(PeopleError::Empty { table: name });
        }
        let opened = Opened::in_memory(Path::new(&name), bytes.to_vec(), &Options::default());
        Self::of(name, opened)
    }

    fn of(name: String, opened: Result<Opened, Error>) -> Result<Self, PeopleError> {
        let file = |error| match error {
            Error::Empty { .. } => PeopleError::Empty { table: name.clone() },
            error => PeopleError::File { source: Box::new(error) },
        };
        let (mut grid, headers) =
            opened.and_then(|opened| opened.table(&Options::default())).map_err(file)?;
        let mut rows = Vec::new();
        loop {
            match grid.advance().map_err(file)? {
                Advance::End => break,
                Advance::Rejected(found) => {
                    let (line, reason) = (found.line, found.reason);
                    let message = format!("line: {line}: {reason} ({})", reason.hint());
                    return Err(PeopleError::Table { table: name, message });
                }
                Advance::Row if grid.is_blank() => continue,
                Advance::Row => {}
            }
            let cells = (0..headers.len()).map(|index| cell_text(&grid, index));
            let cells = cells.collect::<Result<Vec<String>, RejectReason>>().map_err(|reason| {
                let message = format!("line: {}: {reason} ({})", grid.line(), reason.hint());
                PeopleError::Table { table: name.clone(), message }
            })?;
            rows.push((grid.line(), cells));
        }
        if rows.is_empty() {
            return Err(PeopleError::Empty { table: name });
        }
        Ok(Self::of_rows(name, headers, rows))
    }

    /// A table of rows with their lines; of two columns with one name the first counts.
    pub(super) fn of_rows(
        name: String,
        headers: Vec<String>,
        rows: Vec<(u64, Vec<String>)>,
    ) -> Self {
        let mut places = HashMap::new();
        for (place, header) in headers.iter().enumerate() {
            places.entry(plain(header)).or_insert(place);
        }
        Self { name, headers, places, rows }
    }

    /// The same with every class on each of its rows, where it stands on the first alone.
    pub(super) fn with_classes(mut self) -> Self {
        let mut sample = Sample::new(self.headers.len());
        for (line, cells) in &self.rows {
            sample.start_row(*line);
            for (index, cell) in cells.iter().enumerate() {
                sample.column_mut(index).push(cell);
            }
        }
        let to_fill = columns_to_fill(&self.headers, &sample, &Missing::default());
        let filled = sample.filled_down(&to_fill, str::is_empty);
        for (row, (_, cells)) in self.rows.iter_mut().enumerate() {
            for &index in &to_fill {
                filled.column(index).cell(row).clone_into(&mut cells[index]);
            }
        }
        self
    }

    /// The columns whose names are of a kind.
    pub(super) fn columns(&self, is_of: fn(&str) -> bool) -> Vec<usize> {
        (0..self.headers.len()).filter(|at| is_of(&self.headers[*at])).collect()
    }

    /// The name of a column.
    pub(super) fn header(&self, column: usize) -> &str {
        &self.headers[column]
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

    /// The column's texts, for what is found out from all of them.
    pub(super) fn texts(&self, column: usize) -> impl Iterator<Item = &str> {
        let texts = self.rows.iter().map(move |(_, cells)| cells[column].as_str());
        texts.filter(|text| !text.is_empty())
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
