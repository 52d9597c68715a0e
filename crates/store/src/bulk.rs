use std::fmt::Write as _;

use crate::copy::Encoder;
use crate::error::Error;
use crate::session::Session;
use crate::value::Value;

/// Most rows in one SQLite statement: beyond some hundreds the statement text costs more than it
/// saves.
const SQLITE_ROWS: usize = 500;
/// SQLite's default limit on bound values in one statement.
const SQLITE_VALUES: usize = 32_766;
/// Bytes sent to PostgreSQL at a time.
const COPY_PIECE: usize = 1 << 20;

/// Where many rows go and what happens to a row whose key is already there.
pub(crate) struct BulkInsert<'a> {
    pub(crate) table: &'a str,
    pub(crate) columns: &'a [&'a str],
    /// The `ON CONFLICT` clause, or nothing.
    pub(crate) on_conflict: &'a str,
}

impl BulkInsert<'_> {
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
            Session::Sqlite(_) => self.insert_batches(session, values).await,
            Session::Postgres(_) => self.copy_then_insert(session, values).await,
        }
    }

    async fn insert_batches(
        &self,
        session: &mut Session<'_>,
        values: &[Value<'_>],
    ) -> Result<u64, Error> {
        let width = self.columns.len();
        let rows = SQLITE_ROWS.min(SQLITE_VALUES / width);
        let full = self.values_statement(rows);
        let mut written = 0;
        for batch in values.chunks(rows * width) {
            written += if batch.len() == rows * width {
                session.execute(&full, batch).await?
            } else {
                session.execute(&self.values_statement(batch.len() / width), batch).await?
            };
        }
        Ok(written)
    }

    fn values_statement(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(","));
        format!(
            "INSERT INTO {} ({}) VALUES {} {}",
            self.table,
            self.columns.join(", "),
            vec![row; rows].join(","),
            self.on_conflict
        )
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
        self.copy_into(session, &staging, values).await?;
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

    async fn copy_into(
        &self,
        session: &mut Session<'_>,
        staging: &str,
        values: &[Value<'_>],
    ) -> Result<(), Error> {
        let Session::Postgres(connection) = session else { return Ok(()) };
        let sql =
            format!("COPY {staging} ({}) FROM STDIN (FORMAT binary)", self.columns.join(", "));
        let failed = |source| Error::statement(&sql, source);
        let mut copy = connection.copy_in_raw(&sql).await.map_err(failed)?;
        let mut encoder = Encoder::new();
        for row in values.chunks(self.columns.len()) {
            encoder.push_row(row);
            if encoder.len() >= COPY_PIECE {
                copy.send(encoder.take()).await.map_err(failed)?;
            }
        }
        copy.send(encoder.finish()).await.map_err(failed)?;
        copy.finish().await.map_err(failed)?;
        Ok(())
    }
}
