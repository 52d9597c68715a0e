//! One message on its way.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use seedtest_publish::{Letter, MailError, Postbox, Webhook, WebhookMessage};
use seedtest_report::Renderer;
use seedtest_store::{Alert, AlertChannel, Store, TakenEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::compose::{Names, body, notice};
use super::find::noted;
use super::recipients::{Recipient, Recipients};
use super::settings::{AlertSettings, MailSettings};
use crate::clock::Clock;
use crate::error::Error;
use crate::outbox::Failed;
use crate::registry::Settings;

/// What the events of the outbox are called that are messages.
pub(crate) const MESSAGE: &str = "alert_message";

/// What the outbox keeps of a message: to whom; what it says is written when it is sent.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    channel: String,
    recipient: String,
}

pub(super) fn payload(channel: AlertChannel, recipient: &str) -> Value {
    json!(Payload { channel: channel.code().to_owned(), recipient: recipient.to_owned() })
}

/// Sends a message, of what still has to be told to whom it is told: an alert that is over, or that somebody takes care
/// of, is left out, and so is one that the recipient may not see any more.
///
/// # Errors
/// [`Failed::ForGood`] for a message that nobody can send and for a recipient that the server refuses for good; else
/// what can be tried again.
pub(crate) async fn deliver(
    store: &Store,
    clock: Clock,
    event: &TakenEvent,
    settings: &Settings,
) -> Result<(), Failed> {
    let settings = AlertSettings::read(settings)?;
    let payload: Payload = serde_json::from_value(event.payload.clone())
        .map_err(|error| Failed::ForGood(format!("payload: {error}")))?;
    let channel = AlertChannel::read(&payload.channel)
        .ok_or_else(|| Failed::ForGood(format!("{:?} is no channel", payload.channel)))?;
    let now = clock.onwards().now();
    let alerts = store.alerts_of_message(&event.event_id).await?;
    let recipients = Recipients::read(store, &settings, &alerts).await?;
    let is_meant = |of: &&Recipient| of.channel == channel && of.name == payload.recipient;
    // The next run of the job tells whom its settings name.
    let recipient = recipients.all.iter().find(is_meant).ok_or_else(|| {
        let Payload { channel, recipient } = &payload;
        Failed::ForGood(format!("the settings name no recipient {recipient:?} ({channel})"))
    })?;
    let noted = noted(store, now, &alerts).await?;
    let (told, dropped): (Vec<Alert>, Vec<Alert>) = alerts.into_iter().partition(|alert| {
        let waits = alert.waits_for_somebody() && !noted.contains(&alert.alert_key);
        waits && recipients.may_be_told(recipient, alert)
    });
    if !told.is_empty() {
        let message = Message { id: &event.event_id, alerts: &told, now };
        message.send(store, &settings, recipient).await?;
    }
    // Not the transaction of a run: what was sent is sent, whatever becomes of the rest.
    let mut tx = store.for_part().begin().await?;
    for (alerts, is_sent) in [(&told, true), (&dropped, false)] {
        let keys: Vec<&str> = alerts.iter().map(|alert| &*alert.alert_key).collect();
        tx.settle_alerts(&event.event_id, &keys, is_sent, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What is told to one recipient.
struct Message<'a> {
    id: &'a str,
    alerts: &'a [Alert],
    now: DateTime<Utc>,
}

impl Message<'_> {
    async fn send(
        &self,
        store: &Store,
        settings: &AlertSettings,
        recipient: &Recipient,
    ) -> Result<(), Failed> {
        let names = Names::read(store, &settings.called, self.alerts).await?;
        match (recipient.channel, &settings.mail, &settings.webhook) {
            (AlertChannel::Webhook, _, Some(webhook)) => self.post(webhook, &names).await,
            (AlertChannel::Mail, Some(mail), _) => {
                let zone = store.time_zone();
                let notice = notice(self.alerts, &names, settings, zone, &recipient.name);
                let renderer = Renderer::new(recipient.lang).map_err(Error::from)?;
                let text = renderer.notice(&notice).map_err(Error::from)?;
                self.mail(mail, recipient, &text).await
            }
            // Whom the settings do not name is no recipient.
            _ => Ok(()),
        }
    }

    async fn post(&self, webhook: &Webhook, names: &Names) -> Result<(), Failed> {
        let body = body(self.id, self.alerts, names, self.now)?;
        let message = WebhookMessage { id: self.id, body, at: self.now };
        Ok(webhook.post(message).await.map_err(Error::from)?)
    }

    async fn mail(
        &self,
        mail: &MailSettings,
        recipient: &Recipient,
        text: &seedtest_report::LetterText,
    ) -> Result<(), Failed> {
        let postbox = Postbox::new(&mail.smtp).map_err(Error::from)?;
        let from = postbox.from_address();
        let host = from.rsplit('@').next().unwrap_or("seedtest");
        let letter = Letter {
            to: &recipient.name,
            lang: recipient.lang.tag(),
            subject: &text.subject,
            text: &text.text,
            html: &text.html,
            attachments: &[],
            // The same message has the same one, so that a mailbox that gets it twice can tell.
            message_id: &format!("{}@{host}", self.id),
            unsubscribe: &format!("<mailto:{from}?subject=unsubscribe>"),
            one_click: false,
            date: SystemTime::from(self.now),
        };
        let sent = async {
            postbox.open().await?;
            postbox.send(&letter).await
        };
        sent.await.map_err(|error| match error {
            MailError::Refused { for_good: true, .. } | MailError::BadAddress { .. } => {
                Failed::ForGood(error.to_string())
            }
            _ => Failed::Now(error.into()),
        })
    }
}
