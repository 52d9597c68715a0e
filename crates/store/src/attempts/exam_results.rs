//! Table `exam_results`: the documents of exam sessions; the answers in them are attempts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::attempts::exam_answers::{EXAM_ANSWER, ExamAnswer, exam_answers, questions};
use crate::attempts::identity::exam_result_id;
use crate::corrections::documents;
use crate::engine::backend::Backend;
use crate::engine::bulk::Insert;
use crate::engine::record::Record;
use crate::engine::session::Session;
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};
use crate::schema::{Column, Default, Kind, Table, gin, index, json, stamped, text, unique};
use crate::store::Store;

pub(crate) const EXAM_RESULTS: Table = Table::platform(
    "exam_results",
    &[
        Column::new("id", Kind::Uuid).required().default(Default::RandomUuid),
        text("session_id").required(),
        text("user_id"),
        Column::new("org_id", Kind::Integer),
        Column::new("exam_id", Kind::Integer),
        text("status").required().default(Default::Literal("'ready'")),
        json("result_json").required(),
        Column::new("score_raw", Kind::Numeric).optional().unused(),
        Column::new("score_scaled", Kind::Numeric).optional().unused(),
        Column::new("standard_error", Kind::Numeric).optional().unused(),
        Column::new("percentile", Kind::Numeric).optional().unused(),
        stamped("created_at"),
        stamped("updated_at"),
    ],
)
.key(&["id"])
.indexes(&[
    unique("uq_exam_results_session_id", "session_id"),
    index("ix_exam_results_org_id", "org_id"),
    index("ix_exam_results_user_exam", "user_id, exam_id"),
    index("ix_exam_results_user_time", "user_id, (COALESCE(updated_at, created_at))"),
    gin("ix_exam_results_result_json", "result_json"),
]);

/// The result of one exam session.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamResult {
    /// Id of the document; `None` = derived from the session.
    pub id: Option<Uuid>,
    /// Session the result belongs to; a session has one result.
    pub session_id: String,
    /// Canonical text id of the student.
    pub user_id: Option<String>,
    /// Organisation.
    pub org_id: Option<i32>,
    /// Exam, also the subject of its answers.
    pub exam_id: Option<i32>,
    /// State of the session, for example `ready`.
    pub status: String,
    /// The document; its list `questions` holds the answers.
    pub result_json: serde_json::Value,
    /// When the session was created.
    pub created_at: DateTime<Utc>,
    /// When the document was last changed, which is the time of its answers; `None` = at its
    /// creation.
    pub updated_at: Option<DateTime<Utc>>,
}

/// What happened to the documents of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExamsWritten {
    /// Documents that are new or replaced an older one.
    pub written: u64,
    /// Documents that were there already, or older than what is there.
    pub unchanged: u64,
    /// Questions in the batch.
    pub questions: u64,
    /// Questions without a whole number as their id; they are no attempts.
    pub questions_without_number: u64,
}

impl std::ops::AddAssign for ExamsWritten {
    fn add_assign(&mut self, other: Self) {
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.questions += other.questions;
        self.questions_without_number += other.questions_without_number;
    }
}

impl Tx {
    /// Stores exam documents, one per session; the answers in them become attempts.
    ///
    /// # Errors
    /// [`Error::BadValue`] for an empty session, a null character in an id, or a time outside the
    /// years 1–9999; nothing of the batch is written then.
    pub async fn write_exam_results(&mut self, docs: &[ExamResult]) -> Result<ExamsWritten, Error> {
        for (position, doc) in docs.iter().enumerate() {
            check(position, doc)?;
        }
        let import = if docs.is_empty() { None } else { self.import_number().await? };
        let renamed = self.under_their_ids(docs).await?;
        let newest = newest_per_session(renamed.as_deref().unwrap_or(docs));
        let written = match import {
            None => self.write_documents(&newest).await?,
            Some(import) => {
                let ids: Vec<&str> = newest.iter().map(|doc| doc.session_id.as_str()).collect();
                let before = documents::stored(&mut self.session(), &ids).await?;
                let written = self.write_documents(&newest).await?;
                documents::note(&mut self.session(), import, &before, &ids).await?;
                written
            }
        };
        let (all, valid) = count_questions(docs);
        Ok(ExamsWritten {
            written,
            unchanged: docs.len() as u64 - written,
            questions: all,
            questions_without_number: all - valid,
        })
    }
}

