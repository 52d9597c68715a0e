//! Connections to an SQLite file: settings, pool, waiting for the right to write.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::durability::Durability;
use crate::error::Error;

/// Connections that read at once; who comes later waits for one. One more writes.
const MOST_READERS: usize = 16;
/// Open connections kept for the next reader.
const IDLE_CONNECTIONS: usize = 4;
/// How long a statement waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a transaction waits for its turn to write, and how often it asks.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);
const WRITE_RETRY: Duration = Duration::from_millis(5);
/// A write-ahead log lets readers work beside the one writer. The log is emptied every 4 000 pages, since that waits
/// for the disk; so does every commit, one of [`Durability::Soon`] apart.
const SETTINGS: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;";
/// The page cache of a connection, in KiB, and of the one that writes while it writes much: rows of an import arrive
/// in the order of their hash, so the pages of the key must stay in memory. A service that writes a little now and
/// then would fill it, too, with pages that nobody asks for again, and so would each of those that read: what they
/// have no room for the system holds once for all.
const USUAL_CACHE: &str = "PRAGMA cache_size = -2048";
const LARGE_CACHE: &str = "PRAGMA cache_size = -262144";
/// Rows of a transaction after which another one like it is expected.
const MANY_ROWS: u64 = 10_000;

/// The connections to one database file.
#[derive(Debug, Clone)]
pub(crate) struct SqlitePool {
    path: Arc<Path>,
    idle: Arc<Mutex<Idle>>,
    /// Places of those who read. Who waits for the turn to write takes none of them.
    places: Arc<Semaphore>,
    /// The turn to write, in the order in which it was asked for: there is one writer at a time anyway, and those
    /// who ask the file itself for it may stay behind for ever.
    turn: Arc<Semaphore>,
    /// `synchronous` of every connection that has written, at the end of its lease.
    #[cfg(test)]
    levels: Arc<Mutex<Vec<i64>>>,
}

