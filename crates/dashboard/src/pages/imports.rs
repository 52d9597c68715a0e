//! Imports: a file is dropped, looked at, its columns are named where they were not found, and it is taken; what was
//! taken can be taken back.

use std::path::{MAIN_SEPARATOR, Path as FilePath, PathBuf};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use seedtest_ingest::{Options, Preview, Wanted, preview as look};
use seedtest_pipeline::{
    Cancel, CorrectionContext, ImportContext, ImportOptions, ImportProgress, ImportSummary,
    ImportWatcher, Since, TERM_STEPS, Term, import_class_list, import_files, undo_import,
};
use seedtest_store::{Run, RunFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::runtime::Handle;

use super::computing::Progress;
use super::operations::RunLine;
use super::reading::{Reading, date_formats};
use super::uploads::{Upload, find, forget, receive as take_in};
use super::{render, uploads};
use crate::fields::Fields;
use crate::refusal::{PageResult, Refusal};
use crate::render::{see_other, segment};
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// Imports of the list.
const MOST_IMPORTS: u32 = 50;
/// For how long the answer to a form waits for its import; a longer one goes on, and the list says how it ended.
const WAIT: Duration = Duration::from_secs(4);
/// Columns that are shown.
const MOST_COLUMNS: usize = 60;

/// An import in the list.
#[derive(Serialize)]
struct Line {
    run: RunLine,
    files: Vec<String>,
    rows: Option<u64>,
    new: Option<u64>,
    known: Option<u64>,
    /// Rows that could not be used, by reason.
    rejected: Vec<(String, u64)>,
    /// Where the list of them is, while it is kept.
    rejects: Option<String>,
    undone_at: Option<String>,
    /// Where it can be taken back.
    undo: Option<String>,
}

#[derive(Serialize)]
struct Context {
    imports: Vec<Line>,
    /// What was just done, in a sentence.
    said: Option<String>,
    /// What is computed now, or was just computed.
    computing: Option<Progress>,
    /// Most bytes of a file.
    largest: u64,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Said {
    done: Option<String>,
}

pub(crate) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Query(said): Query<Said>,
) -> PageResult {
    visitor.everybody()?;
    let store = &dashboard.store;
    let filter = RunFilter { name: Some("import"), actor: None, limit: MOST_IMPORTS };
    let undone = store.undone_imports().await?;
    let line = |run: &Run| {
        let id = &run.start.run_id;
        let at = undone.iter().find(|(of, _)| of == id).map(|(_, at)| *at);
        line(run, at.map(super::operations::time), &dashboard.config.uploads)
    };
    let imports = store.runs(filter).await?.iter().map(line).collect();
    let was_begun = said.done.as_deref() == Some("computes");
    let computing = dashboard.computing.progress().filter(|of| was_begun || !of.is_over);
    let shown = Context { imports, said: said.done, computing, largest: uploads::LARGEST };
    render(&dashboard, &visitor, "imports.html", &shown)
}

fn line(run: &Run, undone_at: Option<String>, uploads: &FilePath) -> Line {
    let verdict = run.end.as_ref().and_then(|end| end.verdict.as_ref());
    let count = |key: &str| verdict.and_then(|verdict| verdict[key].as_u64());
    let rejected = verdict.and_then(|verdict| verdict["rejected"].as_object());
    let rejected: Vec<(String, u64)> = rejected
        .into_iter()
        .flatten()
        .filter_map(|(reason, n)| Some((reason.clone(), n.as_u64()?)))
        .collect();
    let files = run.start.spec["files"].as_array();
    let name = |file: &Value| {
        let name = FilePath::new(file.as_str()?).file_name()?;
        Some(name.to_string_lossy().into_owned())
    };
    let id = segment(&run.start.run_id);
    let has_list = rejects_path(run, uploads).is_some_and(|path| path.is_file());
    let wrote = run.end.as_ref().is_some_and(|end| end.rows_written.unwrap_or(0) > 0);
    let run_line = RunLine::of(run);
    let error = run_line.error.as_deref().map(|error| without_folder(error, uploads));
    Line {
        run: RunLine { error, ..run_line },
        files: files.into_iter().flatten().filter_map(name).collect(),
        rows: count("rows"),
        new: count("answers_new").map(|new| new + count("documents_new").unwrap_or(0)),
        known: count("answers_known").map(|known| known + count("documents_known").unwrap_or(0)),
        rejects: has_list.then(|| format!("/imports/rejects/{id}")),
        undo: (wrote && undone_at.is_none()).then(|| format!("/imports/undo/{id}")),
        rejected,
        undone_at,
    }
}

/// A message without the folder of a file that was sent here: who sent the file knows its name only.
fn without_folder(text: &str, uploads: &FilePath) -> String {
    let begin = format!("{}{MAIN_SEPARATOR}", uploads.display());
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin.as_str()) {
        shown.push_str(before);
        let file = after.split_once(MAIN_SEPARATOR);
        if let Some((_, file)) = file.filter(|(id, _)| crate::secrets::is_secret(id)) {
            rest = file;
        } else {
            shown.push_str(&begin);
            rest = after;
        }
    }
    shown.push_str(rest);
    shown
}

