//! Tables `session` and `classroom` of the platform, and the signs of life in them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::owner::is_theirs;
use crate::engine::row::Row;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, index, stamped, text, time, unique};
use crate::store::Store;

pub(crate) const SESSION: Table = Table::platform(
    "session",
    &[
        text("id").required(),
        text("classroom_id").optional(),
        text("exam_id").optional(),
        text("user_id"),
        Column::new("org_id", Kind::Integer).optional(),
        time("started_at").optional(),
        time("ended_at").optional(),
        text("status").optional(),
        stamped("created_at").optional(),
    ],
)
.key(&["id"])
.indexes(&[
    index("ix_session_classroom_id", "classroom_id"),
    index("ix_session_status_started", "status, started_at"),
    index("ix_session_user_id", "user_id"),
    index("ix_session_org_id", "org_id"),
]);

pub(crate) const CLASSROOM: Table = Table::platform(
    "classroom",
    &[
        text("id").required(),
        text("org_id").required().optional(),
        text("name").required().optional(),
        Column::new("grade", Kind::SmallInt).optional().check("grade BETWEEN 0 AND 12"),
        stamped("created_at").optional(),
    ],
)
.key(&["id"])
.indexes(&[
    unique("uq_classroom_org_name", "org_id, name"),
    index("ix_classroom_org_id", "org_id"),
]);

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
    /// The class of every student by the newest of their sessions before an instant that has one, by
    /// student id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn classrooms(&self, until: DateTime<Utc>) -> Result<Vec<(String, String)>, Error> {
        let sql = "SELECT user_id, classroom_id FROM ( \
               SELECT CAST(user_id AS TEXT) AS user_id, CAST(classroom_id AS TEXT) AS classroom_id, \
                 row_number() OVER (PARTITION BY user_id \
                   ORDER BY COALESCE(ended_at, started_at) DESC, id) AS place \
               FROM session WHERE user_id IS NOT NULL AND classroom_id IS NOT NULL \
                 AND COALESCE(ended_at, started_at) <= $1) newest \
             WHERE place = 1 ORDER BY user_id";
        let mut connection = self.connection().await?;
        let read = |row: &Row<'_>| {
            Ok((row.required(0, row.owned_text(0)?)?, row.required(1, row.owned_text(1)?)?))
        };
        connection.session().fetch(sql, &[Value::time(until)], read).await
    }

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

    /// Exam documents and sessions in `[from, to)`, in no particular order.
    pub async fn student_visits(
        &self,
        user_id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<VisitRow>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let exam_is = is_theirs(&mut session, "exam_results", "user_id", user_id, "$1").await?;
        let session_is = is_theirs(&mut session, "session", "user_id", user_id, "$1").await?;
        let sql = format!(
            "SELECT CAST(user_id AS TEXT), CAST(session_id AS TEXT), \
               COALESCE(updated_at, created_at) FROM exam_results \
             WHERE {exam_is} AND COALESCE(updated_at, created_at) >= $2 \
               AND COALESCE(updated_at, created_at) < $3 \
             UNION ALL \
             SELECT CAST(user_id AS TEXT), CAST(id AS TEXT), COALESCE(ended_at, started_at) \
             FROM session \
             WHERE {session_is} AND COALESCE(ended_at, started_at) >= $2 \
               AND COALESCE(ended_at, started_at) < $3"
        );
        let values = [Value::text(user_id), Value::time(from), Value::time(to)];
        session.fetch(&sql, &values, read).await
    }
}

/// What a student's group is read from: the class of the newest session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudentGroup {
    /// The class itself.
    Classroom,
    /// Its grade.
    Grade,
}

impl StudentGroup {
    fn column(self) -> &'static str {
        match self {
            Self::Classroom => "c.id",
            Self::Grade => "c.grade",
        }
    }
}

impl Store {
    /// Group of every student with a session in a class before `before`; the newest such session counts.
    pub async fn student_groups(
        &self,
        of: StudentGroup,
        before: DateTime<Utc>,
    ) -> Result<HashMap<String, String>, Error> {
        let column = of.column();
        let sql = format!(
            "SELECT user_id, grouped FROM (\
               SELECT CAST(s.user_id AS TEXT) AS user_id, CAST({column} AS TEXT) AS grouped, \
                 row_number() OVER (PARTITION BY CAST(s.user_id AS TEXT) \
                   ORDER BY s.started_at DESC, CAST(s.id AS TEXT) DESC) AS age \
               FROM session s JOIN classroom c ON CAST(c.id AS TEXT) = CAST(s.classroom_id AS TEXT) \
               WHERE s.user_id IS NOT NULL AND {column} IS NOT NULL AND s.started_at < $1) newest \
             WHERE age = 1 ORDER BY user_id"
        );
        let read = |row: &Row<'_>| {
            let user_id = row.required(0, row.owned_text(0)?)?;
            Ok((user_id, row.required(1, row.owned_text(1)?)?))
        };
        let rows =
            self.connection().await?.session().fetch(&sql, &[Value::time(before)], read).await?;
        Ok(rows.into_iter().collect())
    }
}

fn read(row: &Row<'_>) -> Result<VisitRow, Error> {
    Ok(VisitRow {
        user_id: row.required(0, row.owned_text(0)?)?,
        session_id: row.owned_text(1)?,
        at: row.required(2, row.time(2)?)?,
    })
}