impl Tx {
    /// The documents under the ids that their students became; `None` where none of them did.
    async fn under_their_ids(
        &mut self,
        docs: &[ExamResult],
    ) -> Result<Option<Vec<ExamResult>>, Error> {
        let aliases = self.aliases().await?;
        let target =
            |doc: &ExamResult| doc.user_id.as_ref().and_then(|id| aliases.get(id)).cloned();
        if aliases.is_empty() || !docs.iter().any(|doc| target(doc).is_some()) {
            return Ok(None);
        }
        let of = |doc: &ExamResult| ExamResult {
            user_id: target(doc).or_else(|| doc.user_id.clone()),
            ..doc.clone()
        };
        Ok(Some(docs.iter().map(of).collect()))
    }

    /// Writes documents of different sessions, and tells how many are new or replaced another one.
    pub(crate) async fn write_documents(&mut self, docs: &[&ExamResult]) -> Result<u64, Error> {
        let (mut session, known) = self.session_and_identities();
        match session {
            Session::Postgres(_) => write_together(&mut session, docs).await,
            Session::Sqlite(_) => {
                let users = docs.iter().filter_map(|doc| doc.user_id.as_deref());
                known.store(&mut session, users, std::iter::empty()).await?;
                write_with_answers(&mut session, docs).await
            }
        }
    }
}

/// One answer of an exam document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamItem {
    /// The item.
    pub item_id: String,
    /// Its topic.
    pub topic_id: Option<String>,
    /// Whether it was right; `None` = not recorded.
    pub correct: Option<bool>,
}

impl ExamResult {
    /// The answers in the document whose question has a whole number as its id, in their order.
    pub fn answers(&self) -> Vec<ExamItem> {
        let item = |answer: ExamAnswer| ExamItem {
            item_id: answer.item_number.to_string(),
            topic_id: answer.topic_id,
            correct: answer.correct,
        };
        exam_answers(self.id.unwrap_or_default(), &self.result_json).into_iter().map(item).collect()
    }
}

impl Tx {
    /// The result of a session, which nobody else reads here or changes until this transaction ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exam_result_to_change(
        &mut self,
        session_id: &str,
    ) -> Result<Option<ExamResult>, Error> {
        let mut session = self.session();
        // A writer of SQLite is alone; a result that is not there yet has no row to lock.
        if session.backend() == Backend::Postgres {
            let lock = "SELECT pg_advisory_xact_lock(hashtextextended('exam ' || $1, 0))";
            session.execute(lock, &[Value::text(session_id)]).await?;
        }
        let columns = EXAM_RESULTS.select();
        let sql = format!("SELECT {columns} FROM exam_results WHERE session_id = $1");
        session.fetch_record(&columns, &sql, &[Value::text(session_id)], read).await
    }
}

impl Store {
    /// The result of a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exam_result(&self, session_id: &str) -> Result<Option<ExamResult>, Error> {
        let columns = EXAM_RESULTS.select();
        let sql = format!("SELECT {columns} FROM exam_results WHERE session_id = $1");
        let values = [Value::text(session_id)];
        self.connection().await?.session().fetch_record(&columns, &sql, &values, read).await
    }
}

pub(crate) fn read(row: &Record<'_>) -> Result<ExamResult, Error> {
    // The platform may count in 64 bits.
    let small = |number: Option<i64>| number.and_then(|number| i32::try_from(number).ok());
    Ok(ExamResult {
        id: row.get_or_null("id")?,
        session_id: row.get("session_id")?,
        user_id: row.get_or_null("user_id")?,
        org_id: small(row.get_or_null("org_id")?),
        exam_id: small(row.get_or_null("exam_id")?),
        status: row.get("status")?,
        result_json: row.get("result_json")?,
        created_at: row.get("created_at")?,
        updated_at: row.get_or_null("updated_at")?,
    })
}

