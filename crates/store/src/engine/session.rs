//! One connection of either engine: every statement of this crate goes through it.

use futures_util::TryStreamExt;
use rusqlite::types::{ToSql, ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{Connection, Statement, params_from_iter};
use sqlx::postgres::{PgArguments, PgColumn, PgTypeInfo, PgTypeKind};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Column as _, Executor as _, PgConnection, Postgres, SqlSafeStr as _};
use sqlx::{Statement as _, TypeInfo as _};

use crate::engine::backend::Backend;
use crate::engine::driver::DriverError;
use crate::engine::record::{Record, Selection};
use crate::engine::row::{RawRow, Row};
use crate::engine::sqlite::blocking;
use crate::engine::timestamp;
use crate::engine::value::Value;
use crate::error::Error;

/// A connection of either engine, inside a transaction or not. All SQL goes through it.
///
/// Statements are built from constants of this crate and quoted identifiers only; what users send
/// is bound as a [`Value`].
pub(crate) enum Session<'c> {
    Sqlite(&'c mut Connection),
    Postgres(&'c mut PgConnection),
}

/// A column of a query: its name and, on PostgreSQL, the name of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnOf {
    pub(crate) name: String,
    pub(crate) type_name: String,
}

impl Session<'_> {
    /// The columns of a query, which is not run.
    pub(crate) async fn columns(&mut self, sql: &str) -> Result<Vec<ColumnOf>, Error> {
        match self {
            Self::Sqlite(connection) => {
                let statement =
                    connection.prepare(sql).map_err(|source| Error::statement(sql, source))?;
                let column =
                    |name: &str| ColumnOf { name: name.to_owned(), type_name: String::new() };
                Ok(statement.column_names().into_iter().map(column).collect())
            }
            Self::Postgres(connection) => {
                let sql_text = AssertSqlSafe(sql).into_sql_str();
                let prepared = (&mut **connection).prepare(sql_text).await;
                let statement = prepared.map_err(|source| Error::statement(sql, source))?;
                let column = |column: &PgColumn| ColumnOf {
                    name: column.name().to_owned(),
                    type_name: type_name(column.type_info()),
                };
                Ok(statement.columns().iter().map(column).collect())
            }
        }
    }

    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite(_) => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }

    /// Runs one statement and returns how many rows it wrote.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Error> {
        let done: Result<u64, DriverError> = match self {
            Self::Sqlite(connection) => {
                blocking(|| execute_each(connection, sql, values, values.len()))
                    .map_err(DriverError::from)
            }
            Self::Postgres(connection) => postgres_query(sql, values)
                .execute(&mut **connection)
                .await
                .map(|done| done.rows_affected())
                .map_err(DriverError::from),
        };
        done.map_err(|source| Error::statement(sql, source))
    }

    /// Runs several statements without parameters.
    pub(crate) async fn execute_script(&mut self, sql: &str) -> Result<(), Error> {
        let done: Result<(), DriverError> = match self {
            Self::Sqlite(connection) => {
                blocking(|| connection.execute_batch(sql)).map_err(DriverError::from)
            }
            Self::Postgres(connection) => sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut **connection)
                .await
                .map(|_| ())
                .map_err(DriverError::from),
        };
        done.map_err(|source| Error::statement(sql, source))
    }

    /// Runs a query and hands every row to `take`, without holding them all in memory.
    pub(crate) async fn for_each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => {
                blocking(|| for_each_sqlite(connection, sql, values, &mut take))
            }
            Self::Postgres(connection) => {
                let failed = |source: sqlx::Error| Error::statement(sql, source);
                let mut rows = postgres_query(sql, values).fetch(&mut **connection);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    take(&Row { raw: RawRow::Postgres(&row), sql })?;
                }
                Ok(())
            }
        }
    }

    /// Runs a query and maps every row.
    pub(crate) async fn fetch<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        self.for_each(sql, values, |row| {
            all.push(read(row)?);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// Runs a query whose list of columns is `selection` and maps every row by their names.
    pub(crate) async fn fetch_records<T>(
        &mut self,
        selection: &Selection,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Record<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.fetch(sql, values, |row| read(&selection.record(row))).await
    }

    /// As [`Session::fetch_records`], the first row alone, if there is one.
    pub(crate) async fn fetch_record<T>(
        &mut self,
        selection: &Selection,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Record<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.fetch_first(sql, values, |row| read(&selection.record(row))).await
    }

    /// Runs a query and maps its first row, if there is one.
    pub(crate) async fn fetch_first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.fetch(sql, values, read).await?.into_iter().next())
    }
}

