//! Answers into the database.

use chrono::{DateTime, Utc};
use seedtest_ingest::{
    Attempt, Batch, Lookalikes, Opened, Reader, Reject, RejectReason, partial_note,
};
use seedtest_store::{AttemptRow, Tx, Written};
use tokio::sync::mpsc;

use super::answered::Answered;
use super::{FileRun, ImportProgress, ImportSummary, source};
use crate::error::Error;
use crate::pseudonyms::Pseudonyms;

/// Batches on their way from the parser to the database; more would only cost memory.
const BATCHES_IN_FLIGHT: usize = 2;

type Parsed = Result<(Batch, u64), seedtest_ingest::Error>;

impl FileRun<'_> {
    pub(super) async fn attempts(
        &mut self,
        file: Opened,
        tx: &mut Tx,
    ) -> Result<ImportSummary, Error> {
        let reader = Reader::of(file, &self.read_options())?;
        let notes = reader.notes().to_vec();
        self.watcher.opened(self.path, &notes);
        let (full, mut parsed) = mpsc::channel::<Parsed>(BATCHES_IN_FLIGHT);
        let (recycle, empty) = mpsc::channel::<Batch>(BATCHES_IN_FLIGHT);
        let parser = tokio::task::spawn_blocking(move || parse(reader, &full, empty));
        let source = source(self.path);
        let mut newest: Option<DateTime<Utc>> = None;

        let mut summary = ImportSummary { notes, ..ImportSummary::default() };
        let mut alike = Lookalikes::default();
        let mut answered = Answered::default();
        while let Some(batch) = parsed.recv().await {
            if self.cancel.is_cancelled() {
                return Err(Error::Interrupted);
            }
            let (batch, bytes) = batch?;
            let wanted = Wanted {
                pseudonyms: self.options.pseudonyms.as_ref(),
                since: self.since,
                source: source.as_deref(),
            };
            let (written, conflicts) =
                write(tx, &batch, wanted, &mut answered, &mut summary).await?;
            newest = newest.max(newest_of(&batch));
            summary.inserted += written.inserted;
            summary.duplicates += written.duplicates;
            summary.rows += (batch.len() + batch.rejects().len()) as u64 + batch.unanswered();
            summary.unanswered += batch.unanswered();
            summary.unknown.merge(batch.unknown());
            summary.partial += batch.partial();
            let mut last = "";
            for attempt in batch.attempts() {
                // The rows of a student mostly follow each other.
                if attempt.student != last {
                    alike.see(attempt.student);
                    last = attempt.student;
                }
            }
            for rejects in [batch.rejects(), &conflicts] {
                summary.rejected.add(rejects);
                self.rejects.write(self.path, rejects)?;
            }
            self.watcher.progress(ImportProgress { rows: summary.rows, bytes });
            // The parser may be gone already, which the end of the channel tells.
            let _ = recycle.try_send(batch);
        }
        // A parser that panicked has lost rows: that must not pass for the end of the file.
        parser.await.map_err(|error| Error::Write {
            what: format!("{} to the database", self.path.display()),
            source: std::io::Error::other(error),
        })?;
        summary.notes.extend(partial_note(summary.partial));
        summary.notes.extend(alike.note("students"));
        if let (Some(source), Some(newest)) = (source, newest) {
            tx.set_import_watermark(&source, newest).await?;
        }
        Ok(summary)
    }
}

/// Which answers of a batch are written, and as whose.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    pseudonyms: Option<&'a Pseudonyms>,
    /// Older ones are left out.
    since: Option<DateTime<Utc>>,
    source: Option<&'a str>,
}

/// What was written, and the answers that contradict one that is there or that came before.
async fn write(
    tx: &mut Tx,
    batch: &Batch,
    wanted: Wanted<'_>,
    answered: &mut Answered,
    summary: &mut ImportSummary,
) -> Result<(Written, Vec<Reject>), Error> {
    let names: Vec<String> = match wanted.pseudonyms {
        Some(pseudonyms) => batch.attempts().map(|a| pseudonyms.of(a.student)).collect(),
        None => Vec::new(),
    };
    let named = batch.attempts().enumerate().map(|(at, attempt)| match names.get(at) {
        Some(name) => Attempt { student: name, ..attempt },
        None => attempt,
    });
    let mut attempts: Vec<Attempt<'_>> = Vec::with_capacity(batch.len());
    let mut rows: Vec<AttemptRow<'_>> = Vec::with_capacity(batch.len());
    let mut conflicts = Vec::new();
    for attempt in named {
        let Some(row) = row(&attempt, wanted.source) else { continue };
        if wanted.since.is_some_and(|since| row.completed_at < since) {
            summary.older += 1;
        } else if answered.contradicts(&row) {
            conflicts.push(contradiction(&attempt));
        } else {
            attempts.push(attempt);
            rows.push(row);
        }
    }
    let written = tx.write_attempts(&rows).await?;
    let known = written.conflicts.iter().map(|&position| contradiction(&attempts[position]));
    conflicts.extend(known);
    conflicts.sort_by_key(|reject| reject.line);
    Ok((written, conflicts))
}

/// The time of the newest answer of a batch.
fn newest_of(batch: &Batch) -> Option<DateTime<Utc>> {
    batch
        .attempts()
        .filter_map(|attempt| attempt.at)
        .max()
        .and_then(DateTime::from_timestamp_micros)
}

fn parse(mut reader: Reader, full: &mpsc::Sender<Parsed>, mut empty: mpsc::Receiver<Batch>) {
    loop {
        let mut batch = empty.try_recv().unwrap_or_default();
        let message = match reader.next_batch(&mut batch) {
            Ok(false) => return,
            Ok(true) => Ok((batch, reader.progress().bytes_read)),
            Err(error) => Err(error),
        };
        let stop = message.is_err();
        if full.blocking_send(message).is_err() || stop {
            return;
        }
    }
}

fn contradiction(attempt: &Attempt<'_>) -> Reject {
    let value = format!("{} {}", attempt.student, attempt.item);
    Reject { line: attempt.line, reason: RejectReason::Contradiction, value }
}

/// The reader rejects rows without a time and times outside what a timestamp can hold.
fn row<'a>(attempt: &Attempt<'a>, source: Option<&'a str>) -> Option<AttemptRow<'a>> {
    Some(AttemptRow {
        user_id: attempt.student,
        item_id: attempt.item,
        topic_id: attempt.topic,
        session_id: attempt.session,
        subject_id: attempt.subject,
        completed_at: DateTime::from_timestamp_micros(attempt.at?)?,
        correct: attempt.outcome,
        response_time_ms: attempt.response_time_ms,
        used_hints: attempt.hints,
        source,
        points: attempt.points.map(|points| points.got),
        max_points: attempt.points.and_then(|points| points.max),
    })
}
