//! Everything that is held of one student, given out and erased: in the database, in the files of
//! reports, and in the list of rows an import refused.

mod files;
mod objects;

use std::path::PathBuf;

use chrono::SecondsFormat;
use seedtest_publish::Publisher;
use seedtest_store::{Mention, RunEnd, RunKind, RunStart, RunStatus, RunYield, Store};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::JOBS;
use crate::runs::{PROGRAM_VERSION, run_id};
pub(crate) use files::{below, owner_of_published};
pub(crate) use objects::StudentObjects;
pub use objects::reports_publisher;

use files::StudentFiles;

/// What the ledger calls an erasure.
const ERASE: &str = "erase-student";
/// Changes when an export has another form.
const FORM: u32 = 1;

/// Where files about students are.
#[derive(Debug, Clone)]
pub struct StudentFilePlaces {
    /// Directories of reports, searched with what is below them.
    pub reports: Vec<PathBuf>,
    /// The list of rows an import refused.
    pub rejects: PathBuf,
    /// The place reports are published to, where there is one.
    pub publisher: Option<Publisher>,
}

/// Everything that is held of a student, as one JSON document; also what is held under ids that were merged into
/// this one, or with it into another one, which the document then names.
///
/// # Errors
/// [`Error::UnknownStudent`] for one of whom nothing is held; when the database refuses or a file cannot
/// be read.
pub async fn export_student(
    store: &Store,
    clock: Clock,
    user_id: &str,
    places: &StudentFilePlaces,
) -> Result<Value, Error> {
    refuse_nobody(user_id)?;
    let ids = store.student_ids(user_id).await?;
    let data = store.student_data(user_id).await?;
    let files = StudentFiles::find(places, &ids.all())?;
    if data.rows.is_empty() && data.mentions.is_empty() && files.is_empty() {
        return Err(Error::UnknownStudent { user_id: user_id.to_string() });
    }
    Ok(json!({
        "form": FORM,
        "student_id": ids.user_id,
        "merged_ids": ids.aliases,
        "exported_at": clock.now().to_rfc3339_opts(SecondsFormat::Secs, true),
        "tables": data.rows,
        "documents": data.mentions.iter().map(mention).collect::<Vec<_>>(),
        "files": files.contents()?,
        "rejected_rows": files.rejected,
    }))
}

/// An id that nobody has: a variable that was not set would be one.
fn refuse_nobody(user_id: &str) -> Result<(), Error> {
    if user_id.trim().is_empty() {
        return Err(Error::UnknownStudent { user_id: user_id.to_string() });
    }
    Ok(())
}

fn mention(mention: &Mention) -> Value {
    json!({"place": mention.place, "key": mention.key, "parts": mention.parts})
}

/// Erases everything that is held of a student, under all ids that were merged into one, and gives the receipt: how much went where. The ledger
/// keeps the receipt; of the student it says nothing. `dry_run`: the receipt alone, nothing is erased.
///
/// # Errors
/// [`Error::UnknownStudent`] for an empty id; [`Error::AlreadyRunning`] while a job runs, which might write what it read before; when the database
/// refuses or a file cannot be removed. The database is changed in one transaction, files go before it:
/// what a failure leaves is erased by the next call.
pub async fn erase_student(
    store: &Store,
    clock: Clock,
    user_id: &str,
    places: &StudentFilePlaces,
    actor: &str,
    dry_run: bool,
) -> Result<Value, Error> {
    refuse_nobody(user_id)?;
    // None of the jobs runs meanwhile.
    let names: Vec<&'static str> = JOBS.iter().map(|entry| entry.name).collect();
    let locks = store.try_job_locks(&names).await?;
    let locks = locks.map_err(|running| Error::AlreadyRunning(names[running]))?;
    let receipt = erase(store, clock, user_id, places, actor, dry_run).await;
    locks.release().await;
    receipt
}

async fn erase(
    store: &Store,
    clock: Clock,
    user_id: &str,
    places: &StudentFilePlaces,
    actor: &str,
    dry_run: bool,
) -> Result<Value, Error> {
    let began = clock.now();
    let receipt_id = run_id(ERASE, &began.format("%Y%m%dT%H%M%S").to_string());
    // A label of its own, so that models of different erasures do not tell of each other.
    let label = format!("erased-{}", &Uuid::new_v4().simple().to_string()[..12]);
    let ids = store.student_ids(user_id).await?;
    let files = StudentFiles::find(places, &ids.all())?;
    let publisher = places.publisher.as_ref();
    let objects = StudentObjects::find(store, &ids.all(), publisher).await?;
    if !dry_run {
        // First, while the database still knows them: what fails here is found by the next call.
        objects.remove(publisher).await?;
    }
    let mut tx = store.begin().await?;
    let erased = tx.erase_student(user_id, &label).await?;
    let mut receipt = Map::from_iter([
        ("receipt_id".to_string(), json!(receipt_id)),
        ("erased_at".to_string(), json!(began.to_rfc3339_opts(SecondsFormat::Secs, true))),
        ("by".to_string(), json!(actor)),
        ("dry_run".to_string(), json!(dry_run)),
        ("rows".to_string(), json!(erased.rows)),
        ("documents".to_string(), json!(erased.documents)),
        ("files_removed".to_string(), json!(files.counts())),
        ("objects".to_string(), objects.counts()),
        ("rejected_rows".to_string(), json!(files.rejected.len())),
    ]);
    if dry_run {
        tx.rollback().await?;
    } else {
        // Likewise: only the database knows by which other ids files are called.
        files.remove(&ids.all())?;
        tx.commit().await?;
        // Other processes may read; what they keep from being overwritten is said.
        let overwritten = store.forget_deleted().await.is_ok();
        receipt.insert("overwritten".to_string(), json!(overwritten));
        enter(store, clock, began, &receipt_id, actor, &receipt).await?;
    }
    let mut told = Map::from_iter([
        ("student_id".to_string(), json!(ids.user_id)),
        ("merged_ids".to_string(), json!(ids.aliases)),
    ]);
    told.extend(receipt);
    if !objects.left().is_empty() {
        told.insert("objects_left".to_string(), json!(objects.left()));
    }
    Ok(Value::Object(told))
}

/// The line of the ledger, with the receipt and without the student.
async fn enter(
    store: &Store,
    clock: Clock,
    began: chrono::DateTime<chrono::Utc>,
    receipt_id: &str,
    actor: &str,
    receipt: &Map<String, Value>,
) -> Result<(), Error> {
    let start = RunStart {
        run_id: receipt_id.to_string(),
        kind: RunKind::Job,
        name: ERASE.to_string(),
        actor: actor.to_string(),
        program_version: PROGRAM_VERSION.to_string(),
        spec: Value::Object(receipt.clone()),
        seed: None,
        started_at: began,
    };
    store.open_run(&start, None).await?;
    let rows = receipt["rows"].as_object().into_iter().flatten();
    let rows = rows.filter_map(|(_, count)| count.as_i64()).sum();
    let now = clock.now();
    let end = RunEnd {
        status: RunStatus::Done,
        input_digest: None,
        result_digest: None,
        verdict: None,
        rows_written: Some(rows),
        seconds: (now - began).as_seconds_f64(),
        error: None,
        finished_at: now,
    };
    Ok(store.close_run(receipt_id, &end, RunYield::default()).await?)
}
