//! Rows read by the names of their columns.

use std::cell::Cell;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::row::Row;
use crate::error::Error;

/// Columns to select; as text, the list between `SELECT` and `FROM`.
pub(crate) struct Selection {
    names: Vec<&'static str>,
    list: String,
}

impl Selection {
    /// The columns of these names, each with the expression that reads it.
    pub(crate) fn of(columns: impl Iterator<Item = (&'static str, String)>) -> Self {
        let (names, list): (_, Vec<String>) = columns.unzip();
        Self { names, list: list.join(", ") }
    }

    /// The same with one column more: an expression under a name.
    pub(crate) fn with(mut self, name: &'static str, expression: &str) -> Self {
        self.names.push(name);
        self.list = format!("{}, {expression} AS {name}", self.list);
        self
    }

    pub(crate) fn record<'r>(&'r self, row: &'r Row<'r>) -> Record<'r> {
        Record { row, names: &self.names, next: Cell::new(0) }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.list)
    }
}

/// A row of selected columns.
pub(crate) struct Record<'r> {
    row: &'r Row<'r>,
    names: &'r [&'static str],
    /// Where the next column probably is: most readers keep the order of the table.
    next: Cell<usize>,
}

impl Record<'_> {
    /// A value the schema says is never null.
    pub(crate) fn get<T: Stored>(&self, name: &str) -> Result<T, Error> {
        let column = self.position(name)?;
        let value = T::read(self.row, column).and_then(|value| self.row.required(column, value));
        value.map_err(|error| error.of_column(name))
    }

    /// A value that may be null.
    pub(crate) fn get_or_null<T: Stored>(&self, name: &str) -> Result<Option<T>, Error> {
        T::read(self.row, self.position(name)?).map_err(|error| error.of_column(name))
    }

    /// The error for a value that is not what its column promises.
    pub(crate) fn unreadable(&self, name: &str, reason: String) -> Error {
        self.row.unreadable(0, reason).of_column(name)
    }

    fn position(&self, name: &str) -> Result<usize, Error> {
        let (before, after) = self.names.split_at(self.next.get().min(self.names.len()));
        let found = after
            .iter()
            .position(|&other| other == name)
            .map(|ahead| before.len() + ahead)
            .or_else(|| before.iter().position(|&other| other == name));
        let Some(found) = found else {
            return Err(self.unreadable(name, "it was not selected".to_owned()));
        };
        self.next.set(found + 1);
        Ok(found)
    }
}

/// A type that a column can hold.
pub(crate) trait Stored: Sized {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error>;
}

impl Stored for String {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.owned_text(column)
    }
}

impl Stored for f64 {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.real(column)
    }
}

impl Stored for i64 {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.int(column)
    }
}

impl Stored for i32 {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        narrow(row, column)
    }
}

impl Stored for u32 {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        narrow(row, column)
    }
}

impl Stored for bool {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.boolean(column)
    }
}

impl Stored for DateTime<Utc> {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.time(column)
    }
}

impl Stored for NaiveDate {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.date(column)
    }
}

impl Stored for Json {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.json(column)
    }
}

impl Stored for Uuid {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>, Error> {
        row.uuid(column)
    }
}

fn narrow<T: TryFrom<i64>>(row: &Row<'_>, column: usize) -> Result<Option<T>, Error> {
    let Some(number) = row.int(column)? else { return Ok(None) };
    let fits = T::try_from(number).ok();
    fits.map(Some).ok_or_else(|| row.unreadable(column, format!("{number} is out of range")))
}
