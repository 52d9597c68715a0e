//! Lines of processes that are gone. Every process that works on runs holds a lock with a number as
//! long as it lives, and its lines bear that number: whoever gets the lock of another number knows
//! that the process behind it is dead.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

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
    /// Says by a lock that this process works on the database until it ends, so that [`crate::restore`] does not
    /// take the file away from under it.
    ///
    /// # Errors
    /// When the lock cannot be made, as beside a file that may only be read.
    pub async fn hold(&self, now: DateTime<Utc>) -> Result<(), Error> {
        self.process(now).await.map(drop)
    }

    /// The number of this process, taken when it is first asked for.
    pub(crate) async fn process(&self, now: DateTime<Utc>) -> Result<i64, Error> {
        let lock =
            self.process_lock().get_or_try_init(async || self.take_number(now).await).await?;
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

    /// A name for a worker of the outbox that no other one has and that ends with this process: what it
    /// holds is free when the process is gone.
    pub async fn worker_name(&self, now: DateTime<Utc>) -> Result<String, Error> {
        Ok(format!("{}{}", worker_prefix(self.process(now).await?), Uuid::new_v4().simple()))
    }

    /// Closes the lines of processes that are gone: those with stored results as done, the others as
    /// interrupted. Queued runs are given free, see [`Store::adopt_queued_runs`], and so are events.
    pub async fn close_lost_runs(&self, now: DateTime<Utc>) -> Result<LostRuns, Error> {
        let mut connection = self.connection().await?;
        let holders = holders(&mut connection.session()).await?;
        drop(connection);
        let mut lost = LostRuns::default();
        for holder in holders {
            lost = lost.and(self.close_runs_of(holder, now).await?);
        }
        Ok(lost)
    }

    async fn close_runs_of(
        &self,
        holder: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<LostRuns, Error> {
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
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let has_none = open_runs(&mut session, holder).await?.is_empty()
            && leases(&mut session, holder).await? == 0;
        drop(connection);
        if has_none {
            return Ok(LostRuns::default());
        }
        let mut tx = self.begin_with(Durability::Full).await?;
        free_leases(&mut tx.session(), holder).await?;
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

/// Processes whose lines or leases are open; `None` = one that wrote no number.
async fn holders(session: &mut Session<'_>) -> Result<BTreeSet<Option<i64>>, Error> {
    let runs = "SELECT DISTINCT holder FROM seedtest_runs \
         WHERE status IN ('running', 'written') OR (status = 'queued' AND holder IS NOT NULL)";
    let mut holders: BTreeSet<Option<i64>> =
        session.fetch(runs, &[], |row| row.int(0)).await?.into_iter().collect();
    let leases = "SELECT DISTINCT leased_by FROM seedtest_outbox \
         WHERE status = 'waiting' AND leased_by IS NOT NULL";
    let workers = session.fetch(leases, &[], |row| row.owned_text(0)).await?;
    let number = |worker: &String| worker.strip_prefix(WORKER)?.split('.').next()?.parse().ok();
    holders.extend(workers.iter().flatten().filter_map(number).map(Some));
    Ok(holders)
}

/// Events that workers of a process hold.
async fn leases(session: &mut Session<'_>, holder: Option<i64>) -> Result<i64, Error> {
    let Some(number) = holder else { return Ok(0) };
    let sql = format!("SELECT count(*) FROM seedtest_outbox WHERE {LEASED}");
    let prefix = worker_prefix(number);
    let values = [Value::text(&prefix)];
    Ok(session.fetch_first(&sql, &values, |row| row.int(0)).await?.flatten().unwrap_or(0))
}

async fn free_leases(session: &mut Session<'_>, holder: Option<i64>) -> Result<(), Error> {
    let Some(number) = holder else { return Ok(()) };
    let sql =
        format!("UPDATE seedtest_outbox SET leased_by = NULL, leased_until = NULL WHERE {LEASED}");
    session.execute(&sql, &[Value::text(&worker_prefix(number))]).await?;
    Ok(())
}

/// What a worker of a process holds; `$1` = how its name begins.
const LEASED: &str = "status = 'waiting' AND leased_by IS NOT NULL \
     AND substr(leased_by, 1, length($1)) = $1";
const WORKER: &str = "process ";

fn worker_prefix(number: i64) -> String {
    format!("{WORKER}{number}.")
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
async fn open_runs(session: &mut Session<'_>, holder: Option<i64>) -> Result<Vec<OpenRun>, Error> {
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
