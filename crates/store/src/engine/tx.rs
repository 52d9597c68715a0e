//! Transactions.

use std::sync::Arc;

use sqlx::{PgPool, Postgres, Transaction};

use crate::attempts::identity::KnownIdentities;
use crate::corrections::aliases::Aliases;
use crate::engine::durability::Durability;
use crate::engine::postgres;
use crate::engine::session::Session;
use crate::engine::sqlite::{Lease, SqlitePool, blocking};
use crate::error::Error;
use crate::ledger::written::mark_written;

/// A transaction. Dropping it without [`Tx::commit`] undoes everything it wrote.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    known: KnownIdentities,
    run: Option<Arc<str>>,
    /// Whether an answer was met that the log has already: then the next ones are looked for, too.
    pub(crate) met_known_answers: bool,
    /// The number of the import it writes for, once it is asked for.
    pub(crate) import: Option<i64>,
    /// Ids that became another one, once they are read.
    pub(crate) aliases: Option<Aliases>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Lease),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) async fn begin_sqlite(
        pool: &SqlitePool,
        durability: Durability,
        run: Option<Arc<str>>,
    ) -> Result<Self, Error> {
        Ok(Self::new(Inner::Sqlite(pool.begin(durability).await?), run))
    }

    pub(crate) async fn begin_postgres(
        pool: &PgPool,
        run: Option<Arc<str>>,
    ) -> Result<Self, Error> {
        let begun = postgres::unless_away(pool, pool.begin()).await;
        let inner = begun.map_err(|source| Error::statement("BEGIN", source))?;
        Ok(Self::new(Inner::Postgres(inner), run))
    }

    fn new(inner: Inner, run: Option<Arc<str>>) -> Self {
        Self {
            inner,
            known: KnownIdentities::default(),
            run,
            met_known_answers: false,
            import: None,
            aliases: None,
        }
    }

    /// Makes everything written so far visible and durable.
    pub async fn commit(mut self) -> Result<(), Error> {
        if let Some(run) = self.run.take() {
            mark_written(&mut self.session(), &run).await?;
        }
        match self.inner {
            Inner::Sqlite(lease) => finish(lease, "COMMIT"),
            Inner::Postgres(inner) => {
                inner.commit().await.map_err(|source| Error::statement("COMMIT", source))
            }
        }
    }

    /// Undoes everything; dropping the transaction does the same without telling of a failure.
    pub async fn rollback(self) -> Result<(), Error> {
        match self.inner {
            Inner::Sqlite(lease) => finish(lease, "ROLLBACK"),
            Inner::Postgres(inner) => {
                inner.rollback().await.map_err(|source| Error::statement("ROLLBACK", source))
            }
        }
    }

    /// The run whose results it holds.
    pub(crate) fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    pub(crate) fn session(&mut self) -> Session<'_> {
        self.inner.session()
    }

    pub(crate) fn session_and_identities(&mut self) -> (Session<'_>, &mut KnownIdentities) {
        (self.inner.session(), &mut self.known)
    }
}

impl Inner {
    fn session(&mut self) -> Session<'_> {
        match self {
            Self::Sqlite(lease) => Session::Sqlite(lease.connection()),
            Self::Postgres(inner) => Session::Postgres(inner),
        }
    }
}

fn finish(mut lease: Lease, sql: &str) -> Result<(), Error> {
    let connection = lease.connection();
    blocking(|| connection.execute_batch(sql)).map_err(|source| Error::statement(sql, source))
}
