//! Fits that a process left behind when it was killed.

use chrono::{DateTime, Duration, Utc};
use seedtest_store::{Error, JobLock, Store};

use crate::config::Limits;

/// Services of one database know of each other by this lock.
const LOCK: &str = "serve";
/// A fit that began this much longer ago than any may take has ended, whoever began it.
const MARGIN: Duration = Duration::minutes(5);

/// Closes the lines of fits that nobody works on any more. Where no other service has the database, these
/// are all that have not ended; else those that would have ended by now. The lock says to services that
/// start later that this one is there.
pub(crate) async fn settle(store: &Store, limits: &Limits, now: DateTime<Utc>) -> Option<JobLock> {
    // A ledger that cannot be written does not keep the service from starting.
    let failed = |error: Error| tracing::warn!(%error, "lost fits stay open in the ledger");
    let alone = store.try_job_lock(LOCK).await.map_err(failed).ok().flatten();
    let longest = Duration::seconds(limits.max_seconds as i64) + MARGIN;
    let began_by = if alone.is_some() { now } else { now - longest };
    match store.fail_lost_fits(began_by, now).await {
        Ok(0) => {}
        Ok(lost) => tracing::warn!("{lost} fits ended with the process that worked on them"),
        Err(error) => failed(error),
    }
    alone
}
