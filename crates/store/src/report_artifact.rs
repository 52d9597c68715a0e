use chrono::{DateTime, NaiveDate, Utc};

use crate::error::Error;
use crate::row::Row;
use crate::store::Store;
use crate::tx::Tx;
use crate::value::Value;

/// A published report (schema.md S20).
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

impl Tx {
    /// Enters a report; the one of the same student, week and format is replaced.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_report_artifact(&mut self, report: &ReportArtifact) -> Result<(), Error> {
        let sql = "INSERT INTO report_artifacts \
             (user_id, week_start, format, url, generated_at, sha256, bytes) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (user_id, week_start, format) DO UPDATE SET url = excluded.url, \
             generated_at = excluded.generated_at, sha256 = excluded.sha256, \
             bytes = excluded.bytes";
        let values = [
            Value::text(&report.user_id),
            Value::date(report.week_start),
            Value::text(&report.format),
            Value::text(&report.url),
            Value::time(report.generated_at),
            Value::Text(report.sha256.as_deref()),
            Value::Int(report.bytes),
        ];
        self.session().execute(sql, &values).await?;
        Ok(())
    }
}

impl Store {
    /// The reports of a student, newest week first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn report_artifacts(&self, user_id: &str) -> Result<Vec<ReportArtifact>, Error> {
        let sql = "SELECT user_id, week_start, format, url, generated_at, sha256, bytes \
             FROM report_artifacts WHERE user_id = $1 ORDER BY week_start DESC, format";
        let mut connection = self.connection().await?;
        connection.session().fetch(sql, &[Value::text(user_id)], read).await
    }
}

fn read(row: &Row<'_>) -> Result<ReportArtifact, Error> {
    Ok(ReportArtifact {
        user_id: row.required(0, row.owned_text(0)?)?,
        week_start: row.required(1, row.date(1)?)?,
        format: row.required(2, row.owned_text(2)?)?,
        url: row.required(3, row.owned_text(3)?)?,
        generated_at: row.required(4, row.time(4)?)?,
        sha256: row.owned_text(5)?,
        bytes: row.int(6)?,
    })
}
