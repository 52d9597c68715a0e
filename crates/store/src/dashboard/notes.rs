//! Table `dashboard_note`: what people note of students: that they have seen an alert, and what they did.

use chrono::{DateTime, Utc};

use crate::engine::record::Record;
use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, text, time};
use crate::store::Store;

pub(crate) const DASHBOARD_NOTE: Table = Table::analytics(
    "dashboard_note",
    &[
        text("user_id").required(),
        time("noted_at").required(),
        text("actor").required(),
        text("kind").required().check("kind IN ('seen', 'intervention')"),
        text("note"),
    ],
)
.key(&["user_id", "noted_at", "actor"])
.since(super::PAGES);

/// What a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// Somebody has seen that the student needs help, and takes care of it.
    Seen,
    /// Something was done.
    Intervention,
}

impl NoteKind {
    /// The word in the table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Intervention => "intervention",
        }
    }
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentNote {
    /// Canonical text id of the student.
    pub user_id: String,
    /// When it was made.
    pub noted_at: DateTime<Utc>,
    /// Who made it.
    pub actor: String,
    /// What it is.
    pub kind: NoteKind,
    /// In words, where there are some.
    pub note: Option<String>,
}

fn read(row: &Record<'_>) -> Result<StudentNote, Error> {
    let kind: String = row.get("kind")?;
    let is_seen = kind == NoteKind::Seen.code();
    Ok(StudentNote {
        user_id: row.get("user_id")?,
        noted_at: row.get("noted_at")?,
        actor: row.get("actor")?,
        kind: if is_seen { NoteKind::Seen } else { NoteKind::Intervention },
        note: row.get_or_null("note")?,
    })
}

impl Tx {
    /// Adds a note.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_student_note(&mut self, note: &StudentNote) -> Result<(), Error> {
        let values = [
            Value::text(&note.user_id),
            Value::time(note.noted_at),
            Value::text(&note.actor),
            Value::text(note.kind.code()),
            Value::Text(note.note.as_deref()),
        ];
        DASHBOARD_NOTE.upsert().run_one(&mut self.session(), &values).await?;
        Ok(())
    }
}

impl Store {
    /// The notes of a student, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_notes(&self, user_id: &str, most: u32) -> Result<Vec<StudentNote>, Error> {
        let columns = DASHBOARD_NOTE.select();
        let sql = format!(
            "SELECT {columns} FROM dashboard_note WHERE user_id = $1 \
             ORDER BY noted_at DESC, actor LIMIT $2"
        );
        let values = [Value::text(user_id), Value::int(i64::from(most))];
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &values, read).await
    }

    /// Of every student with notes since an instant when the newest was made, and by whom.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_notes(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(String, DateTime<Utc>, String)>, Error> {
        let sql = "SELECT user_id, noted_at, actor FROM (\
               SELECT user_id, noted_at, actor, row_number() OVER (\
                 PARTITION BY user_id ORDER BY noted_at DESC, actor) AS age \
               FROM dashboard_note WHERE noted_at >= $1) newest \
             WHERE age = 1 ORDER BY user_id";
        let read = |row: &Row<'_>| {
            let user_id = row.required(0, row.owned_text(0)?)?;
            let noted_at = row.required(1, row.time(1)?)?;
            Ok((user_id, noted_at, row.required(2, row.owned_text(2)?)?))
        };
        self.connection().await?.session().fetch(sql, &[Value::time(since)], read).await
    }

    /// Notes of the students of a class since an instant, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn class_notes(
        &self,
        class_id: &str,
        since: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<StudentNote>, Error> {
        let columns = DASHBOARD_NOTE.select();
        let sql = format!(
            "SELECT {columns} FROM dashboard_note WHERE noted_at >= $2 AND user_id IN \
               (SELECT user_id FROM roster_enrolment WHERE class_id = $1) \
             ORDER BY noted_at DESC, user_id, actor LIMIT $3"
        );
        let values = [Value::text(class_id), Value::time(since), Value::int(i64::from(most))];
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &values, read).await
    }
}
