//! Inserts of one row and of many: COPY on PostgreSQL, one prepared statement on SQLite.

use std::fmt::Write as _;

use rusqlite::Connection;

use crate::engine::copy::Encoder;
use crate::engine::session::{Session, execute_each, execute_rows};
use crate::engine::sqlite::blocking;
use crate::engine::value::Value;
use crate::error::Error;

/// Bytes sent to PostgreSQL at a time.
const COPY_PIECE: usize = 1 << 20;

/// Where rows go and what happens to one whose key is already there.
pub(crate) struct Insert {
    pub(crate) table: &'static str,
    /// The columns the values stand for, in their order.
    pub(crate) columns: Vec<&'static str>,
    /// The `ON CONFLICT` clause, or nothing.
    pub(crate) on_conflict: String,
}

impl Insert {
    pub(crate) fn on_conflict(mut self, clause: &str) -> Self {
        clause.clone_into(&mut self.on_conflict);
        self
    }

    /// The statement for one row: `INSERT INTO table (…) VALUES ($1, …) ON CONFLICT …`.
    pub(crate) fn sql(&self) -> String {
        let numbers: Vec<String> = (1..=self.columns.len()).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({}) {}",
            self.table,
            self.columns.join(", "),
            numbers.join(", "),
            self.on_conflict
        )
    }

    /// Writes one row and returns whether it was inserted or changed.
    pub(crate) async fn run_one(
        &self,
        session: &mut Session<'_>,
        values: &[Value<'_>],
    ) -> Result<bool, Error> {
        Ok(session.execute(&self.sql(), values).await? > 0)
    }

    /// Writes the rows, given one after the other with one value per column, and returns how many
    /// were inserted or changed.
    ///
    /// The keys of one call must differ: PostgreSQL refuses to update a row twice in a statement.
    pub(crate) async fn run(
        &self,
        session: &mut Session<'_>,
        values: &[Value<'_>],
    ) -> Result<u64, Error> {
        if values.is_empty() {
            return Ok(0);
        }
        match session {
            Session::Sqlite(connection) => self.insert_each(connection, values),
            Session::Postgres(_) => self.copy_then_insert(session, values).await,
        }
    }

    /// The same for rows that are made one after the other: those of all at once would take hundreds of bytes each.
    pub(crate) async fn run_rows<'v, const N: usize>(
        &self,
        session: &mut Session<'_>,
        rows: impl ExactSizeIterator<Item = [Value<'v>; N]>,
    ) -> Result<u64, Error> {
        if rows.len() == 0 {
            return Ok(0);
        }
        match session {
            Session::Sqlite(connection) => self.insert_rows(connection, rows),
            Session::Postgres(_) => {
                let values: Vec<Value<'_>> = rows.flatten().collect();
                self.copy_then_insert(session, &values).await
            }
        }
    }

    /// Writes rows whose keys the caller knows to be new, and returns how many. PostgreSQL takes
    /// them straight into the table, so each value must have the very type of its column.
    ///
    /// A key that is there already fails the statement and with it the transaction.
    pub(crate) async fn run_new<'v, const N: usize>(
        &self,
        session: &mut Session<'_>,
        rows: impl ExactSizeIterator<Item = [Value<'v>; N]>,
    ) -> Result<u64, Error> {
        if rows.len() == 0 {
            return Ok(0);
        }
        match session {
            Session::Sqlite(connection) => self.insert_rows(connection, rows),
            Session::Postgres(_) => self.copy_into(session, self.table, rows).await,
        }
    }

    fn insert_each(&self, connection: &Connection, values: &[Value<'_>]) -> Result<u64, Error> {
        let sql = self.sql();
        blocking(|| execute_each(connection, &sql, values, self.columns.len()))
            .map_err(|source| Error::statement(&sql, source))
    }

    fn insert_rows<'v, const N: usize>(
        &self,
        connection: &Connection,
        rows: impl Iterator<Item = [Value<'v>; N]>,
    ) -> Result<u64, Error> {
        let sql = self.sql();
        blocking(|| execute_rows(connection, &sql, rows))
            .map_err(|source| Error::statement(&sql, source))
    }

    async fn copy_then_insert(
        &self,
        session: &mut Session<'_>,
        values: &[Value<'_>],
    ) -> Result<u64, Error> {
        let first = &values[..self.columns.len()];
        let staging = format!("staging_{}", self.table);
        let mut create = format!("CREATE TEMPORARY TABLE {staging} (");
        for (position, (column, value)) in self.columns.iter().zip(first).enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(create, "{comma}{column} {}", value.postgres_type());
        }
        create.push_str(") ON COMMIT DROP");
        session.execute_script(&create).await?;
        self.copy_into(session, &staging, values.chunks(self.columns.len())).await?;
        let columns = self.columns.join(", ");
        // `WHERE true` keeps the clause after it from being read as part of a join.
        let insert = format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {staging} WHERE true {}",
            self.table, self.on_conflict
        );
        let written = session.execute(&insert, &[]).await?;
        session.execute_script(&format!("DROP TABLE {staging}")).await?;
        Ok(written)
    }

    async fn copy_into<'v>(
        &self,
        session: &mut Session<'_>,
        table: &str,
        rows: impl Iterator<Item = impl AsRef<[Value<'v>]>>,
    ) -> Result<u64, Error> {
        let Session::Postgres(connection) = session else { return Ok(0) };
        let sql = format!("COPY {table} ({}) FROM STDIN (FORMAT binary)", self.columns.join(", "));
        let failed = |source: sqlx::Error| Error::statement(&sql, source);
        let mut copy = connection.copy_in_raw(&sql).await.map_err(failed)?;
        let mut encoder = Encoder::new();
        for row in rows {
            encoder.push_row(row.as_ref());
            if encoder.len() >= COPY_PIECE {
                copy.send(encoder.take()).await.map_err(failed)?;
            }
        }
        copy.send(encoder.finish()).await.map_err(failed)?;
        copy.finish().await.map_err(failed)
    }
}
