//! Table `seedtest_imports`: the imports that wrote answers, by which their rows are known; and undoing one.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::documents::{self, DocumentsBack};
use super::{CORRECTIONS, Correction, Touched, record};
use crate::attempts::identity::forget_identities;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, text, time, unique};
use crate::settings::forget_watermark;
use crate::store::Store;

pub(crate) const SEEDTEST_IMPORTS: Table = Table::analytics(
    "seedtest_imports",
    &[
        Column::new("number", Kind::Serial).required().read_only(),
        text("run_id").required(),
        time("undone_at").read_only(),
    ],
)
.key(&["number"])
.indexes(&[unique("uq_seedtest_imports_run", "run_id")])
.since(CORRECTIONS);

/// What is known of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImport {
    /// Its run in the ledger.
    pub run_id: String,
    /// Answers of it that are there.
    pub answers: u64,
    /// Those of them that were corrected, voided or moved to another student since.
    pub changed: u64,
    /// Exam documents of it.
    pub documents: u64,
    /// When it was undone; `None` = it stands.
    pub undone_at: Option<DateTime<Utc>>,
}

/// What undoing an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undoing {
    /// No import of that id wrote answers or documents, or it was before imports could be undone.
    Unknown,
    /// It was undone before; nothing changed.
    Before(DateTime<Utc>),
    /// So many of its answers or documents were changed since; nothing was undone.
    Changed {
        /// Answers that were corrected, voided or moved to another student.
        answers: u64,
        /// Documents that a later import replaced, or somebody else changed.
        documents: u64,
    },
    /// It is undone.
    Undone {
        /// Answers that went.
        answers: u64,
        /// Exam documents that went, or came back as they were before it.
        documents: u64,
        /// Items without any answer left whose parameters were estimated with its answers, and went.
        items: u64,
        /// Of whom.
        touched: Vec<Touched>,
    },
}

/// The number of the import of a run, made where there is none.
pub(super) async fn number(session: &mut Session<'_>, run_id: &str) -> Result<i64, Error> {
    let insert = SEEDTEST_IMPORTS
        .insert()
        .on_conflict("ON CONFLICT (run_id) DO UPDATE SET run_id = excluded.run_id RETURNING CAST(number AS BIGINT)");
    let read = |row: &Row<'_>| row.required(0, row.int(0)?);
    let found = session.fetch_first(&insert.sql(), &[Value::text(run_id)], read).await?;
    Ok(found.unwrap_or_default())
}

impl Store {
    /// Imports that were undone, with when. Unlike [`Store::imports`] it counts no answers.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn undone_imports(&self) -> Result<Vec<(String, DateTime<Utc>)>, Error> {
        let sql = "SELECT run_id, undone_at FROM seedtest_imports WHERE undone_at IS NOT NULL \
             ORDER BY number DESC";
        let read = |row: &Row<'_>| {
            Ok((row.required(0, row.owned_text(0)?)?, row.required(1, row.time(1)?)?))
        };
        self.connection().await?.session().fetch(sql, &[], read).await
    }

    /// The imports that wrote answers or documents, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn imports(&self) -> Result<Vec<StoredImport>, Error> {
        let sql = "SELECT run_id, undone_at, CAST(COALESCE(answers, 0) AS BIGINT), \
               CAST(COALESCE(changed, 0) AS BIGINT), CAST(COALESCE(documents, 0) AS BIGINT) \
             FROM seedtest_imports LEFT JOIN (\
               SELECT import_no, count(*) AS answers, count(changed_at) AS changed FROM attempt_log \
               WHERE import_no IS NOT NULL GROUP BY import_no) rows_of ON rows_of.import_no = number \
             LEFT JOIN (SELECT import_no, count(*) AS documents FROM seedtest_import_documents \
               GROUP BY import_no) documents_of ON documents_of.import_no = number \
             ORDER BY number DESC";
        let count = |number: Option<i64>| number.unwrap_or(0).unsigned_abs();
        let read = |row: &Row<'_>| {
            Ok(StoredImport {
                run_id: row.required(0, row.owned_text(0)?)?,
                undone_at: row.time(1)?,
                answers: count(row.int(2)?),
                changed: count(row.int(3)?),
                documents: count(row.int(4)?),
            })
        };
        self.connection().await?.session().fetch(sql, &[], read).await
    }
}