/// A refusal whose sentence is about a file that was sent here.
#[allow(clippy::needless_pass_by_value)] // it becomes another one
fn of_upload(refused: Refusal, uploads: &FilePath) -> Refusal {
    let about = refused.about.iter();
    let about = about.map(|(name, value)| (*name, without_folder(value, uploads))).collect();
    Refusal { about, ..refused }
}

/// Where the rows of an import that could not be used are listed, for a file that was sent here.
fn rejects_path(run: &Run, uploads: &FilePath) -> Option<PathBuf> {
    let file = run.start.spec["files"].as_array()?.first()?.as_str()?;
    let id = FilePath::new(file).parent()?.file_name()?.to_str()?;
    crate::secrets::is_secret(id).then(|| list_of(uploads, id))
}

fn list_of(uploads: &FilePath, id: &str) -> PathBuf {
    uploads.join("rejects").join(format!("{id}.csv"))
}

/// The list of the rows of an import that could not be used.
pub(crate) async fn rejects(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(run_id): Path<String>,
) -> PageResult {
    visitor.everybody()?;
    let run = dashboard.store.run(&run_id).await?.filter(|run| run.start.name == "import");
    let path = run.and_then(|run| rejects_path(&run, &dashboard.config.uploads));
    let path = path.ok_or_else(Refusal::not_found)?;
    let list = tokio::fs::read(&path).await.map_err(|_| Refusal::not_found())?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"rejects.csv\""),
    ];
    Ok((headers, list).into_response())
}

/// How a file that is sent is called.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sent {
    #[serde(default)]
    name: String,
}

/// Takes a file in; the answer says where it is looked at.
pub(crate) async fn receive(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Query(sent): Query<Sent>,
    body: Body,
) -> PageResult {
    visitor.everybody()?;
    let upload = take_in(&dashboard.config.uploads, &sent.name, body).await?;
    let media = [(header::CONTENT_TYPE, "application/json")];
    let answer = serde_json::json!({ "path": preview_path(&upload) }).to_string();
    Ok((media, answer).into_response())
}

fn preview_path(upload: &Upload) -> String {
    format!("/imports/files/{}", upload.id)
}

/// A column as the page shows it.
#[derive(Serialize)]
struct Column {
    name: String,
    meaning: Option<String>,
    why: String,
    first: String,
}

/// A field that the form asks for.
#[derive(Serialize)]
struct Asked {
    field: &'static str,
    /// The column that was named.
    named: String,
    /// The column that it is read from, named or found.
    found: Option<String>,
}

#[derive(Serialize)]
struct Looked {
    file: String,
    path: String,
    format: Option<String>,
    columns: Vec<Column>,
    more_columns: usize,
    asked: Vec<Asked>,
    reading: Reading,
    /// Words for how times are written; the empty one stands for finding that out.
    date_formats: Vec<&'static str>,
    first: Vec<FirstRow>,
    rejects: Vec<RejectLine>,
    notes: Vec<String>,
    students: u64,
    items: u64,
    answers: u64,
    right: u64,
    duplicates: u64,
    span: Option<(String, String)>,
    /// Why it cannot be read like this, and what helps.
    fault: Option<(String, String)>,
    /// Whether an import would take something.
    is_usable: bool,
}

#[derive(Serialize)]
struct FirstRow {
    line: u64,
    student: String,
    item: String,
    outcome: Option<bool>,
    at: Option<String>,
}

#[derive(Serialize)]
struct RejectLine {
    line: u64,
    reason: String,
    value: String,
    hint: String,
}

