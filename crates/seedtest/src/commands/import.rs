//! `seedtest import`: files into the database, with a list of refused rows.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use seedtest_ingest::{Error, Wanted};
use seedtest_pipeline::{
    ImportContext, ImportOptions, ImportProgress, ImportSummary, ImportWatcher, import_files,
    open_answers,
};

use super::import_preview;
use crate::cli::{Global, ImportArgs};
use crate::commands::student::pseudonyms;
use crate::failure::Failure;
use crate::made::{Made, REJECTS};
use crate::output::{Output, Progress};
use crate::session;

pub(crate) async fn run(
    args: &ImportArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if let Some(action) = &args.action {
        return super::corrections::imports(action, global, output).await;
    }
    let read = args.read.options(Wanted::Timed)?;
    if args.preview {
        return import_preview::run(args, global, output).await;
    }
    // Before a database is made for nothing.
    must_be_there(&args.files)?;
    let pseudonyms = pseudonyms(args.pseudonyms.as_deref())?;
    if session::reads_elsewhere(global) {
        output.note(
            "answers are read where --attempt-view or --query says: what is imported now is read once neither is set",
        );
    }
    let rejects = global.data_dir.join(REJECTS);
    let since = args.since.unwrap_or_default();
    let options =
        ImportOptions { read, strict: args.strict, rejects: rejects.clone(), pseudonyms, since };
    let clock = session::clock()?;
    let made = Made::before(global)?;
    let first = args.files.first().filter(|_| made.has_database());
    let first = first.map(|path| open_answers(path, &options, clock)).transpose()?.flatten();
    let store = session::open_migrated(global).await?;
    make_data_dir(global)?;
    let cancel = session::cancel_on_signal();
    let mut watcher = Watcher::new(output);
    let imported = session::with(store, async |store| {
        let context = ImportContext { store, clock, actor: "command line", cancel: &cancel };
        Ok(import_files(context, (first, &args.files), &options, &mut watcher).await?)
    })
    .await;
    // A strict import leaves the list of what is to be mended.
    let is_gone = !args.strict && !watcher.has_used_some && made.take_away();
    let rejects = (!is_gone).then_some(rejects.as_path());
    if let Some(refused) = watcher.refused.take() {
        return Err(refused);
    }
    let summaries = imported.inspect_err(|_| {
        for line in watcher.left(&args.files) {
            output.note(&line);
        }
    })?;
    let rejected: u64 = summaries.iter().map(|summary| summary.rejected.total()).sum();
    if let Some(rejects) = rejects.filter(|_| rejected > 0) {
        output.line(&format!("{rejected} rows were not used; see {}", rejects.display()))?;
    }
    match args.files.iter().zip(&summaries).find(|(_, summary)| summary.is_useless()) {
        Some((path, summary)) => Err(useless(path, summary, rejects)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// That nothing of a file could be used; `rejects`: where its rows are listed.
pub(super) fn useless(path: &Path, summary: &ImportSummary, rejects: Option<&Path>) -> Failure {
    if summary.rows == 0 {
        return no_row(path);
    }
    let path = path.display();
    if summary.rejected.total() == 0 {
        let hint = "every cell of an item is empty; --blank wrong counts them as wrong answers";
        return Failure::new(format!("{path}: no row could be used"), Some(hint.to_owned()));
    }
    let hint = match rejects {
        Some(rejects) => format!("see {} for the reason of every row", rejects.display()),
        None => {
            format!("nothing was stored; `seedtest import --preview {path}` shows the rows and why")
        }
    };
    Failure::new(format!("{path}: no row could be used"), Some(hint))
}

/// That a file has a header and nothing else.
pub(super) fn no_row(path: &Path) -> Failure {
    let hint = "the file has a header and no row below it: export it again, or check --header-row";
    Failure::new(format!("{}: holds no row", path.display()), Some(hint.to_owned()))
}

fn must_be_there(files: &[PathBuf]) -> Result<(), Failure> {
    let is_named = |file: &&PathBuf| file.as_os_str() != "-";
    for path in files.iter().filter(is_named).cloned() {
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => return Err(Error::Directory { path }.into()),
            Ok(_) => {}
            Err(source) if source.kind() == ErrorKind::NotFound => {
                return Err(Error::NotFound { path }.into());
            }
            Err(source) => return Err(Error::Io { path, source }.into()),
        }
    }
    Ok(())
}

pub(super) fn rejects_path(global: &Global) -> Result<PathBuf, Failure> {
    make_data_dir(global)?;
    Ok(global.data_dir.join(REJECTS))
}

fn make_data_dir(global: &Global) -> Result<(), Failure> {
    std::fs::create_dir_all(&global.data_dir).map_err(|error| {
        Failure::new(
            format!("cannot create {}: {error}", global.data_dir.display()),
            Some("choose another --data-dir".into()),
        )
    })
}

/// Tells of each file as soon as it is in the database, so that what a later one stops is known.
pub(super) struct Watcher<'a> {
    output: &'a Output,
    progress: Progress,
    started: Vec<Instant>,
    /// Notes of the file at hand that were told.
    told: Vec<String>,
    /// Files whose rows are in the database.
    stored: Vec<PathBuf>,
    /// Whether something of a file could be used.
    pub(super) has_used_some: bool,
    /// Why standard output takes nothing any more.
    pub(super) refused: Option<Failure>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self {
            output,
            progress: Progress::Off,
            started: Vec::new(),
            told: Vec::new(),
            stored: Vec::new(),
            has_used_some: false,
            refused: None,
        }
    }

    pub(super) fn end_progress(&mut self) {
        std::mem::replace(&mut self.progress, Progress::Off).finish();
    }

    /// What became of several files after one of them failed.
    fn left(&mut self, files: &[PathBuf]) -> Vec<String> {
        self.end_progress();
        let (stored, rest) = files.split_at(self.stored.len().min(files.len()));
        let names = |files: &[PathBuf]| {
            files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
        };
        let mut lines = Vec::new();
        if files.len() > 1 && !stored.is_empty() {
            lines.push(format!("stored before the error: {}", names(stored)));
        }
        if files.len() > 1 {
            lines.push(format!("nothing stored of: {}", names(rest)));
        }
        lines
    }
}

