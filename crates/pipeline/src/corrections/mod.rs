//! Corrections of what was put in: each one transaction and one line of the ledger, followed by a recompute of what
//! it touched.

mod error;
mod options;
mod recompute;
mod rekey;
mod reports;

use std::path::Path;

use chrono::{DateTime, Utc};
use seedtest_store::{
    AnswerChange, AnswerKey, Correction, Merging, Run, RunFilter, Store, StoredAnswer,
    StoredImport, Touched, Tx, Undoing,
};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::JOBS;
use crate::runs::{Environment, ImportCounts, OpenRun};

pub use error::CorrectionError;
pub use options::key_fault;
pub use recompute::Recomputed;
pub use rekey::{Rekey, Rescored, rekey_item};
pub use reports::{RemovedReports, remove_reports};

use recompute::Plan;

/// What a correction runs on.
#[derive(Clone, Copy)]
pub struct CorrectionContext<'a> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: Clock,
    /// Environment variables that set up the jobs of the recompute.
    pub environment: Environment<'a>,
    /// Who asked for it.
    pub actor: &'a str,
}

/// What a correction came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// What was done, in a sentence; where nothing was left to do, why.
    pub told: String,
    /// What was computed again; `None` where nothing changed.
    pub recomputed: Option<Recomputed>,
}

/// An import as the ledger has it, and what of it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportLine {
    /// The line of the ledger.
    pub run: Run,
    /// What it wrote; `None` where it wrote nothing, or was made by an earlier release.
    pub stored: Option<StoredImport>,
}

/// The newest imports.
///
/// # Errors
/// When the database refuses.
pub async fn list_imports(store: &Store, most: u32) -> Result<Vec<ImportLine>, Error> {
    let filter = RunFilter { name: Some("import"), actor: None, limit: most };
    let mut stored = store.imports().await?;
    let line = |run: Run| {
        let own = stored.iter().position(|of| of.run_id == run.start.run_id);
        ImportLine { stored: own.map(|at| stored.swap_remove(at)), run }
    };
    Ok(store.runs(filter).await?.into_iter().map(line).collect())
}

/// Takes an import back: its answers go, its exam documents are what they were before.
///
/// # Errors
/// [`Error::Correction`] for an import that is none, or whose rows were changed since.
pub async fn undo_import(context: CorrectionContext<'_>, run_id: &str) -> Result<Corrected, Error> {
    let unknown = || CorrectionError::UnknownImport { run_id: run_id.to_owned() };
    let run = context.store.run(run_id).await?.filter(|run| run.start.name == "import");
    let files = files(&run.ok_or_else(unknown)?.start.spec);
    let spec = json!({"import": run_id});
    corrected(context, "import-undo", spec, async |tx, by| {
        let run_id = run_id.to_owned();
        match tx.undo_import(&run_id, &files, by).await? {
            Undoing::Unknown => Err(CorrectionError::NothingImported { run_id }.into()),
            Undoing::Changed { answers, documents } => {
                Err(CorrectionError::ImportChanged { run_id, answers, documents }.into())
            }
            Undoing::Before(at) => Ok(Done {
                told: format!("{run_id} was undone before, at {at}: nothing changed"),
                rows: 0,
                counts: json!({"answers": 0, "documents": 0}),
                touched: None,
            }),
            Undoing::Undone { answers, documents, items, touched } => Ok(Done {
                told: format!(
                    "{run_id} is undone: {answers} answers and {documents} exam documents of {} students{}",
                    touched.len(),
                    parameters(items)
                ),
                rows: answers + documents,
                counts: json!({"answers": answers, "documents": documents}),
                touched: Some(touched),
            }),
        }
    })
    .await
}

/// That parameters of items went, too.
fn parameters(items: u64) -> String {
    match items {
        0 => String::new(),
        1 => ", and the parameters of an item that nobody answered otherwise".to_owned(),
        _ => format!(", and the parameters of {items} items that nobody answered otherwise"),
    }
}