/// What a file holds and how it would be read; nothing is written.
pub(crate) async fn preview(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(upload_id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> PageResult {
    visitor.everybody()?;
    let upload = find(&dashboard.config.uploads, &upload_id).await?;
    let reading = Reading::of(&Fields(query));
    let zone = dashboard.store.time_zone().clone();
    let latest = dashboard.clock.now().timestamp_micros().saturating_add(86_400_000_000);
    let options = |wanted| -> PageResult<Options> {
        let time_zone = zone.clone();
        Ok(Options { time_zone, latest: Some(latest), ..reading.options(wanted)? })
    };
    let (timed, any) = (options(Wanted::Timed)?, options(Wanted::Everything)?);
    let path = upload.path.clone();
    let looked = tokio::task::spawn_blocking(move || match look(&path, &timed) {
        Ok(found) => (Some(found), None),
        // Where only the time is missing, everything else is shown all the same.
        Err(error) => (look(&path, &any).ok(), Some((error.to_string(), error.hint()))),
    });
    let (found, fault) = looked.await.map_err(|error| Refusal::internal(&error))?;
    let fault =
        fault.map(|(fault, hint)| (without_folder(&fault, &dashboard.config.uploads), hint));
    render(&dashboard, &visitor, "preview.html", &shown(&upload, reading, found, fault))
}

fn shown(
    upload: &Upload,
    reading: Reading,
    found: Option<Preview>,
    fault: Option<(String, String)>,
) -> Looked {
    let time = |at: i64| chrono::DateTime::from_timestamp_micros(at).map(super::operations::time);
    let mut looked = Looked {
        file: upload.name.clone(),
        path: preview_path(upload),
        format: None,
        columns: Vec::new(),
        more_columns: 0,
        asked: Vec::new(),
        reading,
        date_formats: date_formats(),
        first: Vec::new(),
        rejects: Vec::new(),
        notes: Vec::new(),
        students: 0,
        items: 0,
        answers: 0,
        right: 0,
        duplicates: 0,
        span: None,
        is_usable: false,
        fault,
    };
    if let Some(found) = found {
        looked.is_usable = looked.fault.is_none();
        looked.format = Some(found.format.name().to_owned());
        looked.more_columns = found.columns.len().saturating_sub(MOST_COLUMNS);
        looked.notes.clone_from(&found.counts.notes);
        (looked.students, looked.items) = (found.students, found.items);
        (looked.answers, looked.right) = (found.counts.answers, found.right);
        looked.duplicates = found.duplicates;
        looked.span = found.span.and_then(|(from, to)| time(from).zip(time(to)));
        looked.first = found
            .first
            .iter()
            .map(|row| FirstRow {
                line: row.line,
                student: row.student.clone(),
                item: row.item.clone(),
                outcome: row.outcome,
                at: row.at.and_then(time),
            })
            .collect();
        looked.rejects = found
            .rejects
            .iter()
            .map(|reject| RejectLine {
                line: reject.line,
                reason: reject.reason.to_string(),
                value: reject.value.clone(),
                hint: reject.reason.hint().to_string(),
            })
            .collect();
        let columns = found.columns.into_iter().map(|column| Column {
            name: column.name,
            meaning: column.meaning,
            why: column.why,
            first: column.first.join(", "),
        });
        looked.columns = columns.collect();
    }
    let read_from = |field: &str| {
        let own = |column: &&Column| column.meaning.as_deref() == Some(field);
        looked.columns.iter().find(own).map(|column| column.name.clone())
    };
    #[allow(clippy::explicit_auto_deref)] // the name outlives the reading
    let asked = looked.reading.columns.iter().map(|(field, named)| Asked {
        field: *field,
        named: named.clone(),
        found: read_from(field),
    });
    let asked: Vec<Asked> = asked.collect();
    looked.asked = asked;
    looked
}

/// Imports a file that was looked at, and computes everything anew where that is wanted.
pub(crate) async fn take(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(upload_id): Path<String>,
    fields: Fields,
) -> PageResult {
    visitor.everybody()?;
    let upload = find(&dashboard.config.uploads, &upload_id).await?;
    if fields.get("do") == Some("discard") {
        forget(&upload).await;
        return Ok(see_other("/imports?done=discarded"));
    }
    let read = Reading::of(&fields).options(Wanted::Timed)?;
    let (computes, actor) = (fields.get("compute").is_some(), visitor.name().to_owned());
    let work = Work { dashboard: dashboard.clone(), upload, read, actor };
    let mut begun = tokio::task::spawn_blocking(move || {
        let taken = Handle::current().block_on(work.import());
        (taken, work)
    });
    let Ok(ended) = tokio::time::timeout(WAIT, &mut begun).await else {
        // It goes on: the ledger tells how it ends.
        if computes {
            tokio::spawn(async move {
                if let Ok((Ok(()), work)) = begun.await {
                    work.compute_beside();
                }
            });
        }
        return Ok(see_other("/imports?done=goes_on"));
    };
    let (taken, work) = ended.map_err(|error| Refusal::internal(&error))?;
    taken?;
    if computes {
        work.compute_beside();
        return Ok(see_other("/imports?done=computes"));
    }
    Ok(see_other("/imports?done=taken"))
}

/// An import and what follows it.
struct Work {
    dashboard: Shared,
    upload: Upload,
    read: Options,
    actor: String,
}

/// Nobody watches.
struct Nobody;

impl ImportWatcher for Nobody {
    fn start(&mut self, _: &FilePath) {}
    fn progress(&mut self, _: ImportProgress) {}
    fn finish(&mut self, _: &FilePath, _: &ImportSummary) {}
}

impl Work {
    /// The file into the database; then it is let go.
    async fn import(&self) -> PageResult<()> {
        let Self { dashboard, upload, read, actor } = self;
        let rejects = list_of(&dashboard.config.uploads, &upload.id);
        if let Some(folder) = rejects.parent() {
            tokio::fs::create_dir_all(folder).await.map_err(|error| Refusal::internal(&error))?;
        }
        let options = ImportOptions {
            read: read.clone(),
            strict: false,
            rejects,
            pseudonyms: None,
            since: Since::Beginning,
        };
        let cancel = Cancel::default();
        let (store, clock) = (&dashboard.store, dashboard.clock);
        let context = ImportContext { store, clock, actor, cancel: &cancel };
        let files = std::slice::from_ref(&upload.path);
        let taken = Box::pin(import_files(context, (None, files), &options, &mut Nobody)).await;
        taken.map_err(|error| of_upload(error.into(), &dashboard.config.uploads))?;
        // Names and classes beside the answers make a roster, where there is none yet.
        if store.roster().await?.students.is_empty() {
            let listed = import_class_list(store, &upload.path, read).await;
            if let Err(error) = listed {
                tracing::info!(%error, "an imported file has no list of students");
            }
        }
        uploads::forget(upload).await;
        Ok(())
    }

    /// Everything that can be said of the answers; each step is a line of the ledger.
    fn compute_beside(self) {
        self.dashboard.computing.begin();
        tokio::task::spawn_blocking(move || Handle::current().block_on(self.compute()));
    }

    async fn compute(self) {
        let Self { dashboard, actor, .. } = self;
        match Term::of(&dashboard.store, dashboard.clock).await {
            Ok(Some(term)) => take_steps(&dashboard, term, &actor).await,
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "what follows an import was not computed"),
        }
        dashboard.computing.over();
    }
}

async fn take_steps(dashboard: &Dashboard, term: Term, actor: &str) {
    let environment = dashboard.config.environment.clone();
    let look_up = |name: &str| environment.get(name);
    for step in TERM_STEPS {
        dashboard.computing.at(step);
        let mut watch = |_: u64, _: u64| {};
        match term.take(step, &dashboard.store, &look_up, actor, &mut watch).await {
            Ok(end) => dashboard.computing.ended(step, &end),
            Err(error) => {
                tracing::error!(%error, step = step.title, "a step after an import failed");
                dashboard.computing.failed(step, error.to_string());
            }
        }
    }
}

/// Takes an import back.
pub(crate) async fn undo(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(run_id): Path<String>,
) -> PageResult {
    visitor.everybody()?;
    let actor = visitor.name().to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let environment = dashboard.config.environment.clone();
        let context = CorrectionContext {
            store: &dashboard.store,
            clock: dashboard.clock,
            environment: &|name: &str| environment.get(name),
            actor: &actor,
        };
        Handle::current().block_on(undo_import(context, &run_id))
    });
    work.await.map_err(|error| Refusal::internal(&error))??;
    Ok(see_other("/imports?done=undone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_file_and_not_where_it_waits() {
        let uploads = FilePath::new("data").join("uploads");
        let id = "0123456789abcdef".repeat(4);
        let path = uploads.join(&id).join("a.csv").display().to_string();
        let told = without_folder(&format!("{path}: no student column; {path}"), &uploads);
        assert_eq!(told, "a.csv: no student column; a.csv");
        let other = format!("{}: no folder", uploads.join("rejects").join("a.csv").display());
        assert_eq!(without_folder(&other, &uploads), other);
        let refused = Refusal::invalid("file", "import.empty").with("reason", format!("{path}: x"));
        assert_eq!(of_upload(refused, &uploads).about[1], ("reason", "a.csv: x".to_owned()));
    }
}
