//! Lines of processes that are gone. Every process that works on runs holds a lock with a number as
//! long as it lives, and its lines bear that number: whoever gets the lock of another number knows
//! that the process behind it is dead.

use chrono::{DateTime, Utc};

use super::run::{RunEnd, RunStatus};
use super::runs::write_end;
use crate::engine::durability::Durability;
use crate::engine::lock::JobLock;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// Most processes at once on one database.
const MOST_PROCESSES: i64 = 4_096;
/// Why an interrupted run has no result.
const INTERRUPTED: &str = "the process ended before the run did; start it again";

/// What was found of processes that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LostRuns {
    /// Runs that had begun and left nothing, now closed.
    pub interrupted: u64,
    /// Runs whose results were stored, now closed as done.
    pub done: u64,
    /// Queued runs that wait for another process.
    pub queued: u64,
}

/// The lock that says that this process lives.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    pub(crate) number: i64,
    _lock: JobLock,
}

impl Store {
    /// The number of this process, taken when it is first asked for.
    pub(crate) async fn process(&self, now: DateTime<Utc>) -> Result<i64, Error> {
        let lock = self.process_lock().get_or_try_init(async || self.take_number(now).await).await?;
        Ok(lock.number)
    }

    async fn take_number(&self, now: DateTime<Utc>) -> Result<ProcessLock, Error> {
        for number in 0..MOST_PROCESSES {
            let Some(lock) = self.try_job_lock(&lock_name(number)).await? else { continue };
            // The lines of whoever had the number before are not ours.
            self.bury(Some(number), now).await?;
            return Ok(ProcessLock { number, _lock: lock });
        }
        Err(Error::TooManyProcesses { most: MOST_PROCESSES })
    }

    /// Closes the lines of processes that are gone: those with stored results as done, the others as
    /// interrupted. Queued runs are given free, see [`Store::adopt_queued_runs`].
    pub async fn close_lost_runs(&self, now: DateTime<Utc>) -> Result<LostRuns, Error> {
        let sql = "SELECT DISTINCT holder FROM seedtest_runs \
             WHERE status IN ('running', 'written') OR (status = 'queued' AND holder IS NOT NULL)";
        let mut connection = self.connection().await?;
        let holders = connection.session().fetch(sql, &[], |row| row.int(0)).await?;
        drop(connection);
        let mut lost = LostRuns::default();
        for holder in holders {
            lost = lost.and(self.close_runs_of(holder, now).await?);
        }
        Ok(lost)
    }

    async fn close_runs_of(&self, holder: Option<i64>, now: DateTime<Utc>) -> Result<LostRuns, Error> {
        // A line without a holder was begun by a release that knew none.
        let Some(number) = holder else { return self.bury(None, now).await };
        if self.process_lock().get().is_some_and(|own| own.number == number) {
            return Ok(LostRuns::default());
        }
        let Some(lock) = self.try_job_lock(&lock_name(number)).await? else {
            return Ok(LostRuns::default());
        };
        let lost = self.bury(Some(number), now).await;
        lock.release().await;
        lost
    }

    /// Closes what this process has not ended; for its last moment.
    pub async fn close_own_runs(&self, now: DateTime<Utc>) -> Result<LostRuns, Error> {
        match self.process_lock().get() {
            Some(own) => self.bury(Some(own.number), now).await,
            None => Ok(LostRuns::default()),
        }
    }

    /// Closes the lines of a process that works on them no more.
    async fn bury(&self, holder: Option<i64>, now: DateTime<Utc>) -> Result<LostRuns, Error> {
        let open = open_runs(&mut self.connection().await?.session(), holder).await?;
        if open.is_empty() {
            return Ok(LostRuns::default());
        }
        let mut tx = self.begin_with(Durability::Full).await?;
        let mut lost = LostRuns::default();
        // Read again: somebody else may have been sooner.
        for OpenRun { run_id, status, started_at } in open_runs(&mut tx.session(), holder).await? {
            match status {
                RunStatus::Queued => {
                    let sql = "UPDATE seedtest_runs SET holder = NULL WHERE run_id = $1";
                    tx.session().execute(sql, &[Value::text(&run_id)]).await?;
                    lost.queued += 1;
                }
                RunStatus::Written => {
                    write_end(&mut tx.session(), &run_id, &end(started_at, now, true)).await?;
                    lost.done += 1;
                }
                _ => {
                    write_end(&mut tx.session(), &run_id, &end(started_at, now, false)).await?;
                    lost.interrupted += 1;
                }
            }
        }
        tx.commit().await?;
        Ok(lost)
    }
}

impl LostRuns {
    fn and(self, other: Self) -> Self {
        Self {
            interrupted: self.interrupted + other.interrupted,
            done: self.done + other.done,
            queued: self.queued + other.queued,
        }
    }
}

fn lock_name(number: i64) -> String {
    format!("process-{number}")
}

struct OpenRun {
    run_id: String,
    status: RunStatus,
    started_at: DateTime<Utc>,
}

/// Lines that say they have not ended. Of no holder: begun ones only, since a queued run without a
/// holder waits for one.
async fn open_runs(
    session: &mut Session<'_>,
    holder: Option<i64>,
) -> Result<Vec<OpenRun>, Error> {
    let sql = "SELECT run_id, status, started_at FROM seedtest_runs \
         WHERE (status IN ('running', 'written') OR (status = 'queued' AND holder IS NOT NULL)) \
         AND (holder = $1 OR (holder IS NULL AND $1 IS NULL))";
    let read = |row: &Row<'_>| {
        Ok(OpenRun {
            run_id: row.required(0, row.owned_text(0)?)?,
            status: row.required(1, row.text(1)?.and_then(RunStatus::read))?,
            started_at: row.required(2, row.time(2)?)?,
        })
    };
    session.fetch(sql, &[Value::Int(holder)], read).await
}

/// How long it took is not known; until now counts.
fn end(started_at: DateTime<Utc>, now: DateTime<Utc>, has_results: bool) -> RunEnd {
    RunEnd {
        status: if has_results { RunStatus::Done } else { RunStatus::Interrupted },
        input_digest: None,
        result_digest: None,
        verdict: None,
        rows_written: None,
        seconds: (now - started_at).as_seconds_f64().max(0.0),
        error: if has_results { None } else { Some(INTERRUPTED.to_owned()) },
        finished_at: now,
    }
}
