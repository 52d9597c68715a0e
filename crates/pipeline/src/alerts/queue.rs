//! Which messages are to go out, with what in them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use seedtest_responses::TimeZone;
use seedtest_store::{Alert, AlertDelivery, NewEvent, Store, Tx};
use serde_json::json;
use uuid::Uuid;

use super::deliver::{MESSAGE, payload};
use super::hours::{Digest, due};
use super::recipients::Recipients;
use super::settings::AlertSettings;
use crate::error::Error;

/// What is going to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Queue {
    /// Alerts, one for each who is told.
    pub(crate) alerts: usize,
    /// Messages.
    pub(crate) messages: usize,
    /// When the first of them goes out.
    pub(crate) due_at: Option<DateTime<Utc>>,
}

/// Who was told of alerts that are open, or is going to be.
#[derive(Debug, Default)]
pub(crate) struct Told {
    all: BTreeSet<AlertDelivery>,
    /// Those among them whose message was given up.
    stranded: BTreeSet<AlertDelivery>,
}

impl Told {
    /// As the database knows it.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn read(store: &Store) -> Result<Self, Error> {
        Ok(Self {
            all: store.deliveries_of_open_alerts().await?.into_iter().collect(),
            stranded: store.stranded_deliveries().await?.into_iter().collect(),
        })
    }
}

/// Puts what waits for somebody into messages, one to a recipient and time, or one each; what nobody could be told
/// by a message that was given up goes into a new one. Those who were told of an alert are not told again.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn queue(
    tx: &mut Tx,
    settings: &AlertSettings,
    (recipients, open, told): (&Recipients, &[Alert], &Told),
    (now, zone): (DateTime<Utc>, &TimeZone),
) -> Result<Queue, Error> {
    let due_at = due(now, zone, settings.digest, settings.quiet);
    let mut messages: BTreeMap<String, NewEvent> = BTreeMap::new();
    let mut alerts = 0;
    for delivery in wanted(settings, (recipients, open), told, now) {
        let event = message(&delivery, settings.digest, due_at);
        let is_queued = if told.stranded.contains(&delivery) {
            tx.requeue_alert(&delivery, &event.event_id).await?;
            true
        } else {
            tx.queue_alert(&delivery, &event.event_id).await?
        };
        if is_queued {
            alerts += 1;
            messages.insert(event.event_id.clone(), event);
        }
    }
    for event in messages.values() {
        tx.put_event(event).await?;
    }
    let due_at = (!messages.is_empty()).then_some(due_at);
    Ok(Queue { alerts, messages: messages.len(), due_at })
}

/// Who is to be told of what: of every alert that waits each who may be told and was not, and again each time the days
/// of a reminder are over.
fn wanted(
    settings: &AlertSettings,
    (recipients, open): (&Recipients, &[Alert]),
    told: &Told,
    now: DateTime<Utc>,
) -> Vec<AlertDelivery> {
    let mut wanted = Vec::new();
    for recipient in &recipients.all {
        for alert in open.iter().filter(|alert| alert.waits_for_somebody()) {
            let is_asked_for = settings.kinds.contains(&alert.kind);
            if !is_asked_for || !recipients.may_be_told(recipient, alert) {
                continue;
            }
            let of = |reminder| AlertDelivery {
                alert_key: alert.alert_key.clone(),
                channel: recipient.channel,
                recipient: recipient.name.clone(),
                reminder,
            };
            let reminder = reminder(alert.found_at, settings.remind_days, now);
            // Whoever was told later than that was told often enough.
            let was_told = told.all.range(of(reminder)..=of(u32::MAX)).next();
            match was_told {
                None => wanted.push(of(reminder)),
                Some(last) if told.stranded.contains(last) => wanted.push(last.clone()),
                Some(_) => {}
            }
        }
    }
    wanted
}

/// How often the days of a reminder were over.
fn reminder(found_at: DateTime<Utc>, days: u32, now: DateTime<Utc>) -> u32 {
    let passed = u32::try_from((now - found_at).num_days()).unwrap_or(0);
    passed.checked_div(days).unwrap_or(0)
}

/// The message that tells somebody of an alert: the same one for all that go to the same recipient at the same time,
/// unless each has its own.
fn message(delivery: &AlertDelivery, digest: Digest, due_at: DateTime<Utc>) -> NewEvent {
    let (channel, recipient) = (delivery.channel, &*delivery.recipient);
    let at = due_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let own = (digest == Digest::Single).then_some(&*delivery.alert_key);
    let name = json!([channel.code(), recipient, at, own]).to_string();
    NewEvent {
        event_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string(),
        kind: MESSAGE.to_owned(),
        payload: payload(channel, recipient),
        due_at,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use seedtest_store::AlertChannel;

    use super::*;

    #[test]
    fn reminders_are_counted_in_whole_spans() {
        let found = DateTime::UNIX_EPOCH;
        for (days, passed, expected) in [(7, 6, 0), (7, 7, 1), (7, 20, 2), (0, 90, 0), (7, -3, 0)] {
            assert_eq!(reminder(found, days, found + TimeDelta::days(passed)), expected);
        }
    }

    #[test]
    fn alerts_of_one_time_share_a_message_unless_each_has_its_own() {
        let to = |alert: &str, recipient: &str| AlertDelivery {
            alert_key: alert.into(),
            channel: AlertChannel::Mail,
            recipient: recipient.into(),
            reminder: 0,
        };
        let at = DateTime::UNIX_EPOCH;
        let id = |delivery, digest, at| message(&delivery, digest, at).event_id;
        let first = id(to("a", "kim"), Digest::Run, at);
        assert_eq!(id(to("b", "kim"), Digest::Run, at), first);
        assert_ne!(id(to("a", "lee"), Digest::Run, at), first);
        assert_ne!(id(to("a", "kim"), Digest::Run, at + TimeDelta::microseconds(1)), first);
        let single = id(to("a", "kim"), Digest::Single, at);
        assert_ne!(id(to("b", "kim"), Digest::Single, at), single);
    }
}