/// Names of the files of an import, without their folders.
fn files(spec: &Value) -> Vec<String> {
    let name =
        |file: &Value| Some(Path::new(file.as_str()?).file_name()?.to_string_lossy().into_owned());
    spec["files"].as_array().into_iter().flatten().filter_map(name).collect()
}

/// Changes one answer of an imported log: whether it counts, or whether it was right.
///
/// # Errors
/// [`Error::Correction`] where no answer is meant, or several are.
pub async fn change_answer(
    context: CorrectionContext<'_>,
    key: AnswerKey<'_>,
    change: AnswerChange,
    reason: Option<&str>,
) -> Result<Corrected, Error> {
    let now = context.store.student_now(key.user_id).await?;
    let (given, key) = (key.user_id, AnswerKey { user_id: &now, ..key });
    let first =
        if given == now { String::new() } else { format!("{}; ", told_of_merge(given, &now)) };
    let spec = json!({
        "student": key.user_id, "item": key.item_id, "at": key.at.map(|at| at.from), "reason": reason,
        "change": match change {
            AnswerChange::Void => "void",
            AnswerChange::Restore => "restore",
            AnswerChange::Correct(true) => "right",
            AnswerChange::Correct(false) => "wrong",
        },
    });
    corrected(context, "answer-correct", spec, async |tx, by| {
        let answer = one(tx.find_answers(key).await?, key)?;
        let what = format!(
            "{first}the answer of {} to {} at {}",
            answer.user_id, answer.item_id, answer.completed_at
        );
        let voided = match change {
            AnswerChange::Correct(_) if answer.is_voided => ", and voided: it does not count",
            _ => "",
        };
        if change.is_done(&answer) {
            return Ok(Done {
                told: format!("{what} is so already{voided}: nothing changed"),
                rows: 0,
                counts: json!({"answers": 0}),
                touched: None,
            });
        }
        let touched = tx.change_answer(&answer, change, reason, by).await?;
        let now = match change {
            AnswerChange::Void => "no longer counts",
            AnswerChange::Restore => "counts again",
            AnswerChange::Correct(true) => "is right now",
            AnswerChange::Correct(false) => "is wrong now",
        };
        Ok(Done {
            told: format!("{what} {now}{voided}"),
            rows: 1,
            counts: json!({"answers": 1}),
            touched: Some(vec![touched]),
        })
    })
    .await
}

fn one(mut found: Vec<StoredAnswer>, key: AnswerKey<'_>) -> Result<StoredAnswer, CorrectionError> {
    let (user_id, item_id) = (key.user_id.to_owned(), key.item_id.to_owned());
    if found.len() > 1 {
        let times = found.iter().map(|answer| answer.completed_at).collect();
        return Err(CorrectionError::SeveralAnswers { user_id, item_id, times });
    }
    let at = key.at.map(|at| at.from);
    found.pop().ok_or(CorrectionError::NoAnswer { user_id, item_id, at })
}

/// Makes two ids one student, called `new`.
///
/// # Errors
/// [`Error::UnknownStudent`] for an id of which nothing is stored; [`Error::Correction`] where the two are one
/// already the other way round.
pub async fn merge_students(
    context: CorrectionContext<'_>,
    old: &str,
    new: &str,
) -> Result<Corrected, Error> {
    let store = context.store;
    if [old, new].iter().any(|id| id.trim().is_empty() || id.contains('\0')) {
        return Err(CorrectionError::BadId.into());
    }
    let stays = store.alias_of(new).await?.unwrap_or_else(|| new.to_owned());
    if old == stays {
        let (old, new) = (old.to_owned(), new.to_owned());
        return Err(CorrectionError::SameStudent { old, new, stays }.into());
    }
    match store.alias_of(old).await? {
        // What was its answers is the other one's now: only that one could become somebody else.
        Some(into) if into != stays => {
            let (old, new) = (old.to_owned(), stays);
            return Err(CorrectionError::MergedBefore { old, into, new }.into());
        }
        None if !store.knows_student(old).await? => {
            return Err(Error::UnknownStudent { user_id: old.to_owned() });
        }
        _ => {}
    }
    let spec = json!({"old": old, "new": stays});
    corrected(context, "student-merge", spec, async |tx, by| {
        match tx.merge_students(old, &stays, by).await? {
            Merging::Before => Ok(Done {
                told: format!("{old} is {stays} already: nothing changed"),
                rows: 0,
                counts: json!({"answers": 0, "both": 0}),
                touched: None,
            }),
            Merging::Merged { answers, both, touched } => {
                let counts = json!({"answers": answers, "both": both});
                let both = match both {
                    0 => String::new(),
                    both => format!(
                        ", {both} more were answers of both, of which those of {stays} stay"
                    ),
                };
                Ok(Done {
                    told: format!("{old} is {stays} from now on: {answers} answers moved{both}"),
                    rows: answers,
                    counts,
                    touched: Some(touched.into_iter().collect()),
                })
            }
        }
    })
    .await
}

