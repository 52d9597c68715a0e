//! Answers of imported logs that are found, voided and corrected one by one. A voided answer stays where it is,
//! so that importing its file once more does not bring it back; no view shows it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::merge::under_their_ids;
use super::{Correction, Touched, record};
use crate::attempts::attempt_log::{AttemptRow, id_of};
use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;

/// Stored answers looked up at a time.
const AT_ONCE: usize = 5_000;

/// Which answers are meant.
#[derive(Debug, Clone, Copy)]
pub struct AnswerKey<'a> {
    /// Canonical text id of the student.
    pub user_id: &'a str,
    /// Text id of the item.
    pub item_id: &'a str,
    /// When it was given; `None` = at any time.
    pub at: Option<AnswerTime>,
}

/// A stretch of time in which an answer was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerTime {
    /// Its first instant. An answer of this very instant is the one that is meant, whatever else lies behind it.
    pub from: DateTime<Utc>,
    /// The first instant behind it.
    pub until: DateTime<Utc>,
}

impl AnswerTime {
    /// That of one microsecond, as precisely as times are stored.
    pub fn exactly(at: DateTime<Utc>) -> Self {
        Self { from: at, until: at + TimeDelta::microseconds(1) }
    }
}

/// An answer of an imported log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Its key.
    pub id: i64,
    /// The student.
    pub user_id: String,
    /// The item.
    pub item_id: String,
    /// When it was given.
    pub completed_at: DateTime<Utc>,
    /// Right or wrong; `None` = not known.
    pub correct: Option<bool>,
    /// Whether it no longer counts.
    pub is_voided: bool,
    /// The file it came from.
    pub source: Option<String>,
}

/// What an answer is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerChange {
    /// It no longer counts.
    Void,
    /// It counts again.
    Restore,
    /// It was right, or wrong.
    Correct(bool),
}

impl AnswerChange {
    fn kind(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Restore => "restore",
            Self::Correct(_) => "correct",
        }
    }

    /// Whether the answer is so already.
    pub fn is_done(self, answer: &StoredAnswer) -> bool {
        match self {
            Self::Void => answer.is_voided,
            Self::Restore => !answer.is_voided,
            Self::Correct(correct) => answer.correct == Some(correct),
        }
    }
}

impl Tx {
    /// The answers of imported logs that a key names, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_answers(&mut self, key: AnswerKey<'_>) -> Result<Vec<StoredAnswer>, Error> {
        let at =
            if key.at.is_some() { " AND completed_at >= $3 AND completed_at < $4" } else { "" };
        let sql = format!(
            "SELECT id, user_id, item_id, completed_at, correct, voided_at, source FROM attempt_log \
             WHERE user_id = $1 AND item_id = $2{at} ORDER BY completed_at, id"
        );
        let mut values = vec![Value::text(key.user_id), Value::text(key.item_id)];
        values.extend(key.at.iter().flat_map(|at| [at.from, at.until].map(Value::time)));
        let mut found = self.session().fetch(&sql, &values, read).await?;
        if let Some(at) = key.at
            && found.iter().any(|answer| answer.completed_at == at.from)
        {
            found.retain(|answer| answer.completed_at == at.from);
        }
        Ok(found)
    }

    /// Those of the rows that are stored and voided, by their place, with what is stored.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn voided_answers(
        &mut self,
        rows: &[AttemptRow<'_>],
    ) -> Result<Vec<(usize, StoredAnswer)>, Error> {
        let aliases = self.aliases().await?;
        let under_their_ids = under_their_ids(rows, &aliases);
        let rows = under_their_ids.as_deref().unwrap_or(rows);
        let mut places: HashMap<i64, Vec<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            places.entry(id_of(row)).or_default().push(at);
        }
        let ids: Vec<String> = places.keys().map(ToString::to_string).collect();
        let mut found = Vec::new();
        for part in ids.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT id, user_id, item_id, completed_at, correct, voided_at, source FROM attempt_log \
                 WHERE id IN ({}) AND voided_at IS NOT NULL",
                part.join(", ")
            );
            for answer in self.session().fetch(&sql, &[], read).await? {
                let at = places.get(&answer.id).into_iter().flatten();
                found.extend(at.map(|at| (*at, answer.clone())));
            }
        }
        found.sort_by_key(|(at, _)| *at);
        Ok(found)
    }

    /// Changes one answer; whether it counts, or whether it was right.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn change_answer(
        &mut self,
        answer: &StoredAnswer,
        change: AnswerChange,
        reason: Option<&str>,
        by: Correction<'_>,
    ) -> Result<Touched, Error> {
        let mut session = self.session();
        let id = Value::int(answer.id);
        let at = Value::time(by.at);
        match change {
            AnswerChange::Void => {
                let sql = "UPDATE attempt_log SET voided_at = $2, changed_at = $2 WHERE id = $1";
                session.execute(sql, &[id, at]).await?;
            }
            AnswerChange::Restore => {
                let sql = "UPDATE attempt_log SET voided_at = NULL, changed_at = $2 WHERE id = $1";
                session.execute(sql, &[id, at]).await?;
            }
            AnswerChange::Correct(correct) => {
                let sql = "UPDATE attempt_log SET correct = $3, changed_at = $2 WHERE id = $1";
                session.execute(sql, &[id, at, Value::Bool(Some(correct))]).await?;
            }
        }
        let after = match change {
            AnswerChange::Correct(correct) => Some(correct),
            AnswerChange::Void | AnswerChange::Restore => answer.correct,
        };
        let detail = json!({
            "item_id": answer.item_id,
            "completed_at": answer.completed_at,
            "before": answer.correct,
            "after": after,
            "reason": reason,
        });
        record(&mut session, by, change.kind(), Some(&answer.user_id), &detail).await?;
        let (first, last) = (answer.completed_at, answer.completed_at);
        Ok(Touched { user_id: answer.user_id.clone(), first, last })
    }
}

pub(crate) fn read(row: &Row<'_>) -> Result<StoredAnswer, Error> {
    Ok(StoredAnswer {
        id: row.required(0, row.int(0)?)?,
        user_id: row.required(1, row.owned_text(1)?)?,
        item_id: row.required(2, row.owned_text(2)?)?,
        completed_at: row.required(3, row.time(3)?)?,
        correct: row.boolean(4)?,
        is_voided: row.time(5)?.is_some(),
        source: row.owned_text(6)?,
    })
}
