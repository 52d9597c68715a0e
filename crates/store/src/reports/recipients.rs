//! Table `report_recipients`: who gets the reports of whom by mail. Nobody does who did not agree.

use chrono::{DateTime, Utc};

use super::PUBLISHING;
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, text, time, unique};
use crate::store::Store;

pub(crate) const REPORT_RECIPIENTS: Table = Table::analytics(
    "report_recipients",
    &[
        text("user_id").required(),
        text("address").required(),
        text("lang").required().check("lang IN ('ko', 'en')"),
        time("opted_in_at"),
        time("opted_out_at"),
        text("unsubscribe_token").required(),
    ],
)
.key(&["user_id", "address"])
.indexes(&[unique("uq_report_recipients_token", "unsubscribe_token")])
.since(PUBLISHING);

/// An address that gets the reports of a student.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportRecipient {
    /// The student.
    pub user_id: String,
    /// The address.
    pub address: String,
    /// `ko` or `en`.
    pub lang: String,
    /// When they agreed; `None` = they did not.
    pub opted_in_at: Option<DateTime<Utc>>,
    /// When they asked to be left in peace; it counts more than an earlier agreement.
    pub opted_out_at: Option<DateTime<Utc>>,
    /// What their letters name to unsubscribe.
    pub unsubscribe_token: String,
}

impl ReportRecipient {
    /// Whether letters may be sent: who agreed and has not left since.
    pub fn is_open(&self) -> bool {
        match (self.opted_in_at, self.opted_out_at) {
            (Some(agreed), Some(left)) => agreed > left,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

fn values(recipient: &ReportRecipient) -> [Value<'_>; REPORT_RECIPIENTS.width()] {
    [
        Value::text(&recipient.user_id),
        Value::text(&recipient.address),
        Value::text(&recipient.lang),
        Value::Time(recipient.opted_in_at),
        Value::Time(recipient.opted_out_at),
        Value::text(&recipient.unsubscribe_token),
    ]
}

fn read(row: &Record<'_>) -> Result<ReportRecipient, Error> {
    Ok(ReportRecipient {
        user_id: row.get("user_id")?,
        address: row.get("address")?,
        lang: row.get("lang")?,
        opted_in_at: row.get_or_null("opted_in_at")?,
        opted_out_at: row.get_or_null("opted_out_at")?,
        unsubscribe_token: row.get("unsubscribe_token")?,
    })
}

/// What letting recipients leave came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OptedOut {
    /// Students of whom there are no more letters to the recipient; 0 = nobody is meant.
    pub students: u64,
    /// Those among them of whom there were none before.
    pub before: u64,
}

impl Tx {
    /// Writes recipients: language and agreement of one who is there already are replaced where they
    /// differ; when they left and the token of their letters stay. Returns how many are new or changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_report_recipients(
        &mut self,
        recipients: &[ReportRecipient],
    ) -> Result<u64, Error> {
        let rows: Vec<Value<'_>> = recipients.iter().flat_map(values).collect();
        let kept = ["opted_out_at", "unsubscribe_token"];
        let replacing = REPORT_RECIPIENTS.replacing(REPORT_RECIPIENTS.key, &kept);
        let same = ["user_id", "address", "opted_out_at", "unsubscribe_token"];
        let differing = REPORT_RECIPIENTS.differing(&same);
        let insert =
            REPORT_RECIPIENTS.insert().on_conflict(&format!("{replacing} WHERE {differing}"));
        insert.run(&mut self.session(), &rows).await
    }

    /// Lets an address leave: of one student, or of all. The time of who left before becomes this one: an agreement
    /// of a day between the two does not count.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn opt_out_address(
        &mut self,
        address: &str,
        user_id: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<OptedOut, Error> {
        let whom = "lower(address) = lower($1) AND ($2 IS NULL OR user_id = $2)";
        self.opt_out(whom, &[Value::text(address), Value::Text(user_id)], at).await
    }

    /// Lets the recipient leave whose letters name this token.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn opt_out_token(
        &mut self,
        token: &str,
        at: DateTime<Utc>,
    ) -> Result<OptedOut, Error> {
        self.opt_out("unsubscribe_token = $1", &[Value::text(token)], at).await
    }

    async fn opt_out(
        &mut self,
        whom: &str,
        values: &[Value<'_>],
        at: DateTime<Utc>,
    ) -> Result<OptedOut, Error> {
        let mut session = self.session();
        let columns = REPORT_RECIPIENTS.select();
        let sql = format!(
            "SELECT {columns} FROM report_recipients WHERE {whom} AND opted_out_at IS NOT NULL"
        );
        let left = session.fetch_records(&columns, &sql, values, read).await?;
        let sql = format!(
            "UPDATE report_recipients SET opted_out_at = ${} WHERE {whom}",
            values.len() + 1
        );
        let students = session.execute(&sql, &[values, &[Value::time(at)]].concat()).await?;
        let before = left.iter().filter(|recipient| !recipient.is_open()).count() as u64;
        Ok(OptedOut { students, before })
    }
}

impl Store {
    /// Every recipient, by student and address.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn report_recipients(&self) -> Result<Vec<ReportRecipient>, Error> {
        let columns = REPORT_RECIPIENTS.select();
        let sql = format!("SELECT {columns} FROM report_recipients");
        let mut connection = self.connection().await?;
        let mut all = connection.session().fetch_records(&columns, &sql, &[], read).await?;
        all.sort();
        Ok(all)
    }
}