/// Connections that nobody uses.
#[derive(Debug, Default)]
struct Idle {
    readers: Vec<Connection>,
    writer: Option<Connection>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Write,
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
        let idle = Idle { readers: vec![connect(path)?], writer: None };
        Ok(Self {
            path: path.into(),
            idle: Arc::new(Mutex::new(idle)),
            places: Arc::new(Semaphore::new(MOST_READERS)),
            turn: Arc::new(Semaphore::new(1)),
            #[cfg(test)]
            levels: Arc::default(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection to read with.
    pub(crate) async fn acquire(&self) -> Result<Lease, Error> {
        self.lend(Purpose::Read, BUSY_TIMEOUT).await
    }

    /// Waits for a place, and takes an idle connection or opens one.
    async fn lend(&self, purpose: Purpose, patience: Duration) -> Result<Lease, Error> {
        let places = match purpose {
            Purpose::Read => &self.places,
            Purpose::Write => &self.turn,
        };
        let place = tokio::time::timeout(patience, places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            let busy = rusqlite::Error::SqliteFailure(busy, None);
            return Err(Error::statement("take a connection", busy));
        };
        let idle = match purpose {
            Purpose::Read => self.idle().readers.pop(),
            Purpose::Write => self.idle().writer.take(),
        };
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let pool = self.clone();
        Ok(Lease {
            written_before: connection.total_changes(),
            connection: Some(connection),
            purpose,
            pool,
            is_relaxed: false,
            _place: place,
        })
    }

    /// A connection that holds the right to write. Waiting for it leaves the thread to other tasks.
    pub(crate) async fn begin(&self, durability: Durability) -> Result<Lease, Error> {
        // A transaction that starts as a reader may not become a writer while another one writes;
        // one that starts as a writer waits.
        let sql = "BEGIN IMMEDIATE";
        let patience = Instant::now() + WRITE_TIMEOUT;
        let mut lease = self.lend(Purpose::Write, WRITE_TIMEOUT).await?;
        let connection = lease.connection();
        let timeout = |connection: &Connection, time| {
            connection.busy_timeout(time).map_err(|source| Error::statement(sql, source))
        };
        let set = |connection: &Connection, setting| {
            connection.execute_batch(setting).map_err(|source| Error::statement(setting, source))
        };
        set(connection, LARGE_CACHE)?;
        if durability == Durability::Soon {
            set(connection, "PRAGMA synchronous = NORMAL")?;
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
        *self.idle() = Idle::default();
    }

    #[cfg(test)]
    fn note_level(&self, connection: &Connection) {
        let level = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        self.levels.lock().unwrap().push(level);
    }

    /// The levels since the last time somebody asked.
    #[cfg(test)]
    pub(crate) fn take_levels(&self) -> Vec<i64> {
        std::mem::take(&mut self.levels.lock().unwrap())
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // A list of connections is never left half-changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let open = || {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(SETTINGS)?;
        connection.execute_batch(USUAL_CACHE)?;
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
    purpose: Purpose,
    pool: SqlitePool,
    _place: OwnedSemaphorePermit,
    /// Whether its commits do not wait for the disk.
    is_relaxed: bool,
    /// Rows that the connection had changed when it was lent.
    written_before: u64,
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
        #[cfg(test)]
        if connection.total_changes() > self.written_before {
            self.pool.note_level(&connection);
        }
        let mut is_clean =
            connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        if is_clean && self.is_relaxed {
            is_clean = connection.execute_batch("PRAGMA synchronous = FULL").is_ok();
        }
        let written = connection.total_changes() - self.written_before;
        if is_clean && self.purpose == Purpose::Write && written < MANY_ROWS {
            is_clean = connection.execute_batch(USUAL_CACHE).is_ok();
        }
        let mut idle = self.pool.idle();
        match self.purpose {
            _ if !is_clean => {}
            Purpose::Write if idle.writer.is_none() => idle.writer = Some(connection),
            Purpose::Read if idle.readers.len() < IDLE_CONNECTIONS => idle.readers.push(connection),
            // One too many is closed.
            Purpose::Write | Purpose::Read => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_the_turn_to_write_keeps_nobody_from_reading_and_comes_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let pool = SqlitePool::open(&dir.path().join("file.db")).unwrap();
        let writes = pool.begin(Durability::Full).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiting: Vec<_> = (0..2 * MOST_READERS)
            .map(|number| {
                let (pool, order) = (pool.clone(), order.clone());
                tokio::spawn(async move {
                    let _turn = pool.begin(Durability::Full).await.unwrap();
                    order.lock().unwrap().push(number);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let mut reads = pool.acquire().await.expect("a place to read");
        reads.connection().query_row("SELECT 1", [], |row| row.get::<_, i64>(0)).unwrap();
        drop(writes);
        for writer in waiting {
            writer.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..2 * MOST_READERS).collect::<Vec<_>>());
    }
    #[tokio::test]
    async fn only_who_writes_much_keeps_a_large_cache() {
        let dir = tempfile::tempdir().unwrap();
        let pool = SqlitePool::open(&dir.path().join("file.db")).unwrap();
        let kept_after = async |sql: &str| {
            let mut writes = pool.begin(Durability::Full).await.unwrap();
            writes.connection().execute_batch(sql).unwrap();
            writes.connection().execute_batch("COMMIT").unwrap();
            drop(writes);
            let idle = pool.idle();
            let writer = idle.writer.as_ref().expect("the writer is kept");
            writer.query_row("PRAGMA cache_size", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let rows = |number: u64| {
            format!(
                "INSERT INTO t WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {number}) \
                 SELECT x FROM n"
            )
        };
        assert_eq!(kept_after("CREATE TABLE t (x)").await, -2_048);
        assert_eq!(kept_after(&rows(MANY_ROWS)).await, -262_144);
        assert_eq!(kept_after(&rows(MANY_ROWS - 1)).await, -2_048);
    }
}
