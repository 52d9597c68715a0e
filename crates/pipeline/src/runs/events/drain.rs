//! The worker of the outbox.

use chrono::Duration;
use seedtest_store::{EventFate, EventLease, Store, TakenEvent};

use super::{EventKind, Payload};
use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::update_theta;
use crate::registry::{JobLog, Settings};
use crate::runs::run::{Context, run_unlocked};
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

/// Deals with every event that is due, one after the other, until somebody wants it to stop: then it
/// ends after the event at hand. Several workers may do so at once.
///
/// # Errors
/// Only when the outbox itself cannot be read or written, or the log not: an event that fails is
/// retried or given up, and said so in the log.
pub async fn drain_events(
    outbox: Outbox<'_>,
    environment: &(impl Fn(&str) -> Option<String> + Sync),
    stop: &Cancel,
    log: &mut JobLog<'_>,
) -> Result<Drained, Error> {
    let Outbox { store, clock, worker } = outbox;
    let mut drained = Drained::default();
    while !stop.is_cancelled() {
        let now = clock.now();
        let lease = EventLease { worker, now, until: now + Duration::seconds(LEASE_SECONDS) };
        let Some(event) = store.take_event(lease).await? else { break };
        let result = deal_with(store, &event, environment, log).await;
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
    log.finish()?;
    Ok(drained)
}

/// Why an event was not dealt with.
#[derive(Debug, thiserror::Error)]
enum Failed {
    /// No further attempt can help.
    #[error("{0}")]
    ForGood(String),
    #[error(transparent)]
    Now(#[from] Error),
}

fn wait(attempts: u32) -> Duration {
    let doubled = FIRST_WAIT_SECONDS << attempts.saturating_sub(1).min(16);
    Duration::seconds(doubled.min(LONGEST_WAIT_SECONDS))
}

async fn deal_with(
    store: &Store,
    event: &TakenEvent,
    environment: &(impl Fn(&str) -> Option<String> + Sync),
    log: &mut JobLog<'_>,
) -> Result<(), Failed> {
    let kind = EventKind::find(&event.kind)
        .ok_or_else(|| Failed::ForGood(format!("no event is called {:?}", event.kind)))?;
    let payload: Payload = serde_json::from_value(event.payload.clone())
        .map_err(|error| Failed::ForGood(format!("payload: {error}")))?;
    let entry = kind.job();
    let user = |key: &str| (key == "user").then(|| payload.user_id.clone());
    let settings = Settings::resolve(entry, user, environment)?;
    if kind == EventKind::SessionFinished && !settings.switch(update_theta::ONLINE.key) {
        log.debug(&format!("event {}: abilities are not updated online", event.event_id));
        return Ok(());
    }
    // The job sees the world as of the event: done twice, it writes the same rows.
    let clock = Clock::fixed(payload.at);
    let actor = format!("event {}", event.event_id);
    let context =
        Context { store, clock, settings: &settings, log, actor: &actor, in_round: false };
    run_unlocked(entry, context).await?;
    Ok(())
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
