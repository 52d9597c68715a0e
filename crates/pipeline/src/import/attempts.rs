//! Answers into the database.

use chrono::DateTime;
use seedtest_ingest::{Attempt, Batch, Opened, Reader, Reject, RejectReason};
use seedtest_store::{AttemptRow, Tx, Written};
use tokio::sync::mpsc;

use super::answered::Answered;
use super::{FileRun, ImportProgress, ImportSummary};
use crate::error::Error;

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
        let (full, mut parsed) = mpsc::channel::<Parsed>(BATCHES_IN_FLIGHT);
        let (recycle, empty) = mpsc::channel::<Batch>(BATCHES_IN_FLIGHT);
        let parser = tokio::task::spawn_blocking(move || parse(reader, &full, empty));
        let source = self.path.file_name().map(|name| name.to_string_lossy().into_owned());

        let mut summary = ImportSummary::default();
        let mut answered = Answered::default();
        while let Some(batch) = parsed.recv().await {
            if self.cancel.is_cancelled() {
                return Err(Error::Interrupted);
            }
            let (batch, bytes) = batch?;
            let (written, conflicts) = write(tx, &batch, source.as_deref(), &mut answered).await?;
            summary.inserted += written.inserted;
            summary.duplicates += written.duplicates;
            summary.rows += (batch.len() + batch.rejects().len()) as u64;
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
        Ok(summary)
    }
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

/// What was written, and the answers that contradict one that is there or that came before.
async fn write(
    tx: &mut Tx,
    batch: &Batch,
    source: Option<&str>,
    answered: &mut Answered,
) -> Result<(Written, Vec<Reject>), Error> {
    let mut attempts: Vec<Attempt<'_>> = Vec::with_capacity(batch.len());
    let mut rows: Vec<AttemptRow<'_>> = Vec::with_capacity(batch.len());
    let mut conflicts = Vec::new();
    for attempt in batch.attempts() {
        let Some(row) = row(&attempt, source) else { continue };
        if answered.contradicts(&row) {
            conflicts.push(contradiction(&attempt));
        } else {
            attempts.push(attempt);
            rows.push(row);
        }
    }
    let written = tx.write_attempts(&rows).await?;
    conflicts.extend(written.conflicts.iter().map(|&position| contradiction(&attempts[position])));
    conflicts.sort_by_key(|reject| reject.line);
    Ok((written, conflicts))
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
    })
}
