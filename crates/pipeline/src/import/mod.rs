//! Files into the database: parsing on one thread, writing on another, one transaction a file.

mod answered;
mod attempts;
mod exams;
mod ledger;
mod people;
mod recipients;
mod rejects;

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
pub use people::{NamesSummary, RosterSummary, import_class_list, import_names, import_roster};
pub use recipients::{Leaver, RecipientsSummary, import_recipients, opt_out};
use seedtest_ingest::{Format, Moment, Opened, Reader, RejectCounts, UnknownCells, Wanted};
use seedtest_responses::TimeZone;
use seedtest_store::{Store, Tx};

use crate::clock::Clock;
use crate::error::Error;
use crate::pseudonyms::Pseudonyms;
use crate::runs::OpenRun;
use crate::threads::Cancel;
use rejects::RejectsFile;

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// How the files are read.
    pub read: seedtest_ingest::Options,
    /// Whether a single unusable row stops everything: then all files are one transaction.
    pub strict: bool,
    /// Where unusable rows are listed; the file is only made when there are some.
    pub rejects: PathBuf,
    /// What stands in the place of the ids of students; `None` = the ids themselves.
    pub pseudonyms: Option<Pseudonyms>,
    /// From when on; what is older is left out and counted.
    pub since: Since,
}

/// From when on rows of a file are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Since {
    /// All of them.
    #[default]
    Beginning,
    /// From this time on; a day, and a time without an offset, are of the time zone of the database.
    Moment(Moment),
    /// From the newest row on that was imported from a file of the same name.
    Last,
}

/// How far the import of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// Rows read.
    pub rows: u64,
    /// Bytes of the file read (before decompression).
    pub bytes: u64,
}

/// What became of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Rows or documents read, usable or not.
    pub rows: u64,
    /// Answers that are new.
    pub inserted: u64,
    /// Answers that were there already.
    pub duplicates: u64,
    /// Exam documents that are new or changed.
    pub documents: u64,
    /// Exam documents that were there already, or are older than what is there.
    pub documents_unchanged: u64,
    /// Questions in the exam documents read.
    pub questions: u64,
    /// Those of them whose id is no whole number; they are no attempts.
    pub questions_without_number: u64,
    /// Rows or documents that are older than what was asked for.
    pub older: u64,
    /// Rows that cannot be used, by reason.
    pub rejected: RejectCounts,
    /// Cells of items in which nothing stands.
    pub unanswered: u64,
    /// Optional cells of answers that could not be read.
    pub unknown: UnknownCells,
    /// Answers with part of their points that count as wrong.
    pub partial: u64,
    /// What was found out about the file and should be said.
    pub notes: Vec<String>,
}

impl ImportSummary {
    /// Whether nothing of the file could be used.
    pub fn is_useless(&self) -> bool {
        let known = self.duplicates + self.documents + self.documents_unchanged;
        self.inserted + known + self.older == 0
    }
}

/// Watches an import: `start` before each file, `opened` once it is known how it is read, `progress` on the way.
pub trait ImportWatcher {
    /// A file is about to be read.
    fn start(&mut self, path: &Path);
    /// It is known what the columns of a file are; the notes say so.
    fn opened(&mut self, _path: &Path, _notes: &[String]) {}
    /// Called after each batch.
    fn progress(&mut self, progress: ImportProgress);
    /// What was read of a file is in the database.
    fn finish(&mut self, path: &Path, summary: &ImportSummary);
}

/// What an import runs on.
#[derive(Clone, Copy)]
pub struct ImportContext<'a> {
    /// The database.
    pub store: &'a Store,
    /// The time, for the ledger.
    pub clock: Clock,
    /// Who asked for it, for the ledger.
    pub actor: &'a str,
    /// Set when somebody wants it to stop.
    pub cancel: &'a Cancel,
}

/// Opens a file of answers and finds out how it is read, before there is a database for it. `None` for what can be
/// read once only, and for exam documents, which say by themselves what they are.
///
/// # Errors
/// As [`import_files`], for a file that cannot be opened, or whose columns cannot be matched or read.
pub fn open_answers(
    path: &Path,
    options: &ImportOptions,
    clock: Clock,
) -> Result<Option<Reader>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let read = read_options(options, &options.read.time_zone, latest(clock));
    let file = Opened::open(path, &read)?;
    match file.format() {
        Format::ExamResults(_) => Ok(None),
        _ => Ok(Some(Reader::of(file, &read)?)),
    }
}

/// Imports files in the order given; `first`: the first of them, where [`open_answers`] has opened it. Each file is one transaction and one line of the ledger (all
/// files together when strict), so whatever stops the import leaves the database as it was before the
/// file. Rows that are already there are counted and left alone: importing a file twice changes
/// nothing.
pub async fn import_files(
    context: ImportContext<'_>,
    (first, paths): (Option<Reader>, &[PathBuf]),
    options: &ImportOptions,
    watcher: &mut (dyn ImportWatcher + Send),
) -> Result<Vec<ImportSummary>, Error> {
    let mut rejects = RejectsFile::new(&options.rejects);
    let mut opened = first.map(|reader| reader.in_zone(context.store.time_zone().clone()));
    if options.strict {
        return import_together(context, (opened, paths), options, watcher, &mut rejects).await;
    }
    let mut summaries = Vec::with_capacity(paths.len());
    for path in paths {
        let one = (opened.take(), std::slice::from_ref(path));
        summaries.extend(import_together(context, one, options, watcher, &mut rejects).await?);
    }
    Ok(summaries)
}

