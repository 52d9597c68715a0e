//! Table `seedtest_alert_deliveries`: who is told of which alert, by which message. A message is an event of the
//! outbox; what it told is marked once it was taken.

use chrono::{DateTime, Utc};

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, integer, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_ALERT_DELIVERIES: Table = Table::analytics(
    "seedtest_alert_deliveries",
    &[
        text("alert_key").required(),
        text("channel").required().check("channel IN ('mail', 'webhook')"),
        text("recipient").required(),
        // 0 = the first time; then how often it was told again.
        integer("reminder").required(),
        text("message_id").required(),
        text("status").required().check("status IN ('waiting', 'sent', 'dropped')"),
        time("settled_at"),
    ],
)
.key(&["alert_key", "channel", "recipient", "reminder"])
.indexes(&[index("ix_seedtest_alert_deliveries_message", "message_id")])
.since(super::ALERTS);

/// How somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertChannel {
    /// By mail.
    Mail,
    /// By a request to another system.
    Webhook,
}

impl AlertChannel {
    /// The word in the table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    /// The channel of a word.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Mail, Self::Webhook].into_iter().find(|channel| channel.code() == word)
    }
}

/// One alert on its way to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertDelivery {
    /// The alert.
    pub alert_key: String,
    /// How.
    pub channel: AlertChannel,
    /// To whom: an address of mail, or the name of the channel.
    pub recipient: String,
    /// 0 = the first time; then how often it was told again.
    pub reminder: u32,
}

fn key(delivery: &AlertDelivery) -> [Value<'_>; 4] {
    [
        Value::text(&delivery.alert_key),
        Value::text(delivery.channel.code()),
        Value::text(&delivery.recipient),
        Value::Int4(i32::try_from(delivery.reminder).ok()),
    ]
}

fn read(row: &Record<'_>) -> Result<AlertDelivery, Error> {
    let channel: String = row.get("channel")?;
    Ok(AlertDelivery {
        alert_key: row.get("alert_key")?,
        channel: AlertChannel::read(&channel)
            .ok_or_else(|| row.unreadable("channel", format!("{channel:?} is no channel")))?,
        recipient: row.get("recipient")?,
        reminder: row.get("reminder")?,
    })
}

const LISTED: [&str; 4] = ["alert_key", "channel", "recipient", "reminder"];

impl Tx {
    /// Puts an alert into a message; false where that recipient was told, or is going to be.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn queue_alert(
        &mut self,
        delivery: &AlertDelivery,
        message_id: &str,
    ) -> Result<bool, Error> {
        let [alert, channel, recipient, reminder] = key(delivery);
        let values: [Value<'_>; SEEDTEST_ALERT_DELIVERIES.width()] = [
            alert,
            channel,
            recipient,
            reminder,
            Value::text(message_id),
            Value::text("waiting"),
            Value::Time(None),
        ];
        let insert = SEEDTEST_ALERT_DELIVERIES.insert().on_conflict("ON CONFLICT DO NOTHING");
        insert.run_one(&mut self.session(), &values).await
    }

    /// Puts an alert that waits into another message.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn requeue_alert(
        &mut self,
        delivery: &AlertDelivery,
        message_id: &str,
    ) -> Result<(), Error> {
        let [alert, channel, recipient, reminder] = key(delivery);
        let sql = "UPDATE seedtest_alert_deliveries SET message_id = $5 \
             WHERE alert_key = $1 AND channel = $2 AND recipient = $3 AND reminder = $4 \
               AND status = 'waiting'";
        let values = [alert, channel, recipient, reminder, Value::text(message_id)];
        self.session().execute(sql, &values).await?;
        Ok(())
    }

    /// Says of alerts of a message that they were told, or that there was no need to.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_alerts(
        &mut self,
        message_id: &str,
        alert_keys: &[&str],
        is_sent: bool,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let sql = "UPDATE seedtest_alert_deliveries SET status = $3, settled_at = $4 \
             WHERE message_id = $1 AND alert_key = $2 AND status = 'waiting'";
        let status = if is_sent { "sent" } else { "dropped" };
        for alert_key in alert_keys {
            let values = [
                Value::text(message_id),
                Value::text(alert_key),
                Value::text(status),
                Value::time(at),
            ];
            self.session().execute(sql, &values).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Who was told of alerts that are not over, or is going to be.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn deliveries_of_open_alerts(&self) -> Result<Vec<AlertDelivery>, Error> {
        self.deliveries(
            "alert_key IN (SELECT alert_key FROM seedtest_alerts WHERE resolved_at IS NULL)",
        )
        .await
    }

    /// What waits for a message that nobody works on any more: it was given up, or ended as this came in.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stranded_deliveries(&self) -> Result<Vec<AlertDelivery>, Error> {
        self.deliveries(
            "status = 'waiting' AND NOT EXISTS (SELECT 1 FROM seedtest_outbox \
               WHERE event_id = message_id AND seedtest_outbox.status = 'waiting')",
        )
        .await
    }

    async fn deliveries(&self, condition: &str) -> Result<Vec<AlertDelivery>, Error> {
        let columns = SEEDTEST_ALERT_DELIVERIES.select_of(&LISTED);
        let sql = format!(
            "SELECT {columns} FROM seedtest_alert_deliveries WHERE {condition} \
             ORDER BY channel, recipient, alert_key, reminder"
        );
        self.connection().await?.session().fetch_records(&columns, &sql, &[], read).await
    }
}
