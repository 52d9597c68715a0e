use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::error::Error;
use crate::identity::KnownIdentities;
use crate::session::Session;

/// A transaction. Dropping it without [`Tx::commit`] undoes everything it wrote.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    known: KnownIdentities,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) async fn begin_sqlite(pool: &SqlitePool) -> Result<Self, Error> {
        // A transaction that starts as a reader may not become a writer while another one writes;
        // one that starts as a writer waits.
        let sql = "BEGIN IMMEDIATE";
        let inner = pool.begin_with(sql).await.map_err(|source| Error::statement(sql, source))?;
        Ok(Self { inner: Inner::Sqlite(inner), known: KnownIdentities::default() })
    }

    pub(crate) async fn begin_postgres(pool: &PgPool) -> Result<Self, Error> {
        let inner = pool.begin().await.map_err(|source| Error::statement("BEGIN", source))?;
        Ok(Self { inner: Inner::Postgres(inner), known: KnownIdentities::default() })
    }

    /// Makes everything written so far visible and durable.
    pub async fn commit(self) -> Result<(), Error> {
        let done = match self.inner {
            Inner::Sqlite(inner) => inner.commit().await,
            Inner::Postgres(inner) => inner.commit().await,
        };
        done.map_err(|source| Error::statement("COMMIT", source))
    }

    /// Undoes everything and returns when it is undone; dropping the transaction does the same in
    /// its own time.
    pub async fn rollback(self) -> Result<(), Error> {
        let done = match self.inner {
            Inner::Sqlite(inner) => inner.rollback().await,
            Inner::Postgres(inner) => inner.rollback().await,
        };
        done.map_err(|source| Error::statement("ROLLBACK", source))
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
            Self::Sqlite(inner) => Session::Sqlite(inner),
            Self::Postgres(inner) => Session::Postgres(inner),
        }
    }
}
