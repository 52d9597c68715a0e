//! A run of a job: under its lock, entered in the ledger.

use seedtest_store::Store;

use super::ledger::OpenRun;
use super::standing;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::SharedEvidence;
use crate::registry::{JobEntry, JobLog, Outcome, Settings, Work};

/// What a run is given.
pub struct Context<'a, 'b> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: Clock,
    /// Its settings.
    pub settings: &'a Settings,
    /// Its log.
    pub log: &'a mut JobLog<'b>,
    /// Who asked for the run, for the ledger.
    pub actor: &'a str,
}

/// Runs a job under its lock and enters it in the ledger; a dry run leaves no line. A second run
/// of the same job at the same time is no error: it says so and does nothing. With `--as-of` it stands
/// on that day; over a log whose newest answer is older than what the job looks at, on that answer's.
///
/// # Errors
/// Those of the job, and [`Error::Write`] when it ran and its log could not be written.
pub async fn run_job(entry: &JobEntry, context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, actor } = context;
    let clock = standing::of_job(entry, store, clock, settings, log).await?;
    let context = Context { store, clock, settings, log: &mut *log, actor };
    let outcome = run_locked(entry, context, None).await?;
    log.finish()?;
    Ok(outcome)
}

/// As [`run_job`], from evidence that is loaded once for several jobs; a failure of the log stays
/// in it.
pub(super) async fn run_locked(
    entry: &JobEntry,
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    let Some(lock) = context.store.try_job_lock(entry.name).await? else {
        context.log.warn(&format!("{} is already running", entry.name));
        return Ok(Outcome::noop());
    };
    let outcome = run_in_ledger(entry, context, shared).await;
    lock.release().await;
    outcome
}

/// Runs a job that may run beside itself, because it touches one student only.
pub(super) async fn run_unlocked(
    entry: &JobEntry,
    context: Context<'_, '_>,
) -> Result<Outcome, Error> {
    run_in_ledger(entry, context, None).await
}

async fn run_in_ledger(
    entry: &JobEntry,
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, actor } = context;
    if settings.switch("dry-run") {
        return (entry.run)(Work { store, clock, settings, log, shared }).await;
    }
    let run = OpenRun::job(store, entry, settings, clock, actor).await?;
    let results = run.store(store);
    let work = Work { store: &results, clock, settings, log, shared };
    let outcome = (entry.run)(work).await;
    run.close(store, &outcome).await?;
    outcome
}
