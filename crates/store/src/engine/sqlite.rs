//! Connections to an SQLite file: settings, pool, waiting for the right to write.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::engine::durability::Durability;
use crate::error::Error;

/// Open connections kept for the next user.
const IDLE_CONNECTIONS: usize = 4;
/// How long a statement waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a transaction waits for its turn to write, and how often it asks.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);
const WRITE_RETRY: Duration = Duration::from_millis(5);
/// A write-ahead log lets readers work beside the one writer. The page cache is in KiB: rows of an
/// import arrive in the order of their hash, so the pages of the key must stay in memory. The log is
/// emptied every 4 000 pages, since that waits for the disk; so does every commit, one of
/// [`Durability::Soon`] apart.
const SETTINGS: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA foreign_keys = ON;
PRAGMA cache_size = -262144;
PRAGMA temp_store = MEMORY;";

/// The connections to one database file.
#[derive(Debug, Clone)]
pub(crate) struct SqlitePool {
    path: Arc<Path>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl SqlitePool {
    /// Opens the file, which is created with its folder when missing.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            return Err(Error::IsDirectory { path: path.to_owned() });
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::CreateFolder { path: folder.to_owned(), source })?;
        }
        let first = connect(path)?;
        Ok(Self { path: path.into(), idle: Arc::new(Mutex::new(vec![first])) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn acquire(&self) -> Result<Lease, Error> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        Ok(Lease { connection: Some(connection), pool: self.clone(), is_relaxed: false })
    }

    /// A connection that holds the right to write. Waiting for it leaves the thread to other tasks.
    pub(crate) async fn begin(&self, durability: Durability) -> Result<Lease, Error> {
        // A transaction that starts as a reader may not become a writer while another one writes;
        // one that starts as a writer waits.
        let sql = "BEGIN IMMEDIATE";
        let mut lease = self.acquire()?;
        let patience = Instant::now() + WRITE_TIMEOUT;
        let connection = lease.connection();
        let timeout = |connection: &Connection, time| {
            connection.busy_timeout(time).map_err(|source| Error::statement(sql, source))
        };
        if durability == Durability::Soon {
            let soon = "PRAGMA synchronous = NORMAL";
            connection.execute_batch(soon).map_err(|source| Error::statement(soon, source))?;
            lease.is_relaxed = true;
        }
        let connection = lease.connection();
        timeout(connection, Duration::ZERO)?;
        loop {
            match connection.execute_batch(sql) {
                Ok(()) => break,
                Err(error) if is_busy(&error) && Instant::now() < patience => {
                    tokio::time::sleep(WRITE_RETRY).await;
                }
                Err(error) => return Err(Error::statement(sql, error)),
            }
        }
        timeout(connection, BUSY_TIMEOUT)?;
        Ok(lease)
    }

    /// Closes the idle connections.
    pub(crate) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // A list of connections is never left half-changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let open = || {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(SETTINGS)?;
        Ok(connection)
    };
    open().map_err(|source: rusqlite::Error| Error::Open {
        target: format!("sqlite:{}", path.display()),
        source: source.into(),
    })
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// A connection lent from the pool. It goes back when dropped, and an open transaction is undone.
#[derive(Debug)]
pub(crate) struct Lease {
    /// `None` only while it is being dropped.
    connection: Option<Connection>,
    pool: SqlitePool,
    /// Whether its commits do not wait for the disk.
    is_relaxed: bool,
}

impl Lease {
    #[expect(clippy::expect_used, reason = "the connection is taken in drop alone")]
    pub(crate) fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a lease holds its connection until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let mut is_clean =
            connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        if is_clean && self.is_relaxed {
            is_clean = connection.execute_batch("PRAGMA synchronous = FULL").is_ok();
        }
        let mut idle = self.pool.idle();
        if is_clean && idle.len() < IDLE_CONNECTIONS {
            idle.push(connection);
        }
    }
}

/// Runs work that blocks the thread. Where the runtime has other threads, they take over the other
/// tasks meanwhile.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The file whose lock stands for a running job.
pub(crate) fn lock_path(database: &Path, job: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".{job}.lock"));
    PathBuf::from(name)
}