/// The name of a type in capitals; of a domain that of what it is made of, `ENUM` for any enumeration.
fn type_name(of: &PgTypeInfo) -> String {
    match of.kind() {
        PgTypeKind::Enum(_) => "ENUM".to_owned(),
        PgTypeKind::Domain(inner) => type_name(inner),
        _ => of.name().to_ascii_uppercase(),
    }
}

/// Runs a statement once for every row of values, and returns how many rows it wrote.
pub(crate) fn execute_rows<'v, const N: usize>(
    connection: &Connection,
    sql: &str,
    rows: impl Iterator<Item = [Value<'v>; N]>,
) -> Result<u64, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let order = parameter_order(&statement);
    let mut written = 0;
    for row in rows {
        written += statement.execute(params_from_iter(order.iter().map(|&at| &row[at])))? as u64;
    }
    Ok(written)
}

/// Runs a statement once for every `width` values (once in all when it has none) and returns how
/// many rows it wrote.
pub(crate) fn execute_each(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    width: usize,
) -> Result<u64, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    if width == 0 {
        return Ok(statement.execute([])? as u64);
    }
    let order = parameter_order(&statement);
    let mut written = 0;
    for row in values.chunks(width) {
        written += statement.execute(params_from_iter(order.iter().map(|&at| &row[at])))? as u64;
    }
    Ok(written)
}

/// Which value each parameter of a statement takes. To SQLite `$2` is a name like any other, and
/// names are numbered as they first occur; to PostgreSQL, and to whoever writes the statement, it is
/// the second value.
fn parameter_order(statement: &Statement<'_>) -> Vec<usize> {
    (0..statement.parameter_count())
        .map(|position| {
            let name =
                statement.parameter_name(position + 1).and_then(|name| name.strip_prefix('$'));
            let number = name.and_then(|number| number.parse::<usize>().ok());
            number.and_then(|number| number.checked_sub(1)).unwrap_or(position)
        })
        .collect()
}

fn for_each_sqlite(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    take: &mut impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let failed = |source: rusqlite::Error| Error::statement(sql, source);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let order = parameter_order(&statement);
    let in_order = params_from_iter(order.iter().map(|&at| &values[at]));
    let mut rows = statement.query(in_order).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        take(&Row { raw: RawRow::Sqlite(row), sql })?;
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let owned = |text: String| ToSqlOutput::Owned(Owned::Text(text));
        Ok(match *self {
            Self::Int(Some(value)) => ToSqlOutput::Owned(Owned::Integer(value)),
            Self::Int4(Some(value)) => ToSqlOutput::Owned(Owned::Integer(i64::from(value))),
            Self::Thousandths(Some(value)) => {
                ToSqlOutput::Owned(Owned::Real(Self::from_thousandths(value)))
            }
            Self::Real(Some(value)) => ToSqlOutput::Owned(Owned::Real(value)),
            Self::Text(Some(value)) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Self::Bool(Some(value)) => ToSqlOutput::Owned(Owned::Integer(i64::from(value))),
            Self::Time(Some(value)) => owned(timestamp::to_text(value)),
            Self::Date(Some(value)) => owned(value.to_string()),
            Self::Json(Some(value)) => owned(value.to_string()),
            Self::RawJson(Some(value)) => {
                ToSqlOutput::Borrowed(ValueRef::Text(value.get().as_bytes()))
            }
            Self::Uuid(Some(value)) => owned(value.to_string()),
            Self::Int(None)
            | Self::Int4(None)
            | Self::Thousandths(None)
            | Self::Real(None)
            | Self::Text(None)
            | Self::Bool(None)
            | Self::Time(None)
            | Self::Date(None)
            | Self::Json(None)
            | Self::RawJson(None)
            | Self::Uuid(None) => ToSqlOutput::Owned(Owned::Null),
        })
    }
}

fn postgres_query<'q>(sql: &str, values: &[Value<'q>]) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Int4(value) => query.bind(value),
        Value::Real(value) => query.bind(value),
        Value::Thousandths(value) => query.bind(value.map(Value::from_thousandths)),
        Value::Text(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Time(value) => query.bind(value),
        Value::Date(value) => query.bind(value),
        Value::Json(value) => query.bind(value),
        Value::RawJson(value) => query.bind(value.map(sqlx::types::Json)),
        Value::Uuid(value) => query.bind(value),
    })
}
