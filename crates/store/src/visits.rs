use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::row::Row;
use crate::store::Store;
use crate::value::Value;

/// A sign of life of a student that is not an answer: an exam document or a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// Canonical text id of the student.
    pub user_id: String,
    /// The session.
    pub session_id: Option<String>,
    /// When the document was last changed, or the session ended (began, while it runs).
    pub at: DateTime<Utc>,
}

impl Store {
    /// Exam documents and sessions in `[from, to)`, in no particular order.
    pub async fn visits(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<VisitRow>, Error> {
        let sql = "SELECT CAST(user_id AS TEXT), CAST(session_id AS TEXT), \
               COALESCE(updated_at, created_at) FROM exam_results \
             WHERE user_id IS NOT NULL AND COALESCE(updated_at, created_at) >= $1 \
               AND COALESCE(updated_at, created_at) < $2 \
             UNION ALL \
             SELECT CAST(user_id AS TEXT), CAST(id AS TEXT), COALESCE(ended_at, started_at) \
             FROM session \
             WHERE user_id IS NOT NULL AND COALESCE(ended_at, started_at) >= $1 \
               AND COALESCE(ended_at, started_at) < $2";
        let window = [Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch(sql, &window, read).await
    }
}

pub(crate) fn read(row: &Row<'_>) -> Result<VisitRow, Error> {
    Ok(VisitRow {
        user_id: row.required(0, row.owned_text(0)?)?,
        session_id: row.owned_text(1)?,
        at: row.required(2, row.time(2)?)?,
    })
}
