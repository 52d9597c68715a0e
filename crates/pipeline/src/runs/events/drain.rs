//! The worker of the outbox.

use seedtest_store::{Store, TakenEvent, WhichEvents};

use super::{EventKind, Payload};
use crate::alerts::{AlertSettings, MESSAGE, deliver};
use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::{send_alerts, update_theta};
use crate::outbox::{Drained, Failed, Outbox, work_through};
use crate::registry::{JobLog, Settings};
use crate::runs::run::{Context, run_unlocked};
use crate::threads::Cancel;

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
    let Outbox { store, clock, .. } = outbox;
    let alerts = Settings::resolve(&send_alerts::ENTRY, |_| None, environment);
    // Who is told to tell nobody leaves messages to those who are told to.
    let tells = alerts.as_ref().is_ok_and(AlertSettings::tell_somebody);
    let which = if tells { WhichEvents::All } else { WhichEvents::But(MESSAGE) };
    let deal_with = async |event: &TakenEvent, log: &mut JobLog<'_>| match &alerts {
        Ok(settings) if event.kind == MESSAGE => {
            Box::pin(deliver(store, clock, event, settings)).await
        }
        _ => look_at_student(store, event, environment, log).await,
    };
    let drained = work_through(outbox, which, stop, log, deal_with).await?;
    log.finish()?;
    Ok(drained)
}

async fn look_at_student(
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
