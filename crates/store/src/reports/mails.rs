//! Table `report_mails`: which letter went to whom. A letter is claimed before it is sent and marked after,
//! so that no two processes, and no later run, send it again.

use chrono::{DateTime, NaiveDate, Utc};

use super::PUBLISHING;
use super::artifacts::ReportPeriod;
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, index, text, time};
use crate::store::Store;

pub(crate) const REPORT_MAILS: Table = Table::analytics(
    "report_mails",
    &[
        text("user_id").required(),
        text("address").required(),
        text("period").required().check("period IN ('weekly', 'monthly')"),
        Column::new("period_start", Kind::Date).required(),
        time("claimed_at").required(),
        time("sent_at"),
    ],
)
.key(&["user_id", "address", "period", "period_start"])
.indexes(&[index("ix_report_mails_period", "period_start")])
.since(PUBLISHING);

/// A letter that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportMail {
    /// The student it is about.
    pub user_id: String,
    /// Whom it went to.
    pub address: String,
    /// Of a week or a month.
    pub period: ReportPeriod,
    /// Monday of the week, or first day of the month.
    pub period_start: NaiveDate,
    /// When it was taken in hand.
    pub claimed_at: DateTime<Utc>,
    /// When the server took it; `None` = under way, or nobody knows.
    pub sent_at: Option<DateTime<Utc>>,
}

fn key(mail: &ReportMail) -> [Value<'_>; 4] {
    [
        Value::text(&mail.user_id),
        Value::text(&mail.address),
        Value::text(mail.period.code()),
        Value::date(mail.period_start),
    ]
}

const THIS: &str = "user_id = $1 AND address = $2 AND period = $3 AND period_start = $4";

impl Tx {
    /// Takes a letter in hand; false where it was taken before, by whomever.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim_report_mail(&mut self, mail: &ReportMail) -> Result<bool, Error> {
        let [user_id, address, period, start] = key(mail);
        let values =
            [user_id, address, period, start, Value::time(mail.claimed_at), Value::Time(None)];
        let insert = REPORT_MAILS.insert().on_conflict("ON CONFLICT DO NOTHING");
        insert.run_one(&mut self.session(), &values).await
    }

    /// Marks a letter as taken by the server.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn report_mail_sent(
        &mut self,
        mail: &ReportMail,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let [user_id, address, period, start] = key(mail);
        let sql = format!("UPDATE report_mails SET sent_at = $5 WHERE {THIS}");
        let values = [user_id, address, period, start, Value::time(at)];
        self.session().execute(&sql, &values).await?;
        Ok(())
    }

    /// Lets go of a letter that was certainly not taken, so that it may be sent later.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release_report_mail(&mut self, mail: &ReportMail) -> Result<(), Error> {
        let sql = format!("DELETE FROM report_mails WHERE {THIS} AND sent_at IS NULL");
        self.session().execute(&sql, &key(mail)).await?;
        Ok(())
    }
}

impl Store {
    /// Every letter of one week or month that was claimed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn report_mails(
        &self,
        period: ReportPeriod,
        start: NaiveDate,
    ) -> Result<Vec<ReportMail>, Error> {
        let columns = REPORT_MAILS.select();
        let sql = format!(
            "SELECT {columns} FROM report_mails WHERE period = $1 AND period_start = $2 \
             ORDER BY user_id, address"
        );
        let read = |row: &Record<'_>| {
            Ok(ReportMail {
                user_id: row.get("user_id")?,
                address: row.get("address")?,
                period,
                period_start: row.get("period_start")?,
                claimed_at: row.get("claimed_at")?,
                sent_at: row.get_or_null("sent_at")?,
            })
        };
        let values = [Value::text(period.code()), Value::date(start)];
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &values, read).await
    }
}
