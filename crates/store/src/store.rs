//! An open database: its connections, transactions and locks.

use std::sync::Arc;

use seedtest_responses::TimeZone;
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::sync::OnceCell;

use crate::attempts::given::AnswerSource;
use crate::engine::backend::Backend;
use crate::engine::durability::Durability;
use crate::engine::lock::{self, JobLock};
use crate::engine::postgres;
use crate::engine::session::Session;
use crate::engine::sqlite::{Lease, SqlitePool};
use crate::engine::tx::Tx;
use crate::error::Error;
use crate::ledger::lost::ProcessLock;
use crate::target::{SchemaName, Target};

/// An open database of either engine. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    /// The run whose results this handle writes.
    run: Option<Arc<str>>,
    /// Where days begin.
    time_zone: TimeZone,
    /// The schema of a server that our tables are in; `None` = wherever it makes them.
    schema: Option<SchemaName>,
    /// Where answers are read from instead of our own tables.
    answers: Option<Arc<AnswerSource>>,
    /// Taken with the first run of the ledger.
    process: Arc<OnceCell<ProcessLock>>,
}

#[derive(Debug, Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Store {
    /// Connects, whatever the schema is; see [`Store::open`].
    pub(crate) async fn connect(target: &Target) -> Result<Self, Error> {
        let (pool, schema) = match target {
            Target::Sqlite { path } => (Pool::Sqlite(SqlitePool::open(path)?), None),
            Target::Postgres { url, schema } => {
                (Pool::Postgres(postgres::open(url, schema.as_ref()).await?), schema.clone())
            }
        };
        Ok(Self {
            pool,
            run: None,
            time_zone: TimeZone::default(),
            schema,
            answers: None,
            process: Arc::default(),
        })
    }

    /// The same database with answers read from a table, a view or a query of the platform. What it offers is
    /// looked at when answers are first asked for.
    #[must_use]
    pub fn reading(self, answers: AnswerSource) -> Self {
        Self { answers: Some(Arc::new(answers)), ..self }
    }

    /// Where answers are read from instead of our own tables.
    pub(crate) fn answers(&self) -> Option<&AnswerSource> {
        self.answers.as_deref()
    }

    /// The schema of a server that our tables are in, where one was named.
    pub(crate) fn schema(&self) -> Option<&SchemaName> {
        self.schema.as_ref()
    }

    /// Which engine this is.
    pub fn backend(&self) -> Backend {
        match self.pool {
            Pool::Sqlite(_) => Backend::Sqlite,
            Pool::Postgres(_) => Backend::Postgres,
        }
    }

    /// Starts a transaction that may write. On SQLite it waits until no other writer is active.
    pub async fn begin(&self) -> Result<Tx, Error> {
        self.begin_with(Durability::Full).await
    }

    pub(crate) async fn begin_with(&self, durability: Durability) -> Result<Tx, Error> {
        let run = self.run.clone();
        match &self.pool {
            Pool::Sqlite(pool) => Tx::begin_sqlite(pool, durability, run).await,
            Pool::Postgres(pool) => Tx::begin_postgres(pool, run).await,
        }
    }

    /// The same database for the results of one run of the ledger: every transaction begun here
    /// marks the run as `written` when it commits, so that results and ledger cannot disagree.
    #[must_use]
    pub fn for_run(&self, run_id: &str) -> Self {
        Self { run: Some(run_id.into()), ..self.clone() }
    }

    /// The same database for parts of a run's results, of which each is complete and the run is not: what
    /// commits here does not mark the run.
    #[must_use]
    pub fn for_part(&self) -> Self {
        Self { run: None, ..self.clone() }
    }

    /// The same database with days, weeks and windows counted in `time_zone`: an opened one counts
    /// them in UTC until somebody has read what is stored ([`Store::stored_time_zone`]).
    #[must_use]
    pub fn in_time_zone(self, time_zone: TimeZone) -> Self {
        Self { time_zone, ..self }
    }

    /// The zone in which days, weeks and windows are counted.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// Takes the lock of a job (`None`: another process runs it). `job` becomes part of a file
    /// name on SQLite.
    pub async fn try_job_lock(&self, job: &str) -> Result<Option<JobLock>, Error> {
        Ok(self.try_job_locks(&[job]).await?.ok())
    }

    /// Takes the locks of several jobs, on one connection where the database is a server; all of them, or
    /// none and the position of the first that runs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn try_job_locks(&self, jobs: &[&str]) -> Result<Result<JobLock, usize>, Error> {
        match &self.pool {
            Pool::Sqlite(pool) => lock::try_file_locks(pool.path(), jobs),
            Pool::Postgres(pool) => lock::try_advisory_locks(pool, jobs).await,
        }
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ping(&self) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        connection.session().fetch_first("SELECT 1", &[], |_| Ok(())).await.map(drop)
    }

    /// The lock by which other processes see that this one is there.
    pub(crate) fn process_lock(&self) -> &OnceCell<ProcessLock> {
        &self.process
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
            Pool::Sqlite(pool) => pool.acquire().await.map(Connection::Sqlite),
            Pool::Postgres(pool) => postgres::acquire(pool).await.map(Connection::Postgres),
        }
    }
}

#[cfg(test)]
impl Store {
    /// `synchronous` of every connection to SQLite that has written since the last time somebody asked.
    pub(crate) fn take_levels(&self) -> Vec<i64> {
        match &self.pool {
            Pool::Sqlite(pool) => pool.take_levels(),
            Pool::Postgres(_) => Vec::new(),
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