/// Imports files in one transaction, which the ledger tells of.
async fn import_together(
    context: ImportContext<'_>,
    (first, paths): (Option<Reader>, &[PathBuf]),
    options: &ImportOptions,
    watcher: &mut (dyn ImportWatcher + Send),
    rejects: &mut RejectsFile,
) -> Result<Vec<ImportSummary>, Error> {
    let ImportContext { store, clock, actor, cancel } = context;
    let run = OpenRun::import(store, ledger::spec(paths, options), clock, actor).await?;
    let results = run.store(store);
    let work = async {
        let mut tx = results.begin().await?;
        let mut summaries = Vec::with_capacity(paths.len());
        let mut opened = first;
        for path in paths {
            watcher.start(path);
            let time_zone = store.time_zone();
            let watcher = &mut *watcher;
            let rejects = &mut *rejects;
            let since = since(store, options.since, path).await?;
            let (same_day, latest) = (same_day(store, &options.read, path).await?, latest(clock));
            let mut file = FileRun {
                path,
                opened: opened.take(),
                options,
                time_zone,
                since,
                same_day,
                latest,
                cancel,
                watcher,
                rejects,
            };
            let summary = file.import(&mut tx).await?;
            if cancel.is_cancelled() {
                return Err(Error::Interrupted);
            }
            file.rejects.publish()?;
            summaries.push(summary);
        }
        if options.strict {
            refuse_rejects(&summaries)?;
        }
        tx.commit().await?;
        Ok(summaries)
    };
    let ended = work.await;
    let closed = run.close_import(store, ended.as_deref().map(ledger::summary)).await;
    let summaries = ended?;
    for (path, summary) in paths.iter().zip(&summaries) {
        watcher.finish(path, summary);
    }
    closed?;
    Ok(summaries)
}

/// The instant that `--since` means for a file.
async fn since(store: &Store, since: Since, path: &Path) -> Result<Option<DateTime<Utc>>, Error> {
    match since {
        Since::Beginning => Ok(None),
        Since::Moment(at) => Ok(DateTime::from_timestamp_micros(at.in_zone(store.time_zone()))),
        Since::Last => match source(path) {
            Some(source) => Ok(store.import_watermark(&source).await?),
            None => Ok(None),
        },
    }
}

/// Files of other names whose answers lie at the instant that answers without a time get: where items have the same
/// names, the answers would be the same.
async fn same_day(
    store: &Store,
    read: &seedtest_ingest::Options,
    path: &Path,
) -> Result<Vec<String>, Error> {
    /// Attempts at an item lie a microsecond behind each other.
    const MOST_BEHIND: TimeDelta = TimeDelta::seconds(1);
    let start = read.time_start.map(|start| start.in_zone(store.time_zone()));
    let Some(start) = start.and_then(DateTime::from_timestamp_micros) else {
        return Ok(Vec::new());
    };
    let mut sources = store.sources_imported_until(start, start + MOST_BEHIND).await?;
    let own = source(path);
    sources.retain(|name| Some(name) != own.as_ref());
    Ok(sources)
}

/// The newest time that an answer can have: a day from now, for clocks that are wrong and days of other zones.
fn latest(clock: Clock) -> i64 {
    const DAY: i64 = 86_400_000_000;
    clock.latest().timestamp_micros().saturating_add(DAY)
}

/// What a file is known by: its name without the folder.
fn source(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}

fn refuse_rejects(summaries: &[ImportSummary]) -> Result<(), Error> {
    let rejected = summaries.iter().map(|summary| summary.rejected.total()).sum();
    if rejected > 0 {
        let rows = summaries.iter().map(|summary| summary.rows).sum();
        return Err(Error::StrictRejects { rejected, rows });
    }
    Ok(())
}

/// The import of one file.
struct FileRun<'a> {
    path: &'a Path,
    /// The file, where it is open already.
    opened: Option<Reader>,
    options: &'a ImportOptions,
    /// Of times without an offset.
    time_zone: &'a TimeZone,
    /// Older rows are left out.
    since: Option<DateTime<Utc>>,
    /// Other files whose answers are of the day that answers without a time get.
    same_day: Vec<String>,
    /// Later rows are rejected, microseconds since 1970-01-01 UTC.
    latest: i64,
    cancel: &'a Cancel,
    watcher: &'a mut (dyn ImportWatcher + Send),
    rejects: &'a mut RejectsFile,
}

impl FileRun<'_> {
    async fn import(&mut self, tx: &mut Tx) -> Result<ImportSummary, Error> {
        if let Some(reader) = self.opened.take() {
            return self.attempts(reader, tx).await;
        }
        let options = self.read_options();
        let file = Opened::open(self.path, &options)?;
        match file.format() {
            Format::ExamResults(_) => self.exams(file, tx).await,
            _ => self.attempts(Reader::of(file, &options)?, tx).await,
        }
    }

    fn read_options(&self) -> seedtest_ingest::Options {
        read_options(self.options, self.time_zone, self.latest)
    }
}

/// How a file is read: answers later than `latest` are rejected.
fn read_options(
    options: &ImportOptions,
    time_zone: &TimeZone,
    latest: i64,
) -> seedtest_ingest::Options {
    seedtest_ingest::Options {
        wanted: Wanted::Timed,
        time_zone: time_zone.clone(),
        latest: Some(latest),
        ..options.read.clone()
    }
}
