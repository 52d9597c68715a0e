use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::bulk::BulkInsert;
use crate::error::Error;
use crate::exam_answers::{ExamAnswer, exam_answers, questions};
use crate::identity::exam_result_id;
use crate::row::Row;
use crate::session::Session;
use crate::store::Store;
use crate::timestamp;
use crate::tx::Tx;
use crate::value::Value;

const TABLE: &str = "exam_results";
const COLUMNS: [&str; 9] = [
    "id",
    "session_id",
    "user_id",
    "org_id",
    "exam_id",
    "status",
    "result_json",
    "created_at",
    "updated_at",
];

/// A document replaces the one of its session when it is not older and says something else.
const ON_CONFLICT: &str = "ON CONFLICT (session_id) DO UPDATE SET
  user_id = excluded.user_id, org_id = excluded.org_id, exam_id = excluded.exam_id,
  status = excluded.status, result_json = excluded.result_json, updated_at = excluded.updated_at
WHERE COALESCE(exam_results.updated_at, exam_results.created_at) <= excluded.updated_at
  AND (exam_results.user_id IS DISTINCT FROM excluded.user_id
    OR exam_results.org_id IS DISTINCT FROM excluded.org_id
    OR exam_results.exam_id IS DISTINCT FROM excluded.exam_id
    OR exam_results.status IS DISTINCT FROM excluded.status
    OR exam_results.result_json IS DISTINCT FROM excluded.result_json
    OR exam_results.updated_at IS DISTINCT FROM excluded.updated_at)";

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
        let newest = newest_per_session(docs);
        let (mut session, known) = self.session_and_identities();
        let written = match session {
            Session::Postgres(_) => write_together(&mut session, &newest).await?,
            Session::Sqlite(_) => {
                let users = newest.iter().filter_map(|doc| doc.user_id.as_deref());
                known.store(&mut session, users, std::iter::empty()).await?;
                write_with_answers(&mut session, &newest).await?
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

impl Store {
    /// The result of a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exam_result(&self, session_id: &str) -> Result<Option<ExamResult>, Error> {
        let sql = "SELECT id, CAST(session_id AS TEXT), CAST(user_id AS TEXT), \
             CAST(org_id AS BIGINT), CAST(exam_id AS BIGINT), status, result_json, created_at, \
             updated_at FROM exam_results WHERE session_id = $1";
        let mut connection = self.connection().await?;
        connection.session().fetch_first(sql, &[Value::text(session_id)], read_result).await
    }
}

fn read_result(row: &Row<'_>) -> Result<ExamResult, Error> {
    let small = |index| Ok::<_, Error>(row.int(index)?.and_then(|n| i32::try_from(n).ok()));
    Ok(ExamResult {
        id: row.uuid(0)?,
        session_id: row.required(1, row.owned_text(1)?)?,
        user_id: row.owned_text(2)?,
        org_id: small(3)?,
        exam_id: small(4)?,
        status: row.required(5, row.owned_text(5)?)?,
        result_json: row.required(6, row.json(6)?)?,
        created_at: row.required(7, row.time(7)?)?,
        updated_at: row.time(8)?,
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

async fn write_together(session: &mut Session<'_>, docs: &[&ExamResult]) -> Result<u64, Error> {
    let values: Vec<Value<'_>> = docs.iter().flat_map(|doc| values_of(doc)).collect();
    let insert = BulkInsert { table: TABLE, columns: &COLUMNS, on_conflict: ON_CONFLICT };
    insert.run(session, &values).await
}

async fn write_with_answers(session: &mut Session<'_>, docs: &[&ExamResult]) -> Result<u64, Error> {
    let sql = format!(
        "INSERT INTO {TABLE} ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) {ON_CONFLICT} RETURNING id",
        COLUMNS.join(", ")
    );
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
    let values: Vec<Value<'_>> = answers
        .iter()
        .flat_map(|answer| {
            [
                own,
                Value::int(answer.position),
                Value::int(answer.id),
                Value::int(answer.item_number),
                Value::Bool(answer.correct),
                Value::Int(answer.response_time_ms),
                Value::Int(answer.duration_s),
                Value::Int(answer.used_hints),
                Value::Text(answer.topic_id.as_deref()),
            ]
        })
        .collect();
    let columns = [
        "exam_result_id",
        "position",
        "id",
        "item_number",
        "correct",
        "response_time_ms",
        "duration_s",
        "used_hints",
        "topic_id",
    ];
    BulkInsert { table: "exam_answer", columns: &columns, on_conflict: "" }
        .run(session, &values)
        .await?;
    Ok(())
}

fn values_of(doc: &ExamResult) -> [Value<'_>; 9] {
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
    let bad = |column, reason: &str| Error::BadValue {
        table: TABLE,
        row: position,
        column,
        reason: reason.to_owned(),
    };
    if doc.session_id.is_empty() {
        return Err(bad("session_id", "is empty"));
    }
    let texts = [
        ("session_id", Some(&doc.session_id)),
        ("user_id", doc.user_id.as_ref()),
        ("status", Some(&doc.status)),
    ];
    let with_null = texts.into_iter().find(|(_, text)| text.is_some_and(|t| t.contains('\0')));
    if let Some((column, _)) = with_null {
        return Err(bad(column, "holds a null character"));
    }
    let times = [("created_at", doc.created_at), ("updated_at", changed_at(doc))];
    match times.into_iter().find(|&(_, at)| !timestamp::is_storable(at)) {
        Some((column, _)) => Err(bad(column, "lies outside the years 1 to 9999")),
        None => Ok(()),
    }
}
