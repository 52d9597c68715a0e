//! Files into the database: parsing on one thread, writing on another, one transaction a file.

mod attempts;
mod exams;
mod people;
mod rejects;

use std::path::{Path, PathBuf};

pub use people::{NamesSummary, RosterSummary, import_names, import_roster};
use seedtest_ingest::{ColumnMap, Format, RejectCounts};
use seedtest_responses::TimeZone;
use seedtest_store::{Store, Tx};

use crate::error::Error;
use crate::threads::Cancel;
use rejects::RejectsFile;

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Columns named by the user.
    pub map: ColumnMap,
    /// Whether a single unusable row stops everything: then all files are one transaction.
    pub strict: bool,
    /// Where unusable rows are listed; the file is only made when there are some.
    pub rejects: PathBuf,
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
    /// Rows that cannot be used, by reason.
    pub rejected: RejectCounts,
}

/// Watches an import: `start` before each file, `progress` on the way.
pub trait ImportWatcher {
    /// A file is about to be read.
    fn start(&mut self, path: &Path);
    /// Called after each batch.
    fn progress(&mut self, progress: ImportProgress);
    /// A file is done.
    fn finish(&mut self, path: &Path, summary: &ImportSummary);
}

/// Imports files in the order given. Each file is one transaction (all files together when
/// strict), so whatever stops the import leaves the database as it was before the file. Rows that
/// are already there are counted and left alone: importing a file twice changes nothing.
pub async fn import_files(
    store: &Store,
    paths: &[PathBuf],
    options: &ImportOptions,
    cancel: &Cancel,
    watcher: &mut (dyn ImportWatcher + Send),
) -> Result<Vec<ImportSummary>, Error> {
    let mut rejects = RejectsFile::new(&options.rejects);
    let mut summaries = Vec::with_capacity(paths.len());
    let mut open: Option<Tx> = None;
    for path in paths {
        let mut tx = match open.take() {
            Some(tx) => tx,
            None => store.begin().await?,
        };
        watcher.start(path);
        let mut run = FileRun {
            path,
            options,
            time_zone: store.time_zone(),
            cancel,
            watcher: &mut *watcher,
            rejects: &mut rejects,
        };
        let summary = run.import(&mut tx).await?;
        if cancel.is_cancelled() {
            return Err(Error::Interrupted);
        }
        watcher.finish(path, &summary);
        summaries.push(summary);
        if options.strict {
            open = Some(tx);
        } else {
            tx.commit().await?;
        }
    }
    rejects.finish()?;
    if let Some(tx) = open {
        finish_strict(tx, &summaries).await?;
    }
    Ok(summaries)
}

async fn finish_strict(tx: Tx, summaries: &[ImportSummary]) -> Result<(), Error> {
    let rejected = summaries.iter().map(|summary| summary.rejected.total()).sum();
    if rejected > 0 {
        let rows = summaries.iter().map(|summary| summary.rows).sum();
        return Err(Error::StrictRejects { rejected, rows });
    }
    Ok(tx.commit().await?)
}

/// The import of one file.
struct FileRun<'a> {
    path: &'a Path,
    options: &'a ImportOptions,
    /// Of times without an offset.
    time_zone: &'a TimeZone,
    cancel: &'a Cancel,
    watcher: &'a mut (dyn ImportWatcher + Send),
    rejects: &'a mut RejectsFile,
}

impl FileRun<'_> {
    async fn import(&mut self, tx: &mut Tx) -> Result<ImportSummary, Error> {
        match seedtest_ingest::detect(self.path)? {
            Format::ExamResults => self.exams(tx).await,
            Format::Delimited { .. } | Format::JsonLines | Format::Parquet => {
                self.attempts(tx).await
            }
        }
    }

    fn read_options(&self) -> seedtest_ingest::Options {
        seedtest_ingest::Options {
            map: self.options.map.clone(),
            require_time: true,
            time_zone: self.time_zone.clone(),
            ..seedtest_ingest::Options::default()
        }
    }
}
