use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};
use uuid::Uuid;

use crate::error::{Error, beginning};
use crate::timestamp;

/// A result row of either engine, read by position through the type the caller expects.
pub(crate) struct Row<'s> {
    pub(crate) raw: RawRow,
    pub(crate) sql: &'s str,
}

pub(crate) enum RawRow {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> Result<Option<i64>, Error> {
        self.get(column)
    }

    pub(crate) fn real(&self, column: usize) -> Result<Option<f64>, Error> {
        self.get(column)
    }

    pub(crate) fn text(&self, column: usize) -> Result<Option<String>, Error> {
        self.get(column)
    }

    pub(crate) fn boolean(&self, column: usize) -> Result<Option<bool>, Error> {
        match &self.raw {
            RawRow::Sqlite(_) => Ok(self.int(column)?.map(|value| value != 0)),
            RawRow::Postgres(row) => self.checked(column, row.try_get(column)),
        }
    }

    pub(crate) fn time(&self, column: usize) -> Result<Option<DateTime<Utc>>, Error> {
        match &self.raw {
            RawRow::Sqlite(_) => self.parsed(column, timestamp::parse),
            RawRow::Postgres(row) => self.checked(column, row.try_get(column)),
        }
    }

    pub(crate) fn date(&self, column: usize) -> Result<Option<NaiveDate>, Error> {
        match &self.raw {
            RawRow::Sqlite(_) => self.parsed(column, |text| text.parse().ok()),
            RawRow::Postgres(row) => self.checked(column, row.try_get(column)),
        }
    }

    pub(crate) fn json(&self, column: usize) -> Result<Option<serde_json::Value>, Error> {
        match &self.raw {
            RawRow::Sqlite(_) => self.parsed(column, |text| serde_json::from_str(text).ok()),
            RawRow::Postgres(row) => self.checked(column, row.try_get(column)),
        }
    }

    pub(crate) fn uuid(&self, column: usize) -> Result<Option<Uuid>, Error> {
        match &self.raw {
            RawRow::Sqlite(_) => self.parsed(column, |text| text.parse().ok()),
            RawRow::Postgres(row) => self.checked(column, row.try_get(column)),
        }
    }

    /// A value the schema says is never null.
    pub(crate) fn required<T>(&self, column: usize, value: Option<T>) -> Result<T, Error> {
        value.ok_or_else(|| self.unreadable(column, "it is null".to_owned()))
    }

    fn get<'r, T>(&'r self, column: usize) -> Result<Option<T>, Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        let value = match &self.raw {
            RawRow::Sqlite(row) => row.try_get(column),
            RawRow::Postgres(row) => row.try_get(column),
        };
        self.checked(column, value)
    }

    fn parsed<T>(
        &self,
        column: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        match parse(&text) {
            Some(value) => Ok(Some(value)),
            None => {
                Err(self.unreadable(column, format!("`{}` has another form", beginning(&text))))
            }
        }
    }

    fn checked<T>(&self, column: usize, value: Result<T, sqlx::Error>) -> Result<T, Error> {
        value.map_err(|source| self.unreadable(column, source.to_string()))
    }

    fn unreadable(&self, column: usize, reason: String) -> Error {
        Error::StoredValue { statement: beginning(self.sql), column, reason }
    }
}
