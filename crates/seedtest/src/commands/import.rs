//! `seedtest import`: files into the database, with a list of refused rows.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use seedtest_ingest::Wanted;
use seedtest_pipeline::{
    ImportContext, ImportOptions, ImportProgress, ImportSummary, ImportWatcher, import_files,
};

use crate::cli::{Global, ImportArgs};
use crate::commands::student::pseudonyms;
use crate::failure::Failure;
use crate::output::{Output, Progress};
use crate::session;

pub(crate) async fn run(
    args: &ImportArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let read = args.read.options(Wanted::Timed)?;
    let rejects = rejects_path(global)?;
    let store = session::open_migrated(global).await?;
    let pseudonyms = pseudonyms(args.pseudonyms.as_deref())?;
    let since = args.since.unwrap_or_default();
    let options =
        ImportOptions { read, strict: args.strict, rejects: rejects.clone(), pseudonyms, since };
    let cancel = session::cancel_on_signal();
    let clock = session::clock()?;
    let mut watcher =
        Watcher { output, progress: Progress::Off, started: None, seconds: Vec::new() };
    let summaries = session::with(store, async |store| {
        let context = ImportContext { store, clock, actor: "command line", cancel: &cancel };
        Ok(import_files(context, &args.files, &options, &mut watcher).await?)
    })
    .await?;
    for (path, (summary, seconds)) in args.files.iter().zip(summaries.iter().zip(&watcher.seconds))
    {
        for note in &summary.notes {
            output.note(&format!("{}: {note}", path.display()));
        }
        output.line(&format!(
            "{}: {} in {seconds:.2} s ({:.0} rows/s)",
            path.display(),
            describe(summary),
            summary.rows as f64 / seconds.max(1e-3)
        ))?;
    }
    let rejected: u64 = summaries.iter().map(|summary| summary.rejected.total()).sum();
    if rejected > 0 {
        output.line(&format!("{rejected} rows were not used; see {}", rejects.display()))?;
    }
    let is_useless = |summary: &ImportSummary| {
        let known = summary.duplicates + summary.documents + summary.documents_unchanged;
        summary.rejected.total() > 0 && summary.inserted + known + summary.older == 0
    };
    if let Some((path, _)) =
        args.files.iter().zip(&summaries).find(|(_, summary)| is_useless(summary))
    {
        let hint = format!("see {} for the reason of every row", rejects.display());
        return Err(Failure::new(format!("{}: no row could be used", path.display()), Some(hint)));
    }
    Ok(ExitCode::SUCCESS)
}

fn rejects_path(global: &Global) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(&global.data_dir).map_err(|error| {
        Failure::new(
            format!("cannot create {}: {error}", global.data_dir.display()),
            Some("choose another --data-dir".into()),
        )
    })?;
    Ok(global.data_dir.join("rejects.csv"))
}

struct Watcher<'a> {
    output: &'a Output,
    progress: Progress,
    started: Option<Instant>,
    seconds: Vec<f64>,
}

impl ImportWatcher for Watcher<'_> {
    fn start(&mut self, path: &Path) {
        let bytes = std::fs::metadata(path).ok().map(|meta| meta.len()).filter(|&n| n > 0);
        self.progress = self.output.progress(&path.display().to_string(), bytes);
        self.started = Some(Instant::now());
    }

    fn progress(&mut self, progress: ImportProgress) {
        self.progress.update(progress.rows, progress.bytes);
    }

    fn finish(&mut self, _: &Path, _: &ImportSummary) {
        std::mem::replace(&mut self.progress, Progress::Off).finish();
        let seconds = self.started.map_or(0.0, |started| started.elapsed().as_secs_f64());
        self.seconds.push(seconds);
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