impl ImportWatcher for Watcher<'_> {
    fn start(&mut self, path: &Path) {
        self.end_progress();
        let bytes = std::fs::metadata(path).ok().map(|meta| meta.len()).filter(|&n| n > 0);
        self.progress = self.output.progress(&path.display().to_string(), bytes);
        self.started.push(Instant::now());
    }

    fn opened(&mut self, path: &Path, notes: &[String]) {
        for note in notes {
            let line = format!("{}: {note}", path.display());
            self.output.note(&line);
            self.told.push(line);
        }
    }

    fn progress(&mut self, progress: ImportProgress) {
        self.progress.update(progress.rows, progress.bytes);
    }

    fn finish(&mut self, path: &Path, summary: &ImportSummary) {
        self.has_used_some |= !summary.is_useless();
        self.end_progress();
        let started = self.started.get(self.stored.len());
        let seconds = started.map_or(0.0, |started| started.elapsed().as_secs_f64());
        for note in &summary.notes {
            let line = format!("{}: {note}", path.display());
            if !self.told.contains(&line) {
                self.output.note(&line);
            }
        }
        let line = format!(
            "{}: {} in {seconds:.2} s ({:.0} rows/s)",
            path.display(),
            describe(summary),
            summary.rows as f64 / seconds.max(1e-3)
        );
        if let Err(failure) = self.output.line(&line) {
            self.refused.get_or_insert(failure);
        }
        self.stored.push(path.to_owned());
    }
}

fn describe(summary: &ImportSummary) -> String {
    let mut parts = vec![format!("{} rows read", summary.rows)];
    if summary.documents + summary.documents_unchanged > 0 {
        parts.push(format!("{} exam documents new or changed", summary.documents));
        parts.push(format!("{} unchanged", summary.documents_unchanged));
        parts.push(format!("{} questions", summary.questions));
        if summary.questions_without_number > 0 {
            let n = summary.questions_without_number;
            parts.push(format!("{n} of them without a whole number as id (no attempts)"));
        }
    } else {
        parts.push(format!("{} answers new", summary.inserted));
        parts.push(format!("{} already there", summary.duplicates));
    }
    if summary.older > 0 {
        parts.push(format!("{} older left out", summary.older));
    }
    if summary.unanswered > 0 {
        parts.push(format!("{} cells without an answer", summary.unanswered));
    }
    for (reason, count) in summary.rejected.iter() {
        parts.push(format!("{count} rejected: {reason}"));
    }
    for (field, count) in summary.unknown.iter() {
        parts.push(format!("{count} cells of {field} unreadable, unknown now"));
    }
    parts.join(", ")
}
