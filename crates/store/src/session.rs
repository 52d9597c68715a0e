use futures_util::TryStreamExt;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Sqlite, SqliteConnection};

use crate::backend::Backend;
use crate::error::Error;
use crate::row::{RawRow, Row};
use crate::timestamp;
use crate::value::Value;

/// A connection of either engine, inside a transaction or not. All SQL goes through it.
///
/// Statements are built from constants of this crate and quoted identifiers only; what users send
/// is bound as a [`Value`].
pub(crate) enum Session<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Session<'_> {
    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite(_) => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }

    /// Runs one statement and returns how many rows it wrote.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Error> {
        let done = match self {
            Self::Sqlite(connection) => sqlite_query(sql, values)
                .execute(&mut **connection)
                .await
                .map(|done| done.rows_affected()),
            Self::Postgres(connection) => postgres_query(sql, values)
                .execute(&mut **connection)
                .await
                .map(|done| done.rows_affected()),
        };
        done.map_err(|source| Error::statement(sql, source))
    }

    /// Runs several statements without parameters.
    pub(crate) async fn execute_script(&mut self, sql: &str) -> Result<(), Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        let done = match self {
            Self::Sqlite(connection) => script.execute(&mut **connection).await.map(|_| ()),
            Self::Postgres(connection) => script.execute(&mut **connection).await.map(|_| ()),
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
        let failed = |source| Error::statement(sql, source);
        match self {
            Self::Sqlite(connection) => {
                let mut rows = sqlite_query(sql, values).fetch(&mut **connection);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    take(&Row { raw: RawRow::Sqlite(row), sql })?;
                }
            }
            Self::Postgres(connection) => {
                let mut rows = postgres_query(sql, values).fetch(&mut **connection);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    take(&Row { raw: RawRow::Postgres(row), sql })?;
                }
            }
        }
        Ok(())
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

fn sqlite_query<'q>(sql: &str, values: &[Value<'q>]) -> Query<'q, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Real(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Time(value) => query.bind(value.map(timestamp::to_text)),
        Value::Date(value) => query.bind(value.map(|date| date.to_string())),
        Value::Json(value) => query.bind(value.map(ToString::to_string)),
        Value::Uuid(value) => query.bind(value.map(|uuid| uuid.to_string())),
    })
}

fn postgres_query<'q>(sql: &str, values: &[Value<'q>]) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Real(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Time(value) => query.bind(value),
        Value::Date(value) => query.bind(value),
        Value::Json(value) => query.bind(value),
        Value::Uuid(value) => query.bind(value),
    })
}