impl Tx {
    /// Takes back what an import wrote: its answers go, and exam documents are what they were before it. All of
    /// it or nothing: an import whose rows were changed since is left as it is. `files` are its files by name: the
    /// next import of one begins at its first row again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn undo_import(
        &mut self,
        run_id: &str,
        files: &[String],
        by: Correction<'_>,
    ) -> Result<Undoing, Error> {
        let mut session = self.session();
        let sql =
            "SELECT CAST(number AS BIGINT), undone_at FROM seedtest_imports WHERE run_id = $1";
        let read = |row: &Row<'_>| Ok((row.required(0, row.int(0)?)?, row.time(1)?));
        let found = session.fetch_first(sql, &[Value::text(run_id)], read).await?;
        let Some((number, undone_at)) = found else { return Ok(Undoing::Unknown) };
        if let Some(undone_at) = undone_at {
            return Ok(Undoing::Before(undone_at));
        }
        let import = [Value::int(number)];
        let changed = changed_answers(&mut session, &import).await?;
        let back = match documents::plan(&mut session, number).await? {
            Ok(back) => back,
            Err(documents) => return Ok(Undoing::Changed { answers: changed, documents }),
        };
        if changed > 0 {
            return Ok(Undoing::Changed { answers: changed, documents: 0 });
        }
        let mut touched = touched(&mut session, &import).await?;
        let items = answered_items(&mut session).await?;
        let sources = sources(&mut session, &import).await?;
        let sql = "DELETE FROM attempt_log WHERE import_no = $1";
        let answers = session.execute(sql, &import).await?;
        for source in sources.iter().chain(files) {
            forget_watermark(&mut session, source).await?;
        }
        let documents = back.len() as u64;
        touched.extend(documents::put_back(self, number, back).await?);
        let mut session = self.session();
        forget_identities(&mut session).await?;
        let since = touched.iter().map(|of| of.first).min();
        let items = forget_parameters(&mut session, &items, since).await?;
        let sql = "UPDATE seedtest_imports SET undone_at = $2 WHERE number = $1";
        session.execute(sql, &[Value::int(number), Value::time(by.at)]).await?;
        let detail = json!({"run_id": run_id, "answers": answers, "documents": documents});
        record(&mut session, by, "undo", None, &detail).await?;
        Ok(Undoing::Undone { answers, documents, items, touched: merged(touched) })
    }
}

/// Items that somebody answered.
async fn answered_items(session: &mut Session<'_>) -> Result<HashSet<String>, Error> {
    let sql =
        "SELECT DISTINCT CAST(item_id AS TEXT) FROM seedtest_answer WHERE item_id IS NOT NULL";
    let all = session.fetch(sql, &[], |row| row.required(0, row.owned_text(0)?)).await?;
    Ok(all.into_iter().collect())
}

/// Forgets the parameters, estimated at `since` or later, of items that were answered `before` and no longer are:
/// no answer stands behind them. Returns of how many items.
async fn forget_parameters(
    session: &mut Session<'_>,
    before: &HashSet<String>,
    since: Option<DateTime<Utc>>,
) -> Result<u64, Error> {
    let Some(since) = since else { return Ok(0) };
    let left = answered_items(session).await?;
    let mut gone: Vec<&String> = before.difference(&left).collect();
    gone.sort();
    let sql = "DELETE FROM mirt_item_params WHERE item_id = $1 AND fitted_at >= $2";
    let mut items = 0;
    for item in gone {
        let rows = session.execute(sql, &[Value::text(item), Value::time(since)]).await?;
        items += u64::from(rows > 0);
    }
    Ok(items)
}

async fn changed_answers(session: &mut Session<'_>, import: &[Value<'_>]) -> Result<u64, Error> {
    let sql = "SELECT CAST(count(*) AS BIGINT) FROM attempt_log \
         WHERE import_no = $1 AND changed_at IS NOT NULL";
    let found = session.fetch_first(sql, import, |row| row.int(0)).await?.flatten();
    Ok(found.unwrap_or(0).unsigned_abs())
}

async fn touched(session: &mut Session<'_>, import: &[Value<'_>]) -> Result<Vec<Touched>, Error> {
    let sql = "SELECT user_id, min(completed_at), max(completed_at) FROM attempt_log \
         WHERE import_no = $1 GROUP BY user_id ORDER BY user_id";
    let read = |row: &Row<'_>| {
        Ok(Touched {
            user_id: row.required(0, row.owned_text(0)?)?,
            first: row.required(1, row.time(1)?)?,
            last: row.required(2, row.time(2)?)?,
        })
    };
    session.fetch(sql, import, read).await
}

async fn sources(session: &mut Session<'_>, import: &[Value<'_>]) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT source FROM attempt_log \
         WHERE import_no = $1 AND source IS NOT NULL ORDER BY source";
    session.fetch(sql, import, |row| row.required(0, row.owned_text(0)?)).await
}

/// One entry a student.
fn merged(mut touched: Vec<Touched>) -> Vec<Touched> {
    touched.sort_by(|one, other| one.user_id.cmp(&other.user_id));
    touched.dedup_by(|next, kept| {
        let is_same = next.user_id == kept.user_id;
        if is_same {
            kept.first = kept.first.min(next.first);
            kept.last = kept.last.max(next.last);
        }
        is_same
    });
    touched
}

/// What documents are to become again.
pub(super) type Back = Vec<DocumentsBack>;
