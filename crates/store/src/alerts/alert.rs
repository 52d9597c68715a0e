//! Table `seedtest_alerts`: what somebody has to look at: a student who may fall silent, a job that failed, items that
//! drifted. An alert is open from when it was found until what it is about is over.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, json, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_ALERTS: Table = Table::analytics(
    "seedtest_alerts",
    &[
        text("alert_key").required(),
        text("kind").required().check("kind IN ('risk', 'job', 'drift')"),
        text("user_id"),
        text("subject"),
        json("detail").required(),
        time("found_at").required(),
        time("acknowledged_at"),
        text("acknowledged_by"),
        time("resolved_at"),
    ],
)
.key(&["alert_key"])
.indexes(&[
    index("ix_seedtest_alerts_found", "found_at"),
    index("ix_seedtest_alerts_user", "user_id"),
])
.since(super::ALERTS);

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// The churn risk S of a student reached the threshold.
    Risk,
    /// A job ended with a failure.
    Job,
    /// Items drifted since the calibration before.
    Drift,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Risk, Self::Job, Self::Drift];

    /// The word in the table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Job => "job",
            Self::Drift => "drift",
        }
    }

    /// The kind of a word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == word)
    }
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its name; the same finding has the same one.
    pub alert_key: String,
    /// What it is about.
    pub kind: AlertKind,
    /// Canonical text id of the student it is about.
    pub user_id: Option<String>,
    /// The job or the calibration it is about.
    pub subject: Option<String>,
    /// Its figures.
    pub detail: Json,
    /// When it was found.
    pub found_at: DateTime<Utc>,
    /// When somebody said that they take care of it, and who.
    pub acknowledged: Option<(DateTime<Utc>, String)>,
    /// When what it is about was over.
    pub resolved_at: Option<DateTime<Utc>>,
}

impl Alert {
    /// Whether somebody still has to be told: it is not over, and nobody takes care of it.
    pub fn waits_for_somebody(&self) -> bool {
        self.acknowledged.is_none() && self.resolved_at.is_none()
    }
}

fn read(row: &Record<'_>) -> Result<Alert, Error> {
    let kind: String = row.get("kind")?;
    let at: Option<DateTime<Utc>> = row.get_or_null("acknowledged_at")?;
    let by: Option<String> = row.get_or_null("acknowledged_by")?;
    Ok(Alert {
        alert_key: row.get("alert_key")?,
        kind: AlertKind::read(&kind)
            .ok_or_else(|| row.unreadable("kind", format!("no alert is of the kind {kind:?}")))?,
        user_id: row.get_or_null("user_id")?,
        subject: row.get_or_null("subject")?,
        detail: row.get("detail")?,
        found_at: row.get("found_at")?,
        acknowledged: at.map(|at| (at, by.unwrap_or_default())),
        resolved_at: row.get_or_null("resolved_at")?,
    })
}

impl Tx {
    /// Enters an alert; false where it was found before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn raise_alert(&mut self, alert: &Alert) -> Result<bool, Error> {
        let (at, by) = alert.acknowledged.as_ref().map(|(at, by)| (*at, &**by)).unzip();
        let values: [Value<'_>; SEEDTEST_ALERTS.width()] = [
            Value::text(&alert.alert_key),
            Value::text(alert.kind.code()),
            Value::Text(alert.user_id.as_deref()),
            Value::Text(alert.subject.as_deref()),
            Value::json(&alert.detail),
            Value::time(alert.found_at),
            Value::Time(at),
            Value::Text(by),
            Value::Time(alert.resolved_at),
        ];
        let insert = SEEDTEST_ALERTS.insert().on_conflict("ON CONFLICT DO NOTHING");
        insert.run_one(&mut self.session(), &values).await
    }

    /// Says that what an alert is about is over.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn resolve_alert(&mut self, alert_key: &str, at: DateTime<Utc>) -> Result<(), Error> {
        let sql = "UPDATE seedtest_alerts SET resolved_at = $2 \
             WHERE alert_key = $1 AND resolved_at IS NULL";
        self.session().execute(sql, &[Value::text(alert_key), Value::time(at)]).await?;
        Ok(())
    }

    /// Says that somebody takes care of an alert; false where none has that name, or somebody does already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn acknowledge_alert(
        &mut self,
        alert_key: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let sql = "UPDATE seedtest_alerts SET acknowledged_at = $2, acknowledged_by = $3 \
             WHERE alert_key = $1 AND acknowledged_at IS NULL";
        let values = [Value::text(alert_key), Value::time(at), Value::text(by)];
        Ok(self.session().execute(sql, &values).await? > 0)
    }
}

impl Store {
    /// The alert of a name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn alert(&self, alert_key: &str) -> Result<Option<Alert>, Error> {
        let columns = SEEDTEST_ALERTS.select();
        let sql = format!("SELECT {columns} FROM seedtest_alerts WHERE alert_key = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(alert_key)], read).await
    }

    /// The alerts that were found up to an instant and are not over, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_alerts(&self, until: DateTime<Utc>) -> Result<Vec<Alert>, Error> {
        let columns = SEEDTEST_ALERTS.select();
        let sql = format!(
            "SELECT {columns} FROM seedtest_alerts \
             WHERE resolved_at IS NULL AND found_at <= $1 ORDER BY found_at, alert_key"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &[Value::time(until)], read).await
    }

    /// The newest alerts, those that are over too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_alerts(&self, most: u32) -> Result<Vec<Alert>, Error> {
        let columns = SEEDTEST_ALERTS.select();
        let sql = format!(
            "SELECT {columns} FROM seedtest_alerts ORDER BY found_at DESC, alert_key LIMIT $1"
        );
        let most = [Value::int(i64::from(most))];
        self.connection().await?.session().fetch_records(&columns, &sql, &most, read).await
    }

    /// The alerts that a message is to tell of.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn alerts_of_message(&self, message_id: &str) -> Result<Vec<Alert>, Error> {
        let columns = SEEDTEST_ALERTS.select();
        let sql = format!(
            "SELECT {columns} FROM seedtest_alerts WHERE alert_key IN \
               (SELECT alert_key FROM seedtest_alert_deliveries \
                WHERE message_id = $1 AND status = 'waiting') \
             ORDER BY found_at, alert_key"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &[Value::text(message_id)], read).await
    }
}
