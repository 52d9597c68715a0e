//! Everything the database holds of one student, given out and erased: their rows in every table, and
//! what documents (JSON of fits, of requests and of the ledger) say of them.
//!
//! Tables are found by their declarations, so that one that is added later is searched as well.

mod document;
mod documents;
mod rows;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub use document::names_student;
pub use documents::Mention;
pub(crate) use rows::owner_column;

use crate::corrections::aliases::ids_of;
use crate::engine::tx::Tx;
use crate::error::Error;
use crate::store::Store;

/// What the database holds of a student.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StudentData {
    /// Rows as objects, by table; tables without rows are left out.
    pub rows: BTreeMap<String, Vec<Json>>,
    /// What documents say.
    pub mentions: Vec<Mention>,
}

/// What was erased of a student.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StudentErased {
    /// Rows deleted, by table.
    pub rows: BTreeMap<String, u64>,
    /// Documents in which parts were deleted or made anonymous, by table and column.
    pub documents: BTreeMap<String, u64>,
}

impl StudentErased {
    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.documents.is_empty()
    }
}

impl Store {
    /// Everything that is held of a student, under every id that became the one that is asked for, or that it
    /// became.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_data(&self, user_id: &str) -> Result<StudentData, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let mut all = StudentData::default();
        for id in ids_of(&mut session, user_id).await?.all() {
            for (table, rows) in rows::read(&mut session, id).await? {
                all.rows.entry(table).or_default().extend(rows);
            }
            all.mentions.extend(documents::read(&mut session, id).await?);
        }
        Ok(all)
    }

    /// Overwrites what deleted rows leave in the file of an embedded database, and in its log. On a server
    /// that is the work of its own vacuum.
    ///
    /// # Errors
    /// When the database refuses, as it does while another connection reads.
    pub async fn forget_deleted(&self) -> Result<(), Error> {
        if self.backend() == crate::Backend::Sqlite {
            let mut connection = self.connection().await?;
            let mut session = connection.session();
            session.execute_script("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);").await?;
        }
        Ok(())
    }
}

impl Tx {
    /// Erases everything that is held of a student, under every id as [`Store::student_data`] reads it: rows are
    /// deleted; of documents those parts that are about the student, and in models, which predict for others too,
    /// the name becomes `label`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn erase_student(
        &mut self,
        user_id: &str,
        label: &str,
    ) -> Result<StudentErased, Error> {
        let mut session = self.session();
        if session.backend() == crate::Backend::Sqlite {
            session.execute_script("PRAGMA secure_delete = ON").await?;
        }
        let mut erased = StudentErased::default();
        for id in ids_of(&mut session, user_id).await?.all() {
            add(&mut erased.rows, rows::delete(&mut session, id).await?);
            add(&mut erased.documents, documents::erase(&mut session, id, label).await?);
        }
        Ok(erased)
    }
}

/// Adds counts to those of the same names.
fn add(all: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (name, count) in more {
        *all.entry(name).or_insert(0) += count;
    }
}