/// What to say of an id that was merged into another one.
pub fn told_of_merge(given: &str, now: &str) -> String {
    format!("student {given:?} is {now:?} since the two ids were merged")
}

/// What the transaction of a correction did.
struct Done {
    told: String,
    rows: u64,
    /// The same for the ledger, which outlives the students: without their ids.
    counts: Value,
    /// `None` = nothing changed.
    touched: Option<Vec<Touched>>,
}

/// The time of the oldest answer that changed.
fn first(done: &Done) -> Option<DateTime<Utc>> {
    done.touched.iter().flatten().map(|of| of.first).min()
}

/// Makes a correction in a transaction that the ledger tells of, while no job runs that might write what it read
/// before; then computes anew what it touched.
async fn corrected(
    context: CorrectionContext<'_>,
    name: &'static str,
    spec: Value,
    work: impl AsyncFnOnce(&mut Tx, Correction<'_>) -> Result<Done, Error>,
) -> Result<Corrected, Error> {
    let store = context.store;
    let names: Vec<&'static str> = JOBS.iter().map(|entry| entry.name).collect();
    let locks = store.try_job_locks(&names).await?;
    let locks = locks.map_err(|running| Error::AlreadyRunning(names[running]))?;
    let done = Box::pin(in_ledger(context, name, spec, work)).await;
    locks.release().await;
    let (told, plan) = done?;
    let recomputed = match plan {
        Some(plan) => Some(Box::pin(plan.compute(context)).await?),
        None => None,
    };
    Ok(Corrected { told, recomputed })
}

async fn in_ledger(
    context: CorrectionContext<'_>,
    name: &'static str,
    spec: Value,
    work: impl AsyncFnOnce(&mut Tx, Correction<'_>) -> Result<Done, Error>,
) -> Result<(String, Option<Plan>), Error> {
    let CorrectionContext { store, clock, actor, .. } = context;
    let newest_week = store.newest_kpi_week_until(clock.today(store.time_zone())).await?;
    let run = OpenRun::correction(store, name, spec, clock, actor).await?;
    let results = run.store(store);
    let ended: Result<(Done, Option<Plan>), Error> = async {
        let mut tx = results.begin().await?;
        let done = work(&mut tx, Correction { at: clock.now(), actor }).await?;
        let plan = done.touched.as_ref();
        let mut plan = plan.map(|touched| Plan::of(store, clock, touched, newest_week));
        if let Some(plan) = &mut plan {
            plan.vanished = tx.forget_stale(&plan.stale).await?;
        }
        if let Some((plan, since)) = plan.as_mut().zip(first(&done)) {
            let fits: Vec<&str> =
                JOBS.iter().filter(|job| job.refit.is_some()).map(|job| job.name).collect();
            plan.stale_fits = tx.mark_fits_stale(&fits, since, run.id(), clock.now()).await?;
        }
        tx.commit().await?;
        Ok((done, plan))
    }
    .await;
    let summary = match &ended {
        Ok((done, _)) => {
            Ok(ImportCounts { rows: done.rows, counts: done.counts.clone(), refused: None })
        }
        Err(error) => Err(error),
    };
    let closed = run.close_import(store, summary).await;
    let (done, plan) = ended?;
    closed?;
    Ok((done.told, plan))
}
