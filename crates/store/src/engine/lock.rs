//! The lock that keeps a job from running twice at once.

use std::fs::{File, TryLockError};
use std::path::Path;

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgPool, Postgres};

use crate::engine::postgres::unless_away;
use crate::engine::sqlite::lock_path;
use crate::error::Error;

/// Separates job locks from other advisory locks in the same database.
const LOCK_SPACE: i32 = 0x5eed;

/// Proof that no other process runs the same jobs on the same database. The lock ends with this
/// value, or with the process.
#[derive(Debug)]
pub struct JobLock {
    held: Held,
}

impl JobLock {
    /// Gives the lock back before this returns. One that is only dropped ends with its connection, a
    /// moment later.
    pub async fn release(self) {
        if let Held::Connection { mut connection } = self.held {
            // A connection that is broken has given up its locks.
            let _ = sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut connection).await;
        }
    }
}

#[derive(Debug)]
enum Held {
    /// The operating system releases the locks when the files are closed.
    Files { _files: Vec<File> },
    /// The server releases the locks when the connection ends, so it leaves the pool for good.
    Connection { connection: sqlx::PgConnection },
}

/// The locks of some jobs, or which of them runs.
pub(crate) type Locked = Result<JobLock, usize>;

pub(crate) fn try_file_locks(database: &Path, jobs: &[&str]) -> Result<Locked, Error> {
    let mut files = Vec::with_capacity(jobs.len());
    for (at, job) in jobs.iter().enumerate() {
        match try_file_lock(database, job)? {
            Some(file) => files.push(file),
            None => return Ok(Err(at)),
        }
    }
    Ok(Ok(JobLock { held: Held::Files { _files: files } }))
}

fn try_file_lock(database: &Path, job: &str) -> Result<Option<File>, Error> {
    let path = lock_path(database, job);
    let failed = |source| Error::LockFile { path: path.clone(), source };
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Takes all locks on one connection, which leaves the pool before: whoever gives up in between, and whoever finds
/// a job running, leaves no lock behind on a connection that others are lent.
pub(crate) async fn try_advisory_locks(pool: &PgPool, jobs: &[&str]) -> Result<Locked, Error> {
    let sql = "SELECT pg_try_advisory_lock($1, hashtext($2))";
    let failed = |source: sqlx::Error| Error::statement(sql, source);
    let connection: PoolConnection<Postgres> =
        unless_away(pool, pool.acquire()).await.map_err(failed)?;
    let mut connection = connection.detach();
    for (at, job) in jobs.iter().enumerate() {
        let locked: bool = sqlx::query_scalar(sql)
            .bind(LOCK_SPACE)
            .bind(job)
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        if !locked {
            // Whether it says goodbye in good order is no matter.
            let _ = connection.close().await;
            return Ok(Err(at));
        }
    }
    Ok(Ok(JobLock { held: Held::Connection { connection } }))
}
