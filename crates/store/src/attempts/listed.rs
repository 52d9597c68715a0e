//! Exam documents listed in pages, the newest first, without what is in them but the score.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::value::Value;
use crate::error::Error;
use crate::platform::owner::is_theirs;
use crate::platform::sittings::Conditions;
use crate::store::Store;

/// An exam document without its questions.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedResult {
    /// The session, of which there is one document.
    pub session_id: String,
    /// Canonical text id of the student.
    pub user_id: Option<String>,
    /// Organisation.
    pub org_id: Option<i64>,
    /// Exam.
    pub exam_id: Option<i64>,
    /// State of the session.
    pub status: String,
    /// When the session was created.
    pub created_at: DateTime<Utc>,
    /// When the document was last changed.
    pub updated_at: DateTime<Utc>,
    /// `score` of the document, where it has one.
    pub score: Option<Json>,
}

/// Which documents are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResultFilter<'a> {
    /// Those of a student.
    pub user_id: Option<&'a str>,
    /// Those of an organisation.
    pub org_id: Option<i64>,
    /// Those of an exam.
    pub exam_id: Option<i64>,
    /// Those in a state.
    pub status: Option<&'a str>,
    /// Those last changed at or after an instant.
    pub from: Option<DateTime<Utc>>,
    /// Those last changed before an instant.
    pub to: Option<DateTime<Utc>>,
    /// Those that come after the one of this session.
    pub after: Option<&'a str>,
    /// So many at most.
    pub limit: u32,
}

impl Store {
    /// Exam documents, the last changed first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn listed_results(
        &self,
        filter: ResultFilter<'_>,
    ) -> Result<Vec<ListedResult>, Error> {
        let mut conditions = Conditions::default();
        if let Some(user_id) = filter.user_id {
            let mut connection = self.connection().await?;
            let session = &mut connection.session();
            let is_theirs = is_theirs(session, "exam_results", "e.user_id", user_id, "?").await?;
            conditions.add(&is_theirs, Value::text(user_id));
        }
        if let Some(org_id) = filter.org_id {
            conditions.add("e.org_id = ?", Value::int(org_id));
        }
        if let Some(exam_id) = filter.exam_id {
            conditions.add("e.exam_id = ?", Value::int(exam_id));
        }
        if let Some(status) = filter.status {
            conditions.add("e.status = ?", Value::text(status));
        }
        if let Some(from) = filter.from {
            conditions.add("COALESCE(e.updated_at, e.created_at) >= ?", Value::time(from));
        }
        if let Some(to) = filter.to {
            conditions.add("COALESCE(e.updated_at, e.created_at) < ?", Value::time(to));
        }
        if let Some(after) = filter.after {
            let condition = "(COALESCE(e.updated_at, e.created_at), CAST(e.session_id AS TEXT)) < \
                 (SELECT COALESCE(b.updated_at, b.created_at), CAST(b.session_id AS TEXT) \
                  FROM exam_results b WHERE CAST(b.session_id AS TEXT) = ?)";
            conditions.add(condition, Value::text(after));
        }
        let score = match self.backend() {
            Backend::Postgres => "CAST(e.result_json -> 'score' AS JSONB)",
            Backend::Sqlite => "e.result_json -> 'score'",
        };
        let sql = format!(
            "SELECT CAST(e.session_id AS TEXT), CAST(e.user_id AS TEXT), CAST(e.org_id AS BIGINT), \
               CAST(e.exam_id AS BIGINT), e.status, e.created_at, \
               COALESCE(e.updated_at, e.created_at), {score} \
             FROM exam_results e WHERE {} \
             ORDER BY COALESCE(e.updated_at, e.created_at) DESC, CAST(e.session_id AS TEXT) DESC \
             LIMIT {}",
            conditions.all(),
            filter.limit
        );
        let mut connection = self.connection().await?;
        connection.session().fetch(&sql, &conditions.values, read).await
    }
}

fn read(row: &Row<'_>) -> Result<ListedResult, Error> {
    Ok(ListedResult {
        session_id: row.required(0, row.owned_text(0)?)?,
        user_id: row.owned_text(1)?,
        org_id: row.int(2)?,
        exam_id: row.int(3)?,
        status: row.required(4, row.owned_text(4)?)?,
        created_at: row.required(5, row.time(5)?)?,
        updated_at: row.required(6, row.time(6)?)?,
        score: row.json(7)?,
    })
}
