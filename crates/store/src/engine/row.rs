//! One result row of either engine, read by position.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::types::ValueRef;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row as _, Type};
use uuid::Uuid;

use crate::engine::timestamp;
use crate::error::{Error, beginning};

/// A result row of either engine, read by position through the type the caller expects.
pub(crate) struct Row<'r> {
    pub(crate) raw: RawRow<'r>,
    pub(crate) sql: &'r str,
}

pub(crate) enum RawRow<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

impl<'r> Row<'r> {
    pub(crate) fn int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.raw {
            RawRow::Sqlite(row) => match self.value(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(number) => Ok(Some(number)),
                other => Err(self.unexpected(column, other)),
            },
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    pub(crate) fn real(&self, column: usize) -> Result<Option<f64>, Error> {
        match self.raw {
            RawRow::Sqlite(row) => match self.value(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Real(number) => Ok(Some(number)),
                other => Err(self.unexpected(column, other)),
            },
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    pub(crate) fn text(&self, column: usize) -> Result<Option<&'r str>, Error> {
        match self.raw {
            RawRow::Sqlite(row) => match self.value(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                    .map(Some)
                    .map_err(|_| self.unreadable(column, "it is not utf-8".to_owned())),
                other => Err(self.unexpected(column, other)),
            },
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    pub(crate) fn boolean(&self, column: usize) -> Result<Option<bool>, Error> {
        match self.raw {
            RawRow::Sqlite(_) => Ok(self.int(column)?.map(|value| value != 0)),
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    pub(crate) fn time(&self, column: usize) -> Result<Option<DateTime<Utc>>, Error> {
        match self.raw {
            RawRow::Sqlite(_) => self.parsed(column, timestamp::parse),
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    pub(crate) fn date(&self, column: usize) -> Result<Option<NaiveDate>, Error> {
        match self.raw {
            RawRow::Sqlite(_) => self.parsed(column, |text| text.parse().ok()),
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    pub(crate) fn json(&self, column: usize) -> Result<Option<serde_json::Value>, Error> {
        match self.raw {
            RawRow::Sqlite(_) => self.parsed(column, |text| serde_json::from_str(text).ok()),
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    /// A document as what it was written from, which takes half as long as by way of [`serde_json::Value`]; an error of its own
    /// where it has another form.
    pub(crate) fn document<T: DeserializeOwned>(
        &self,
        column: usize,
    ) -> Result<Option<serde_json::Result<T>>, Error> {
        match self.raw {
            RawRow::Sqlite(_) => Ok(self.text(column)?.map(serde_json::from_str)),
            RawRow::Postgres(row) => {
                let found: Option<sqlx::types::Json<&RawValue>> = self.decoded(row, column)?;
                Ok(found.map(|text| serde_json::from_str(text.0.get())))
            }
        }
    }

    pub(crate) fn uuid(&self, column: usize) -> Result<Option<Uuid>, Error> {
        match self.raw {
            RawRow::Sqlite(_) => self.parsed(column, |text| text.parse().ok()),
            RawRow::Postgres(row) => self.decoded(row, column),
        }
    }

    /// A text that outlives the row.
    pub(crate) fn owned_text(&self, column: usize) -> Result<Option<String>, Error> {
        Ok(self.text(column)?.map(str::to_owned))
    }

    /// A value the schema says is never null.
    pub(crate) fn required<T>(&self, column: usize, value: Option<T>) -> Result<T, Error> {
        value.ok_or_else(|| self.unreadable(column, "it is null".to_owned()))
    }

    fn value(&self, row: &'r rusqlite::Row<'r>, column: usize) -> Result<ValueRef<'r>, Error> {
        row.get_ref(column).map_err(|source| self.unreadable(column, source.to_string()))
    }

    fn decoded<T>(&self, row: &'r PgRow, column: usize) -> Result<Option<T>, Error>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
    {
        row.try_get(column).map_err(|source| self.unreadable(column, source.to_string()))
    }

    fn parsed<T>(
        &self,
        column: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        match parse(text) {
            Some(value) => Ok(Some(value)),
            None => Err(self.unreadable(column, format!("`{}` has another form", beginning(text)))),
        }
    }

    fn unexpected(&self, column: usize, found: ValueRef<'_>) -> Error {
        self.unreadable(column, format!("it holds a value of type {}", found.data_type()))
    }

    pub(crate) fn unreadable(&self, column: usize, reason: String) -> Error {
        Error::StoredValue { statement: beginning(self.sql), column: column.to_string(), reason }
    }
}
