//! Table `report_artifacts`: published reports (docs/contract/schema.md S20).

use chrono::{DateTime, NaiveDate, Utc};

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
        text("s3_key").unused(),
    ],
)
.key(&["id"])
.indexes(&[
    unique("uq_report_artifacts_user_week_format", "user_id, week_start, format"),
    index("ix_report_artifacts_user_week", "user_id, week_start"),
    index("ix_report_artifacts_generated_at", "generated_at"),
]);

/// The same under the name of the contract.
pub(crate) fn view() -> View {
    let columns = REPORT_ARTIFACTS.stored();
    let query = format!("SELECT {}\nFROM report_artifacts", columns.join(", "));
    ours("report_artifact", &columns, &query)
}

/// A published report (docs/contract/schema.md S20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportArtifact {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
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
}

fn values(report: &ReportArtifact) -> [Value<'_>; REPORT_ARTIFACTS.width()] {
    [
        Value::text(&report.user_id),
        Value::date(report.week_start),
        Value::text(&report.format),
        Value::text(&report.url),
        Value::time(report.generated_at),
        Value::Text(report.sha256.as_deref()),
        Value::Int(report.bytes),
    ]
}

fn read(row: &Record<'_>) -> Result<ReportArtifact, Error> {
    Ok(ReportArtifact {
        user_id: row.get("user_id")?,
        week_start: row.get("week_start")?,
        format: row.get("format")?,
        url: row.get("url")?,
        generated_at: row.get("generated_at")?,
        sha256: row.get_or_null("sha256")?,
        bytes: row.get_or_null("bytes")?,
    })
}

impl Tx {
    /// Enters a report; the one of the same student, week and format is replaced.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_report_artifact(&mut self, report: &ReportArtifact) -> Result<(), Error> {
        let replacing = REPORT_ARTIFACTS.replacing(&["user_id", "week_start", "format"], &[]);
        let insert = REPORT_ARTIFACTS.insert().on_conflict(&replacing);
        insert.run_one(&mut self.session(), &values(report)).await?;
        Ok(())
    }
}

impl Store {
    /// The reports of a student, newest week first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn report_artifacts(&self, user_id: &str) -> Result<Vec<ReportArtifact>, Error> {
        let columns = REPORT_ARTIFACTS.select();
        let sql = format!(
            "SELECT {columns} FROM report_artifacts WHERE user_id = $1 \
             ORDER BY week_start DESC, format"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &[Value::text(user_id)], read).await
    }
}
