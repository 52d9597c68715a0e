//! The loop that runs what is planned, one thing at a time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use seedtest_store::{ScheduleState, ScheduleStatus, Store};

use super::plan::{Entry, Plan, Planned};
use super::standing::{Turn, delay, retry_at, turn};
use crate::clock::Clock;
use crate::error::Error;
use crate::registry::{JobLog, Settings};
use crate::reports::lacking;
use crate::runs::{Context, RoundRequest, run_job, run_round};

/// How long the loop waits between two looks at the clock.
const LOOK: Duration = Duration::from_secs(15);

/// Who asks for the jobs of the schedule that belong to no round, for the ledger.
const ACTOR: &str = "schedule";

/// How hard a point of the schedule is tried.
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    /// Tries of a point in all.
    pub tries: u32,
    /// Most seconds after a point at which it begins, so that many databases do not begin at once.
    pub jitter: u32,
}

impl Default for Retries {
    fn default() -> Self {
        Self { tries: 3, jitter: 60 }
    }
}

/// What a look at the clock led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended {
    /// Points that ended well.
    pub done: u32,
    /// Points that failed.
    pub failed: u32,
}

/// Runs what `plan` says until `stop` ends, or, with `once`, what is due now. Of points that were missed
/// the last one runs, once; a point that failed is tried again after 1, 5, 25 … minutes; two schedulers on
/// one database share the work. A database that cannot be reached is waited for.
///
/// # Errors
/// [`Error::Write`] when the log cannot be written; with `once` those of the database, too.
pub async fn run_schedule(
    store: &Store,
    clock: Clock,
    plan: &Plan,
    retries: Retries,
    environment: impl Fn(&str) -> Option<String>,
    log: &mut JobLog<'_>,
    once: bool,
) -> Result<Ended, Error> {
    let mut ended = Ended::default();
    loop {
        for entry in &plan.entries {
            let at_work = AtWork { store, clock, plan, retries, environment: &environment };
            match Box::pin(at_work.look_at(entry, log)).await {
                Ok(None) => {}
                Ok(Some(true)) => ended.done += 1,
                Ok(Some(false)) => ended.failed += 1,
                Err(error) if once => return Err(error),
                Err(error) => log.warn(&format!("Schedule: {error}; looking again in a moment")),
            }
            log.finish()?;
        }
        if once {
            return Ok(ended);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What a look needs.
struct AtWork<'a, F> {
    store: &'a Store,
    clock: Clock,
    plan: &'a Plan,
    retries: Retries,
    environment: &'a F,
}

impl<F: Fn(&str) -> Option<String>> AtWork<'_, F> {
    /// Runs the entry if it is its turn; whether that ended well.
    async fn look_at(&self, entry: &Entry, log: &mut JobLog<'_>) -> Result<Option<bool>, Error> {
        let name = entry.what.name();
        let Some(lock) = self.store.try_job_lock(&format!("schedule-{name}")).await? else {
            // Another scheduler is at it.
            return Ok(None);
        };
        let ended = Box::pin(self.under_lock(entry, log)).await;
        lock.release().await;
        ended
    }

    async fn under_lock(&self, entry: &Entry, log: &mut JobLog<'_>) -> Result<Option<bool>, Error> {
        let name = entry.what.name();
        let now = self.clock.now();
        let last = self.plan.last(entry, now);
        let Some(state) = self.store.schedule_state(name).await? else {
            // Seen for the first time: what lies before was not missed.
            let due = last.unwrap_or(now);
            let state =
                ScheduleState { due, status: ScheduleStatus::Done, tried: 0, retry_at: None };
            self.store.set_schedule_state(name, state, now).await?;
            return Ok(None);
        };
        let begun = last.filter(|&due| due + delay(name, due, self.retries.jitter) <= now);
        let Some(turn) = turn(state, begun, now, self.retries.tries) else { return Ok(None) };
        Box::pin(self.take(entry, turn, log)).await.map(Some)
    }

    /// Runs one point and writes down how it ended.
    async fn take(&self, entry: &Entry, turn: Turn, log: &mut JobLog<'_>) -> Result<bool, Error> {
        let name = entry.what.name();
        let Turn { due, tried } = turn;
        let tried = tried + 1;
        let stands = |status, retry_at| ScheduleState { due, status, tried, retry_at };
        let state = stands(ScheduleStatus::Running, None);
        self.store.set_schedule_state(name, state, self.clock.now()).await?;
        log.info(&format!("Schedule: {name} of {}, try {tried}", instant(due)));
        let ended = self.run(entry.what, log).await;
        if let Err(error) = &ended {
            log.line_with("ERROR", &format!("Schedule: {name} failed: {error}"));
        }
        let is_well = matches!(ended, Ok(true));
        let now = self.clock.now();
        let state = if is_well {
            stands(ScheduleStatus::Done, None)
        } else {
            stands(ScheduleStatus::Failed, retry_at(tried, self.retries.tries, now))
        };
        self.store.set_schedule_state(name, state, now).await?;
        match state.retry_at {
            Some(at) => log.warn(&format!("Schedule: {name} is tried again at {}", instant(at))),
            None if is_well => log.info(&format!("Schedule: {name} ended well")),
            None => log
                .line_with("ERROR", &format!("Schedule: {name} is given up until its next point")),
        }
        Ok(is_well)
    }

    async fn run(&self, what: Planned, log: &mut JobLog<'_>) -> Result<bool, Error> {
        let Self { store, clock, environment, .. } = *self;
        match what {
            Planned::Round(round) => {
                let request =
                    RoundRequest { round, span: (None, None), date: None, dry_run: false };
                let summary = run_round(store, clock, request, environment, log).await?;
                Ok(summary.failed.is_empty() && summary.skipped.is_empty())
            }
            Planned::Job(entry) => {
                let settings = Settings::resolve(entry, |_: &str| None, environment)?;
                if let Some(variable) = lacking(entry, &settings) {
                    log.info(&format!("{} is left out: {variable} is not set", entry.name));
                    return Ok(true);
                }
                let context = Context {
                    store,
                    clock,
                    settings: &settings,
                    log,
                    actor: ACTOR,
                    in_round: false,
                };
                let outcome = run_job(entry, context).await?;
                // Whoever runs it already may have begun before what is due now.
                Ok(!outcome.failed && !outcome.already_running)
            }
        }
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
