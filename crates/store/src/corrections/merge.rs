//! Two ids that are one student.

use serde_json::json;

use super::{Correction, Touched, aliases, record};
use crate::attempts::attempt_log::AttemptRow;
use crate::attempts::identity::{attempt_id, forget_identities};
use crate::catalog::tables;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::privacy::owner_column;
use crate::schema::Table;

/// Tables whose rows are computed from answers: those of the id that goes are forgotten.
const COMPUTED: [&str; 10] = [
    "features_topic_daily",
    "mirt_ability",
    "student_topic_theta",
    "weekly_kpi",
    "survival_risk",
    "survival_risk_history",
    "user_segment",
    "prophet_fit_meta",
    "dashboard_student",
    "dashboard_silent",
];

/// Tables that a merge itself takes care of, or that say what was.
const APART: [&str; 4] =
    ["attempt_log", "student_identity", "seedtest_corrections", "seedtest_student_aliases"];

/// What merging two ids came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merging {
    /// The two are one already; nothing changed.
    Before,
    /// They are one now.
    Merged {
        /// Answers that moved.
        answers: u64,
        /// Answers that both had; those of the id that stays are kept.
        both: u64,
        /// Of whom: the id that stays, over the answers that moved.
        touched: Option<Touched>,
    },
}

/// An answer on its way to another id.
struct Moving {
    id: i64,
    new_id: i64,
}

impl Tx {
    /// Makes `old` the same student as `new`: answers, documents, roster, goals and recipients move, what was
    /// computed of `old` is forgotten, and what is imported under `old` later goes to `new`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn merge_students(
        &mut self,
        old: &str,
        new: &str,
        by: Correction<'_>,
    ) -> Result<Merging, Error> {
        let mut session = self.session();
        if aliases::target(&mut session, old).await?.as_deref() == Some(new) {
            return Ok(Merging::Before);
        }
        let touched = span(&mut session, old).await?;
        let (answers, both) = self.move_answers(old, new, by).await?;
        let mut session = self.session();
        let backend = session.backend();
        for table in tables(backend) {
            let Some(owner) = owner_column(table).filter(|_| !APART.contains(&table.name)) else {
                continue;
            };
            move_rows(&mut session, table, owner, [old, new]).await?;
        }
        aliases::put(&mut session, old, new, by.at).await?;
        forget_identities(&mut session).await?;
        let detail = json!({"old": old, "new": new, "answers": answers, "both": both});
        record(&mut session, by, "merge", Some(new), &detail).await?;
        self.aliases = None;
        let touched = touched.map(|(first, last)| Touched { user_id: new.to_owned(), first, last });
        Ok(Merging::Merged { answers, both, touched })
    }

    /// Answers of imported logs go by their content, the student among it: they get new keys.
    async fn move_answers(
        &mut self,
        old: &str,
        new: &str,
        by: Correction<'_>,
    ) -> Result<(u64, u64), Error> {
        let (mut session, known) = self.session_and_identities();
        known.store(&mut session, [new].into_iter(), std::iter::empty()).await?;
        let sql = "SELECT id, item_id, completed_at, topic_id, session_id FROM attempt_log \
             WHERE user_id = $1 ORDER BY id";
        let read = |row: &Row<'_>| {
            let at = row.required(2, row.time(2)?)?.timestamp_micros();
            let item = row.required(1, row.text(1)?)?;
            let new_id = attempt_id(new, item, at, row.text(3)?, row.text(4)?);
            Ok(Moving { id: row.required(0, row.int(0)?)?, new_id })
        };
        let all = session.fetch(sql, &[Value::text(old)], read).await?;
        let (mut moved, mut both) = (0, 0);
        for Moving { id, new_id } in all {
            let sql = "UPDATE attempt_log SET id = $2, user_id = $3, changed_at = $4 \
                 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM attempt_log WHERE id = $2)";
            let values = [Value::int(id), Value::int(new_id), Value::text(new), Value::time(by.at)];
            if session.execute(sql, &values).await? > 0 {
                moved += 1;
                continue;
            }
            both += 1;
            session.execute("DELETE FROM attempt_log WHERE id = $1", &[Value::int(id)]).await?;
        }
        Ok((moved, both))
    }
}

/// The span of the answers of a student, of logs and of exams.
async fn span(
    session: &mut Session<'_>,
    user_id: &str,
) -> Result<Option<(chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>)>, Error> {
    let sql = "SELECT min(completed_at), max(completed_at) FROM seedtest_answer WHERE user_id = $1";
    let read = |row: &Row<'_>| Ok(row.time(0)?.zip(row.time(1)?));
    Ok(session.fetch_first(sql, &[Value::text(user_id)], read).await?.flatten())
}

/// Moves the rows of a table, but for those whose place is taken: they go.
async fn move_rows(
    session: &mut Session<'_>,
    table: &Table,
    owner: &str,
    [old, new]: [&str; 2],
) -> Result<(), Error> {
    let name = table.name;
    let ids = [Value::text(old), Value::text(new)];
    if !COMPUTED.contains(&name) {
        let others: Vec<String> = table
            .key
            .iter()
            .filter(|column| **column != owner)
            .map(|column| format!(" AND taken.{column} = {name}.{column}"))
            .collect();
        let is_key = table.key.contains(&owner);
        let free = format!(
            " AND NOT EXISTS (SELECT 1 FROM {name} AS taken WHERE taken.{owner} = $2{})",
            others.concat()
        );
        let free = if is_key { free } else { String::new() };
        let sql = format!("UPDATE {name} SET {owner} = $2 WHERE {owner} = $1{free}");
        session.execute(&sql, &ids).await?;
    }
    session.execute(&format!("DELETE FROM {name} WHERE {owner} = $1"), &ids[..1]).await?;
    Ok(())
}

/// The same answers under the ids that their students became.
pub(crate) fn under_their_ids<'a>(
    rows: &[AttemptRow<'a>],
    aliases: &'a std::collections::HashMap<String, String>,
) -> Option<Vec<AttemptRow<'a>>> {
    if aliases.is_empty() || !rows.iter().any(|row| aliases.contains_key(row.user_id)) {
        return None;
    }
    let of = |row: &AttemptRow<'a>| AttemptRow {
        user_id: aliases.get(row.user_id).map_or(row.user_id, String::as_str),
        ..*row
    };
    Some(rows.iter().map(of).collect())
}
