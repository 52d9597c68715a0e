//! How events of the outbox are worked through: each is held for a while, and what fails is tried again, ever later.

use chrono::Duration;
use seedtest_store::{EventFate, EventLease, Store, TakenEvent, WhichEvents};

use crate::clock::Clock;
use crate::error::Error;
use crate::registry::JobLog;
use crate::threads::Cancel;

/// How long a worker may hold an event before it counts as dead.
const LEASE_SECONDS: i64 = 120;
/// Wait after the first failure; twice as long after each further one.
const FIRST_WAIT_SECONDS: i64 = 5;
const LONGEST_WAIT_SECONDS: i64 = 3_600;
/// An event that failed so often is kept for someone to look at.
const MOST_ATTEMPTS: u32 = 8;

/// What became of the events that were due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Dealt with.
    pub done: u32,
    /// Failed, to be tried again.
    pub retried: u32,
    /// Failed for good.
    pub dead: u32,
}

/// The outbox as one worker sees it.
#[derive(Debug, Clone, Copy)]
pub struct Outbox<'a> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: Clock,
    /// The worker: another name for each that works at the same time.
    pub worker: &'a str,
}

/// Why an event was not dealt with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// No further attempt can help.
    #[error("{0}")]
    ForGood(String),
    #[error(transparent)]
    Now(#[from] Error),
}

impl From<seedtest_store::Error> for Failed {
    fn from(error: seedtest_store::Error) -> Self {
        Self::Now(error.into())
    }
}

/// Deals with every event of these kinds that is due, one after the other, until somebody wants it to
/// stop: then it ends after the event at hand.
///
/// # Errors
/// Only when the outbox itself cannot be read or written.
pub(crate) async fn work_through(
    outbox: Outbox<'_>,
    which: WhichEvents<'_>,
    stop: &Cancel,
    log: &mut JobLog<'_>,
    deal_with: impl AsyncFn(&TakenEvent, &mut JobLog<'_>) -> Result<(), Failed>,
) -> Result<Drained, Error> {
    let Outbox { store, clock, worker } = outbox;
    let mut drained = Drained::default();
    while !stop.is_cancelled() {
        let now = clock.now();
        let lease = EventLease { worker, now, until: now + Duration::seconds(LEASE_SECONDS) };
        let Some(event) = store.take_which(which, lease).await? else { break };
        let result = deal_with(&event, log).await;
        let error = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let fate = match result {
            Ok(()) => EventFate::Done,
            Err(Failed::ForGood(_)) => EventFate::Dead { error: &error },
            Err(_) if event.attempts >= MOST_ATTEMPTS => EventFate::Dead { error: &error },
            Err(_) => {
                EventFate::Retry { error: &error, due_at: clock.now() + wait(event.attempts) }
            }
        };
        match fate {
            EventFate::Done => drained.done += 1,
            EventFate::Retry { .. } => drained.retried += 1,
            EventFate::Dead { .. } => drained.dead += 1,
        }
        if !error.is_empty() {
            let message = format!("event {} {}: {error}", event.kind, event.event_id);
            log.line_with("ERROR", &message);
        }
        store.settle_event(&event.event_id, worker, fate, clock.now()).await?;
    }
    Ok(drained)
}

fn wait(attempts: u32) -> Duration {
    let doubled = FIRST_WAIT_SECONDS << attempts.saturating_sub(1).min(16);
    Duration::seconds(doubled.min(LONGEST_WAIT_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let seconds = |attempts| wait(attempts).num_seconds();
        assert_eq!([1, 2, 3, 4].map(seconds), [5, 10, 20, 40]);
        assert_eq!(seconds(40), 3_600);
    }
}
