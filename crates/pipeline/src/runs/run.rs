//! A run of a job: under its lock, entered in the ledger.

use std::time::{Duration, Instant};

use seedtest_store::{JobLock, Store};

use super::ledger::OpenRun;
use super::standing;
use crate::clock::Clock;
use crate::corrections::told_of_merge;
use crate::error::Error;
use crate::evidence::SharedEvidence;
use crate::registry::{JobEntry, JobLog, Outcome, Settings, Work};

/// How long a round waits for a job or a round that runs already: longer than any night.
const LONGEST_WAIT: Duration = Duration::from_hours(12);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

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
    /// Whether it is part of a round.
    pub in_round: bool,
}

/// Runs a job under its lock and enters it in the ledger; a dry run leaves no line. A second run
/// of the same job at the same time is no error: it says so and does nothing. With `--as-of` it stands
/// on that day; over a log whose newest answer is older than what the job looks at, on that answer's.
///
/// # Errors
/// Those of the job, and [`Error::Write`] when it ran and its log could not be written.
pub async fn run_job(entry: &JobEntry, context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, actor, in_round } = context;
    let clock = standing::of_job(entry, store, clock, settings, log).await?;
    let Some(lock) = store.try_job_lock(entry.name).await? else {
        let outcome = already_running(entry, log);
        log.finish()?;
        return Ok(outcome);
    };
    let context = Context { store, clock, settings, log: &mut *log, actor, in_round };
    let outcome = run_in_ledger(entry, context, None).await;
    lock.release().await;
    let outcome = outcome?;
    log.finish()?;
    Ok(outcome)
}

/// As [`run_job`], from evidence that is loaded once for several jobs; a failure of the log stays
/// in it. While another process runs the job it waits: what comes next reads what the job writes.
pub(super) async fn run_locked(
    entry: &JobEntry,
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    let lock = wait_for_lock(context.store, entry.name, context.log).await?;
    let outcome = run_in_ledger(entry, context, shared).await;
    lock.release().await;
    outcome
}

/// Takes the lock of that name, after whoever has it; says so when it has to wait.
///
/// # Errors
/// [`Error::AlreadyRunning`] after [`LONGEST_WAIT`].
pub(super) async fn wait_for_lock(
    store: &Store,
    name: &'static str,
    log: &mut JobLog<'_>,
) -> Result<JobLock, Error> {
    let began = Instant::now();
    let mut is_told = false;
    loop {
        if let Some(lock) = store.try_job_lock(name).await? {
            return Ok(lock);
        }
        if began.elapsed() > LONGEST_WAIT {
            return Err(Error::AlreadyRunning(name));
        }
        if !is_told {
            log.warn(&format!("{name} is already running; waiting until it has ended"));
            is_told = true;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Runs a job that may run beside itself, because it touches one student only.
pub(super) async fn run_unlocked(
    entry: &JobEntry,
    context: Context<'_, '_>,
) -> Result<Outcome, Error> {
    run_in_ledger(entry, context, None).await
}

/// Runs a job whose line is begun and will be closed by the caller.
pub(super) async fn run_begun(
    entry: &JobEntry,
    context: Context<'_, '_>,
    run: &OpenRun,
) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, in_round, .. } = context;
    let Some(lock) = store.try_job_lock(entry.name).await? else {
        return Ok(already_running(entry, log));
    };
    let results = run.store(store);
    let outcome = match of_student_now(store, settings, log).await {
        Ok(named) => {
            let settings = named.as_ref().unwrap_or(settings);
            let work = Work { store: &results, clock, settings, log, shared: None, in_round };
            (entry.run)(work).await
        }
        Err(error) => Err(error),
    };
    lock.release().await;
    outcome
}

/// The setting that names a student.
const USER: &str = "user";

/// The settings of a job for a student whose id was merged into another one: for that one, which the log says.
/// `None` where they can stay as they are.
async fn of_student_now(
    store: &Store,
    settings: &Settings,
    log: &mut JobLog<'_>,
) -> Result<Option<Settings>, Error> {
    let Some(given) = settings.text(USER) else { return Ok(None) };
    let now = store.student_now(given).await?;
    if now == given {
        return Ok(None);
    }
    log.warn(&told_of_merge(given, &now));
    Ok(Some(settings.with_text(USER, now)))
}

fn already_running(entry: &JobEntry, log: &mut JobLog<'_>) -> Outcome {
    log.warn(&format!("{} is already running", entry.name));
    Outcome { already_running: true, ..Outcome::noop() }
}

async fn run_in_ledger(
    entry: &JobEntry,
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, actor, in_round } = context;
    let named = of_student_now(store, settings, log).await?;
    let settings = named.as_ref().unwrap_or(settings);
    if settings.switch("dry-run") {
        return (entry.run)(Work { store, clock, settings, log, shared, in_round }).await;
    }
    let run = OpenRun::job(store, entry, settings, clock, actor).await?;
    let results = run.store(store);
    let work = Work { store: &results, clock, settings, log, shared, in_round };
    let outcome = (entry.run)(work).await;
    run.close(store, &outcome, None).await?;
    outcome
}
