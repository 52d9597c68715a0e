//! Table `seedtest_import_documents`: exam documents that an import wrote, and what stood there before.

use md5::{Digest, Md5};
use serde_json::{Value as Json, json};

use super::imports::Back;
use super::{CORRECTIONS, Touched};
use crate::attempts::exam_results::{EXAM_RESULTS, ExamResult, read};
use crate::engine::record::Record;
use crate::engine::session::Session;
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, index, json, text};

pub(crate) const SEEDTEST_IMPORT_DOCUMENTS: Table = Table::analytics(
    "seedtest_import_documents",
    &[
        Column::new("import_no", Kind::BigInt).required(),
        text("session_id").required(),
        // Whose document it is: with the student it goes.
        text("user_id"),
        // A digest of the document as the import left it.
        text("left_as").required(),
        // The document as it was before; null where there was none.
        json("earlier"),
    ],
)
.key(&["import_no", "session_id"])
.indexes(&[index("ix_seedtest_import_documents_user", "user_id")])
.since(CORRECTIONS);

/// Documents looked up at a time.
const AT_ONCE: usize = 500;

/// A document that an import wrote, and what it was before.
#[derive(Debug)]
pub(crate) struct DocumentsBack {
    /// As the import left it.
    now: ExamResult,
    before: Option<ExamResult>,
}

/// The stored documents of some sessions.
pub(crate) async fn stored(
    session: &mut Session<'_>,
    ids: &[&str],
) -> Result<Vec<ExamResult>, Error> {
    let columns = EXAM_RESULTS.select();
    let mut all = Vec::new();
    for part in ids.chunks(AT_ONCE) {
        let numbers: Vec<String> = (1..=part.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT {columns} FROM exam_results WHERE CAST(session_id AS TEXT) IN ({})",
            numbers.join(", ")
        );
        let values: Vec<Value<'_>> = part.iter().map(|id| Value::text(id)).collect();
        all.extend(session.fetch_records(&columns, &sql, &values, read).await?);
    }
    Ok(all)
}

/// Notes which documents an import changed. What the same import wrote before keeps what was before it.
pub(crate) async fn note(
    session: &mut Session<'_>,
    import: i64,
    before: &[ExamResult],
    ids: &[&str],
) -> Result<(), Error> {
    let after = stored(session, ids).await?;
    for now in &after {
        let was = before.iter().find(|was| was.session_id == now.session_id);
        let left_as = digest(now);
        if was.is_some_and(|was| digest(was) == left_as) {
            continue;
        }
        let was = was.map(as_json);
        let values = [
            Value::int(import),
            Value::text(&now.session_id),
            Value::Text(now.user_id.as_deref()),
            Value::text(&left_as),
            Value::Json(was.as_ref()),
        ];
        let kept = &["import_no", "session_id", "earlier"];
        let again = SEEDTEST_IMPORT_DOCUMENTS.replacing(&["import_no", "session_id"], kept);
        SEEDTEST_IMPORT_DOCUMENTS.insert().on_conflict(&again).run_one(session, &values).await?;
    }
    Ok(())
}

/// What has to be put back; `Err` with how many documents are no longer as the import left them.
pub(super) async fn plan(
    session: &mut Session<'_>,
    import: i64,
) -> Result<Result<Back, u64>, Error> {
    let columns = SEEDTEST_IMPORT_DOCUMENTS.select();
    let sql = format!(
        "SELECT {columns} FROM seedtest_import_documents WHERE import_no = $1 ORDER BY session_id"
    );
    let read = |row: &Record<'_>| {
        let before: Option<Json> = row.get_or_null("earlier")?;
        Ok((row.get::<String>("session_id")?, row.get::<String>("left_as")?, before))
    };
    let noted = session.fetch_records(&columns, &sql, &[Value::int(import)], read).await?;
    let ids: Vec<&str> = noted.iter().map(|(id, ..)| id.as_str()).collect();
    let stored = stored(session, &ids).await?;
    let mut changed = 0;
    let mut back = Vec::with_capacity(noted.len());
    for (id, left_as, before) in &noted {
        let now = stored.iter().find(|now| now.session_id == *id && digest(now) == *left_as);
        match now {
            Some(now) => back.push(DocumentsBack {
                now: now.clone(),
                before: before.as_ref().and_then(of_json),
            }),
            None => changed += 1,
        }
    }
    Ok(if changed > 0 { Err(changed) } else { Ok(back) })
}

/// Puts documents back as they were, and tells whose answers that changes.
pub(super) async fn put_back(tx: &mut Tx, import: i64, back: Back) -> Result<Vec<Touched>, Error> {
    let mut touched = Vec::new();
    for DocumentsBack { now, before } in back {
        for document in std::iter::once(&now).chain(&before) {
            let at = document.updated_at.unwrap_or(document.created_at);
            let of = |user_id: &String| Touched { user_id: user_id.clone(), first: at, last: at };
            touched.extend(document.user_id.as_ref().map(of));
        }
        let mut session = tx.session();
        let own = [Value::Uuid(now.id)];
        if session.backend() == crate::Backend::Sqlite {
            session.execute("DELETE FROM exam_answer WHERE exam_result_id = $1", &own).await?;
        }
        session.execute("DELETE FROM exam_results WHERE id = $1", &own).await?;
        if let Some(before) = before {
            tx.write_documents(&[&before]).await?;
        }
    }
    let sql = "DELETE FROM seedtest_import_documents WHERE import_no = $1";
    tx.session().execute(sql, &[Value::int(import)]).await?;
    Ok(touched)
}

fn digest(document: &ExamResult) -> String {
    let hash: [u8; 16] = Md5::digest(as_json(document).to_string().as_bytes()).into();
    format!("{:032x}", u128::from_be_bytes(hash))
}

fn as_json(document: &ExamResult) -> Json {
    json!({
        "id": document.id.map(|id| id.to_string()),
        "session_id": document.session_id,
        "user_id": document.user_id,
        "org_id": document.org_id,
        "exam_id": document.exam_id,
        "status": document.status,
        "result_json": document.result_json,
        "created_at": timestamp::to_text(document.created_at),
        "updated_at": document.updated_at.map(timestamp::to_text),
    })
}

fn of_json(document: &Json) -> Option<ExamResult> {
    let text = |key: &str| document[key].as_str().map(str::to_owned);
    let small = |key: &str| document[key].as_i64().and_then(|number| i32::try_from(number).ok());
    Some(ExamResult {
        id: text("id").and_then(|id| id.parse().ok()),
        session_id: text("session_id")?,
        user_id: text("user_id"),
        org_id: small("org_id"),
        exam_id: small("exam_id"),
        status: text("status")?,
        result_json: document["result_json"].clone(),
        created_at: timestamp::parse(&text("created_at")?)?,
        updated_at: text("updated_at").and_then(|at| timestamp::parse(&at)),
    })
}
