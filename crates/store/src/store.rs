//! An open database: opening, migrating, beginning transactions.

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};

use crate::engine::backend::Backend;
use crate::engine::lock::{self, JobLock};
use crate::engine::postgres;
use crate::engine::session::Session;
use crate::engine::sqlite::{Lease, SqlitePool};
use crate::engine::tx::Tx;
use crate::error::Error;
use crate::migrate::{self, MigrationReport};
use crate::schema::Migration;
use crate::target::Target;

/// An open database of either engine. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    /// The run whose results this handle writes.
    run: Option<Arc<str>>,
}

#[derive(Debug, Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Store {
    /// Opens a database. An SQLite file and its folder are created when missing; the schema is
    /// not, see [`Store::migrate`].
    ///
    /// # Errors
    /// The path is a folder or not writable, the server does not answer or is too old, or the
    /// database was migrated by a newer binary.
    pub async fn open(target: &Target) -> Result<Self, Error> {
        let pool = match target {
            Target::Sqlite { path } => Pool::Sqlite(SqlitePool::open(path)?),
            Target::Postgres { url } => Pool::Postgres(postgres::open(url).await?),
        };
        let store = Self { pool, run: None };
        migrate::refuse_newer(&mut store.connection().await?.session()).await?;
        Ok(store)
    }

    /// Which engine this is.
    pub fn backend(&self) -> Backend {
        match self.pool {
            Pool::Sqlite(_) => Backend::Sqlite,
            Pool::Postgres(_) => Backend::Postgres,
        }
    }

    /// Brings the schema to the newest version in one transaction. Platform tables that already
    /// exist are adopted unchanged, missing columns of analytics tables are added. Running it
    /// again changes nothing; two processes at once do it one after the other.
    ///
    /// # Errors
    /// [`Error::Clashes`] names every existing table or column that does not fit; nothing is
    /// changed then.
    pub async fn migrate(&self) -> Result<MigrationReport, Error> {
        let mut tx = self.begin().await?;
        let report = migrate::run(&mut tx.session()).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// Migrations [`Store::migrate`] would apply, oldest first.
    pub async fn pending(&self) -> Result<Vec<Migration>, Error> {
        migrate::pending(&mut self.connection().await?.session()).await
    }

    /// Starts a transaction that may write. On SQLite it waits until no other writer is active.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let run = self.run.clone();
        match &self.pool {
            Pool::Sqlite(pool) => Tx::begin_sqlite(pool, run).await,
            Pool::Postgres(pool) => Tx::begin_postgres(pool, run).await,
        }
    }

    /// The same database for the results of one run of the ledger: every transaction begun here
    /// marks the run as `written` when it commits, so that results and ledger cannot disagree.
    #[must_use]
    pub fn for_run(&self, run_id: &str) -> Self {
        Self { pool: self.pool.clone(), run: Some(run_id.into()) }
    }

    /// Takes the lock of a job (`None`: another process runs it). `job` becomes part of a file
    /// name on SQLite.
    pub async fn try_job_lock(&self, job: &str) -> Result<Option<JobLock>, Error> {
        match &self.pool {
            Pool::Sqlite(pool) => lock::try_file_lock(pool.path(), job),
            Pool::Postgres(pool) => lock::try_advisory_lock(pool, job).await,
        }
    }

    /// Closes every connection; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(self) {
        match self.pool {
            Pool::Sqlite(pool) => pool.close(),
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) async fn connection(&self) -> Result<Connection, Error> {
        match &self.pool {
            Pool::Sqlite(pool) => pool.acquire().map(Connection::Sqlite),
            Pool::Postgres(pool) => match pool.acquire().await {
                Ok(connection) => Ok(Connection::Postgres(connection)),
                Err(source) => Err(Error::statement("take a connection", source)),
            },
        }
    }
}

/// A connection lent from the pool for reading.
pub(crate) enum Connection {
    Sqlite(Lease),
    Postgres(PoolConnection<Postgres>),
}

impl Connection {
    pub(crate) fn session(&mut self) -> Session<'_> {
        match self {
            Self::Sqlite(lease) => Session::Sqlite(lease.connection()),
            Self::Postgres(connection) => Session::Postgres(connection),
        }
    }
}
