//! Fresh databases of both engines for a test.

use seedtest_store::{Backend, DriverError, Store, Target};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

/// A row of texts, as a query of a test reads it.
pub(crate) type TextRow = Vec<Option<String>>;

/// An open database and what keeps it alive.
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) target: Target,
    _folder: tempfile::TempDir,
}

pub(crate) const BACKENDS: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

pub(crate) async fn empty(backend: Backend) -> Database {
    let folder = tempfile::tempdir().unwrap();
    let target = match backend {
        Backend::Sqlite => Target::Sqlite { path: folder.path().join("new/seedtest.db") },
        Backend::Postgres => {
            Target::parse(&seedtest_testkit::postgres_database().unwrap()).unwrap()
        }
    };
    Database { store: Store::open(&target).await.unwrap(), target, _folder: folder }
}

pub(crate) async fn migrated(backend: Backend) -> Database {
    let database = empty(backend).await;
    database.store.migrate().await.unwrap();
    database
}

/// Runs the same test on both backends, each with a fresh migrated database.
pub(crate) async fn on_both(body: impl AsyncFn(Database)) {
    for backend in BACKENDS {
        body(migrated(backend).await).await;
    }
}

impl Database {
    /// Runs statements of the test itself, past the store.
    pub(crate) async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.unwrap();
    }

    pub(crate) async fn try_execute(&self, sql: &str) -> Result<(), DriverError> {
        match &self.target {
            Target::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await?;
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
                Ok(())
            }
            Target::Sqlite { path } => Ok(rusqlite::Connection::open(path)?.execute_batch(sql)?),
        }
    }

    /// Reads rows past the store; every column must be a text.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<TextRow> {
        match &self.target {
            Target::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let query = sqlx::query(AssertSqlSafe(sql));
                let rows = query.fetch_all(&mut connection).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|i| row.get(i)).collect()).collect()
            }
            Target::Sqlite { path } => {
                let connection = rusqlite::Connection::open(path).unwrap();
                let mut statement = connection.prepare(sql).unwrap();
                let columns = statement.column_count();
                let read = |row: &rusqlite::Row<'_>| (0..columns).map(|i| row.get(i)).collect();
                statement.query_map([], read).unwrap().map(Result::unwrap).collect()
            }
        }
    }

    /// The first text of the first row.
    pub(crate) async fn text(&self, sql: &str) -> String {
        self.rows(sql).await.swap_remove(0).swap_remove(0).unwrap()
    }
}

/// Texts that are all there, for comparing with [`Database::rows`].
pub(crate) fn texts<const N: usize>(values: [&str; N]) -> TextRow {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}
