//! Table `seedtest_student_aliases`: ids that became another one. What is written under them later goes to it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::CORRECTIONS;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_STUDENT_ALIASES: Table = Table::analytics(
    "seedtest_student_aliases",
    &[text("alias").required(), text("user_id").required(), time("merged_at").required()],
)
.key(&["alias"])
.indexes(&[index("ix_seedtest_student_aliases_user", "user_id")])
.since(CORRECTIONS);

/// A student by every id that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentIds {
    /// The id that stays.
    pub user_id: String,
    /// Ids that became it, in their order.
    pub aliases: Vec<String>,
}

impl StudentIds {
    /// Every id, the longest first: one may be a word of another one.
    pub fn all(&self) -> Vec<&str> {
        let ids = std::iter::once(&self.user_id).chain(&self.aliases);
        let mut ids: Vec<&str> = ids.map(String::as_str).collect();
        ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
        ids
    }
}

/// Ids that became another one.
pub(crate) type Aliases = Arc<HashMap<String, String>>;

impl Tx {
    /// The ids that became another one, read once a transaction.
    pub(crate) async fn aliases(&mut self) -> Result<Aliases, Error> {
        if let Some(known) = &self.aliases {
            return Ok(Arc::clone(known));
        }
        let found: Aliases = Arc::new(all(&mut self.session()).await?);
        self.aliases = Some(Arc::clone(&found));
        Ok(found)
    }
}

impl Store {
    /// Ids that became another one, with the one that each became.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_aliases(&self) -> Result<HashMap<String, String>, Error> {
        let mut connection = self.connection().await?;
        all(&mut connection.session()).await
    }

    /// The id that another one became; `None` where it is an id of its own.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn alias_of(&self, alias: &str) -> Result<Option<String>, Error> {
        let mut connection = self.connection().await?;
        target(&mut connection.session(), alias).await
    }

    /// The id under which a student is stored: the one that is asked for, or the one that it became.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_now(&self, user_id: &str) -> Result<String, Error> {
        Ok(self.alias_of(user_id).await?.unwrap_or_else(|| user_id.to_owned()))
    }

    /// Every id of the student that is called so, now or before a merge.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_ids(&self, user_id: &str) -> Result<StudentIds, Error> {
        ids_of(&mut self.connection().await?.session(), user_id).await
    }
}

impl Tx {
    /// As [`Store::student_now`], as this transaction sees it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_now(&mut self, user_id: &str) -> Result<String, Error> {
        let target = target(&mut self.session(), user_id).await?;
        Ok(target.unwrap_or_else(|| user_id.to_owned()))
    }
}

pub(crate) async fn ids_of(session: &mut Session<'_>, user_id: &str) -> Result<StudentIds, Error> {
    let user_id = target(session, user_id).await?.unwrap_or_else(|| user_id.to_owned());
    let sql = "SELECT alias FROM seedtest_student_aliases WHERE user_id = $1 ORDER BY alias";
    let read = |row: &Row<'_>| row.required(0, row.owned_text(0)?);
    let aliases = session.fetch(sql, &[Value::text(&user_id)], read).await?;
    Ok(StudentIds { user_id, aliases })
}

async fn all(session: &mut Session<'_>) -> Result<HashMap<String, String>, Error> {
    let sql = "SELECT alias, user_id FROM seedtest_student_aliases";
    let read = |row: &Row<'_>| {
        let alias = row.required(0, row.owned_text(0)?)?;
        Ok((alias, row.required(1, row.owned_text(1)?)?))
    };
    Ok(session.fetch(sql, &[], read).await?.into_iter().collect())
}

pub(super) async fn target(
    session: &mut Session<'_>,
    alias: &str,
) -> Result<Option<String>, Error> {
    let sql = "SELECT user_id FROM seedtest_student_aliases WHERE alias = $1";
    let found = session.fetch_first(sql, &[Value::text(alias)], |row| row.owned_text(0)).await?;
    Ok(found.flatten())
}

/// From now on `alias` is `user_id`, and so is whatever was `alias` before.
pub(super) async fn put(
    session: &mut Session<'_>,
    alias: &str,
    user_id: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let sql = "UPDATE seedtest_student_aliases SET user_id = $2 WHERE user_id = $1";
    session.execute(sql, &[Value::text(alias), Value::text(user_id)]).await?;
    let values = [Value::text(alias), Value::text(user_id), Value::time(at)];
    SEEDTEST_STUDENT_ALIASES.upsert().run_one(session, &values).await?;
    Ok(())
}
