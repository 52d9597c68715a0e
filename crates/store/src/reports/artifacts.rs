//! Tables `report_artifacts` (docs/contract/schema.md S20) and `monthly_report_artifacts`: published
//! reports. The contract's table has one row a student, week and format, so that months, which may begin on
//! a Monday too, stand in a table of their own.

use chrono::{DateTime, NaiveDate, Utc};

use super::PUBLISHING;
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Default, Kind, Table, View, index, ours, stamped, text, unique};
use crate::store::Store;

pub(crate) const REPORT_ARTIFACTS: Table = Table::analytics(
    "report_artifacts",
    &[
        Column::new("id", Kind::Serial).required().unused(),
        text("user_id").required(),
        Column::new("week_start", Kind::Date).required(),
        text("format")
            .required()
            .default(Default::Literal("'html'"))
            .check("format IN ('html', 'pdf')"),
        text("url").required(),
        stamped("generated_at"),
        text("sha256"),
        Column::new("bytes", Kind::BigInt),
        text("s3_key"),
        text("content_digest").since(PUBLISHING),
    ],
)
.key(&["id"])
.indexes(&[
    unique("uq_report_artifacts_user_week_format", "user_id, week_start, format"),
    index("ix_report_artifacts_user_week", "user_id, week_start"),
    index("ix_report_artifacts_generated_at", "generated_at"),
]);

pub(crate) const MONTHLY_REPORT_ARTIFACTS: Table = Table::analytics(
    "monthly_report_artifacts",
    &[
        text("user_id").required(),
        Column::new("month_start", Kind::Date).required(),
        text("format").required().check("format IN ('html', 'pdf')"),
        text("url").required(),
        stamped("generated_at"),
        text("sha256"),
        Column::new("bytes", Kind::BigInt),
        text("s3_key"),
        text("content_digest"),
    ],
)
.key(&["user_id", "month_start", "format"])
.indexes(&[index("ix_monthly_report_artifacts_month", "month_start")])
.since(PUBLISHING);

/// The same under the name of the contract.
pub(crate) fn view() -> View {
    let columns = REPORT_ARTIFACTS.stored();
    let query = format!("SELECT {}\nFROM report_artifacts", columns.join(", "));
    ours("report_artifact", &columns, &query)
}

/// How long a time a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ReportPeriod {
    /// A week from Monday to Sunday.
    #[default]
    Weekly,
    /// A month of the calendar.
    Monthly,
}

impl ReportPeriod {
    /// Every period.
    pub const ALL: [Self; 2] = [Self::Weekly, Self::Monthly];

    /// The word for it: `weekly` or `monthly`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// The period of a word.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.code() == code)
    }

    fn table(self) -> &'static Table {
        match self {
            Self::Weekly => &REPORT_ARTIFACTS,
            Self::Monthly => &MONTHLY_REPORT_ARTIFACTS,
        }
    }

    /// The column that says which week or month.
    fn start(self) -> &'static str {
        match self {
            Self::Weekly => "week_start",
            Self::Monthly => "month_start",
        }
    }
}

/// A published report (docs/contract/schema.md S20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportArtifact {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Week or month.
    pub period: ReportPeriod,
    /// Monday of the week, or first day of the month.
    pub start: NaiveDate,
    /// `html` or `pdf`.
    pub format: String,
    /// Where it can be had.
    pub url: String,
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: Option<String>,
    /// Size of the file.
    pub bytes: Option<i64>,
    /// Key of the object in its store, without a prefix of the place.
    pub key: Option<String>,
    /// Digest of what it says, without when it was made: the same digest, the same report.
    pub content_digest: Option<String>,
}

fn values(report: &ReportArtifact) -> [Value<'_>; REPORT_ARTIFACTS.width()] {
    [
        Value::text(&report.user_id),
        Value::date(report.start),
        Value::text(&report.format),
        Value::text(&report.url),
        Value::time(report.generated_at),
        Value::Text(report.sha256.as_deref()),
        Value::Int(report.bytes),
        Value::Text(report.key.as_deref()),
        Value::Text(report.content_digest.as_deref()),
    ]
}

fn read(row: &Record<'_>, period: ReportPeriod) -> Result<ReportArtifact, Error> {
    Ok(ReportArtifact {
        user_id: row.get("user_id")?,
        period,
        start: row.get(period.start())?,
        format: row.get("format")?,
        url: row.get("url")?,
        generated_at: row.get("generated_at")?,
        sha256: row.get_or_null("sha256")?,
        bytes: row.get_or_null("bytes")?,
        key: row.get_or_null("s3_key")?,
        content_digest: row.get_or_null("content_digest")?,
    })
}

impl Tx {
    /// Enters a report; the one of the same student, period and format is replaced.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_report_artifact(&mut self, report: &ReportArtifact) -> Result<(), Error> {
        let table = report.period.table();
        let replacing = table.replacing(&["user_id", report.period.start(), "format"], &[]);
        let insert = table.insert().on_conflict(&replacing);
        insert.run_one(&mut self.session(), &values(report)).await?;
        Ok(())
    }
}

impl Tx {
    /// Strikes out a report that is no longer where it was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_report_artifact(&mut self, report: &ReportArtifact) -> Result<(), Error> {
        let (table, start) = (report.period.table().name, report.period.start());
        let sql =
            format!("DELETE FROM {table} WHERE user_id = $1 AND {start} = $2 AND format = $3");
        let values =
            [Value::text(&report.user_id), Value::date(report.start), Value::text(&report.format)];
        self.session().execute(&sql, &values).await?;
        Ok(())
    }
}

impl Store {
    /// The reports of a student: those of weeks, then those of months, each newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn report_artifacts(&self, user_id: &str) -> Result<Vec<ReportArtifact>, Error> {
        let mut all = Vec::new();
        for period in ReportPeriod::ALL {
            let order = format!("user_id = $1 ORDER BY {} DESC, format", period.start());
            all.extend(self.artifacts_where(period, &order, &[Value::text(user_id)]).await?);
        }
        Ok(all)
    }

    /// Every report of one week or month, by student and format.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn report_artifacts_of(
        &self,
        period: ReportPeriod,
        start: NaiveDate,
    ) -> Result<Vec<ReportArtifact>, Error> {
        let condition = format!("{} = $1", period.start());
        let mut all = self.artifacts_where(period, &condition, &[Value::date(start)]).await?;
        all.sort_by(|a, b| (&a.user_id, &a.format).cmp(&(&b.user_id, &b.format)));
        Ok(all)
    }

    async fn artifacts_where(
        &self,
        period: ReportPeriod,
        condition: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<ReportArtifact>, Error> {
        let table = period.table();
        let columns = table.select();
        let sql = format!("SELECT {columns} FROM {} WHERE {condition}", table.name);
        let mut connection = self.connection().await?;
        let read = |row: &Record<'_>| read(row, period);
        connection.session().fetch_records(&columns, &sql, values, read).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_take_the_same_values() {
        assert_eq!(REPORT_ARTIFACTS.width(), MONTHLY_REPORT_ARTIFACTS.width());
    }
}
