//! Table `seedtest_statements`: statements of learning systems that were taken in, by their ids, so that one that
//! is sent twice is one, and one that is sent again with other words is refused.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::CORRECTIONS;
use super::answers::{StoredAnswer, read};
use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Migration, Table, index, text, time};

/// The step that keeps which statement another one voids, so that it may come before it.
const VOIDS: Migration = Migration { version: 15, name: "which statement another one voids" };

pub(crate) const SEEDTEST_STATEMENTS: Table = Table::analytics(
    "seedtest_statements",
    &[
        text("statement_id").required(),
        text("user_id"),
        // With the student the key of the answer.
        text("item_id"),
        time("completed_at"),
        text("digest").required(),
        time("received_at").required(),
        // The statement that it voids, which may come later.
        text("voids").since(VOIDS),
    ],
)
.key(&["statement_id"])
.indexes(&[
    index("ix_seedtest_statements_user", "user_id"),
    index("ix_seedtest_statements_voids", "voids"),
])
.since(CORRECTIONS);

/// Statements looked up at a time.
const AT_ONCE: usize = 500;

/// A statement that is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its id.
    pub id: String,
    /// The student, the item and the time of the answer it tells of; `None` = it tells of none.
    pub answer: Option<(String, String, DateTime<Utc>)>,
    /// A digest of its content.
    pub digest: String,
    /// The id of the statement that it voids.
    pub voids: Option<String>,
}

impl Tx {
    /// The digests of those of the statements that are known.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn known_statements(
        &mut self,
        ids: &[&str],
    ) -> Result<HashMap<String, String>, Error> {
        let mut session = self.session();
        let mut known = HashMap::new();
        for part in ids.chunks(AT_ONCE) {
            let numbers: Vec<String> = (1..=part.len()).map(|n| format!("${n}")).collect();
            let sql = format!(
                "SELECT statement_id, digest FROM seedtest_statements WHERE statement_id IN ({})",
                numbers.join(", ")
            );
            let values: Vec<Value<'_>> = part.iter().map(|id| Value::text(id)).collect();
            let read = |row: &Row<'_>| {
                let id = row.required(0, row.owned_text(0)?)?;
                Ok((id, row.required(1, row.owned_text(1)?)?))
            };
            known.extend(session.fetch(&sql, &values, read).await?);
        }
        Ok(known)
    }

    /// The answer that a statement told of; `None` where it is not known, or told of none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answer_of_statement(&mut self, id: &str) -> Result<Option<StoredAnswer>, Error> {
        let sql = "SELECT l.id, l.user_id, l.item_id, l.completed_at, l.correct, l.voided_at, l.source \
             FROM seedtest_statements s JOIN attempt_log l ON l.user_id = s.user_id \
               AND l.item_id = s.item_id AND l.completed_at = s.completed_at \
             WHERE s.statement_id = $1 ORDER BY l.id";
        self.session().fetch_first(sql, &[Value::text(id)], read).await
    }

    /// Those of the statements that others void, which were taken in before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn voided_statements(&mut self, ids: &[&str]) -> Result<HashSet<String>, Error> {
        let mut session = self.session();
        let mut voided = HashSet::new();
        for part in ids.chunks(AT_ONCE) {
            let numbers: Vec<String> = (1..=part.len()).map(|n| format!("${n}")).collect();
            let sql = format!(
                "SELECT DISTINCT voids FROM seedtest_statements WHERE voids IN ({})",
                numbers.join(", ")
            );
            let values: Vec<Value<'_>> = part.iter().map(|id| Value::text(id)).collect();
            let read = |row: &Row<'_>| row.required(0, row.owned_text(0)?);
            voided.extend(session.fetch(&sql, &values, read).await?);
        }
        Ok(voided)
    }

    /// Whether statements told of the answer, and every one of them is voided by another one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_withdrawn(&mut self, answer: &StoredAnswer) -> Result<bool, Error> {
        let sql = "SELECT CAST(count(*) AS BIGINT), CAST(count(CASE WHEN EXISTS (\
               SELECT 1 FROM seedtest_statements v WHERE v.voids = s.statement_id) THEN 1 END) AS BIGINT) \
             FROM seedtest_statements s \
             WHERE s.user_id = $1 AND s.item_id = $2 AND s.completed_at = $3";
        let key = [
            Value::text(&answer.user_id),
            Value::text(&answer.item_id),
            Value::time(answer.completed_at),
        ];
        let read =
            |row: &Row<'_>| Ok((row.required(0, row.int(0)?)?, row.required(1, row.int(1)?)?));
        let counts = self.session().fetch_first(sql, &key, read).await?;
        Ok(counts.is_some_and(|(all, voided)| all > 0 && all == voided))
    }

    /// Writes down that statements were taken in; those that are known stay. Students go by the ids that they
    /// became.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_statements(
        &mut self,
        statements: &[Statement],
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let aliases = self.aliases().await?;
        let mut values = Vec::with_capacity(SEEDTEST_STATEMENTS.width() * statements.len());
        for statement in statements {
            let answer = statement.answer.as_ref();
            let user_id = answer.map(|(user_id, ..)| aliases.get(user_id).unwrap_or(user_id));
            values.extend([
                Value::text(&statement.id),
                Value::Text(user_id.map(String::as_str)),
                Value::Text(answer.map(|(_, item_id, _)| item_id.as_str())),
                Value::Time(answer.map(|(.., at)| *at)),
                Value::text(&statement.digest),
                Value::time(at),
                Value::Text(statement.voids.as_deref()),
            ]);
        }
        let insert = SEEDTEST_STATEMENTS.insert().on_conflict("ON CONFLICT DO NOTHING");
        insert.run(&mut self.session(), &values).await?;
        Ok(())
    }
}