fn newest_per_session(docs: &[ExamResult]) -> Vec<&ExamResult> {
    let mut newest: BTreeMap<&str, &ExamResult> = BTreeMap::new();
    for doc in docs {
        let kept = newest.entry(&doc.session_id).or_insert(doc);
        if changed_at(doc) >= changed_at(kept) {
            *kept = doc;
        }
    }
    newest.into_values().collect()
}

/// A document replaces the one of its session when it is not older and says something else.
fn newer_and_different() -> Insert {
    let kept = &["id", "session_id", "created_at"];
    let replacing = EXAM_RESULTS.replacing(&["session_id"], kept);
    let differing = EXAM_RESULTS.differing(kept);
    EXAM_RESULTS.insert().on_conflict(&format!(
        "{replacing} \
         WHERE COALESCE(exam_results.updated_at, exam_results.created_at) <= excluded.updated_at \
           AND ({differing})"
    ))
}

async fn write_together(session: &mut Session<'_>, docs: &[&ExamResult]) -> Result<u64, Error> {
    let values: Vec<Value<'_>> = docs.iter().flat_map(|doc| values_of(doc)).collect();
    newer_and_different().run(session, &values).await
}

async fn write_with_answers(session: &mut Session<'_>, docs: &[&ExamResult]) -> Result<u64, Error> {
    let sql = format!("{} RETURNING id", newer_and_different().sql());
    let mut written = 0;
    for doc in docs {
        let id = session.fetch_first(&sql, &values_of(doc), |row| row.uuid(0)).await?.flatten();
        let Some(id) = id else { continue };
        written += 1;
        replace_answers(session, id, doc).await?;
    }
    Ok(written)
}

async fn replace_answers(
    session: &mut Session<'_>,
    id: Uuid,
    doc: &ExamResult,
) -> Result<(), Error> {
    let own = Value::Uuid(Some(id));
    session.execute("DELETE FROM exam_answer WHERE exam_result_id = $1", &[own]).await?;
    let answers = exam_answers(id, &doc.result_json);
    let values: Vec<Value<'_>> = answers.iter().flat_map(|answer| answer.values(id)).collect();
    EXAM_ANSWER.insert().run(session, &values).await?;
    Ok(())
}

fn values_of(doc: &ExamResult) -> [Value<'_>; EXAM_RESULTS.width()] {
    [
        Value::Uuid(Some(doc.id.unwrap_or_else(|| exam_result_id(&doc.session_id)))),
        Value::text(&doc.session_id),
        Value::Text(doc.user_id.as_deref()),
        Value::Int(doc.org_id.map(i64::from)),
        Value::Int(doc.exam_id.map(i64::from)),
        Value::text(&doc.status),
        Value::json(&doc.result_json),
        Value::time(doc.created_at),
        Value::time(changed_at(doc)),
    ]
}

fn changed_at(doc: &ExamResult) -> DateTime<Utc> {
    doc.updated_at.unwrap_or(doc.created_at)
}

fn count_questions(docs: &[ExamResult]) -> (u64, u64) {
    docs.iter().fold((0, 0), |(all, valid), doc| {
        let in_document = questions(&doc.result_json).len() as u64;
        (all + in_document, valid + exam_answers(Uuid::nil(), &doc.result_json).len() as u64)
    })
}

fn check(position: usize, doc: &ExamResult) -> Result<(), Error> {
    let bad =
        |column, fault| Error::BadValue { table: EXAM_RESULTS.name, row: position, column, fault };
    if doc.session_id.is_empty() {
        return Err(bad("session_id", ValueFault::Empty));
    }
    let texts = [
        ("session_id", Some(&doc.session_id)),
        ("user_id", doc.user_id.as_ref()),
        ("status", Some(&doc.status)),
    ];
    let with_null = texts.into_iter().find(|(_, text)| text.is_some_and(|t| t.contains('\0')));
    if let Some((column, _)) = with_null {
        return Err(bad(column, ValueFault::NullCharacter));
    }
    let times = [("created_at", doc.created_at), ("updated_at", changed_at(doc))];
    match times.into_iter().find(|&(_, at)| !timestamp::is_storable(at)) {
        Some((column, _)) => Err(bad(column, ValueFault::Year)),
        None => Ok(()),
    }
}
