//! Answers into the database. One thread reads a file, looks which rows are written and works out their keys, while
//! another one writes.

use chrono::{DateTime, Utc};
use seedtest_ingest::{
    Attempt, Batch, Lookalikes, Reader, Reject, RejectCounts, RejectReason, partial_note,
};
use seedtest_store::{AttemptKeys, AttemptRow, Tx, Written};
use tokio::sync::mpsc;

use super::answered::Answered;
use super::{FileRun, ImportProgress, ImportSummary, source};
use crate::error::Error;
use crate::pseudonyms::Pseudonyms;

/// Batches on their way from the parser to the database; more would only cost memory.
const BATCHES_IN_FLIGHT: usize = 2;

type Parsed = Result<Screened, seedtest_ingest::Error>;

impl FileRun<'_> {
    pub(super) async fn attempts(
        &mut self,
        reader: Reader,
        tx: &mut Tx,
    ) -> Result<ImportSummary, Error> {
        let notes = reader.notes().to_vec();
        let is_untimed = reader.is_untimed();
        self.watcher.opened(self.path, &notes);
        let source = source(self.path);
        let screen = Screen {
            pseudonyms: self.options.pseudonyms.clone(),
            since: self.since,
            source: source.clone(),
            answered: Answered::default(),
            alike: Lookalikes::default(),
        };
        let (full, mut parsed) = mpsc::channel::<Parsed>(BATCHES_IN_FLIGHT);
        let (recycle, empty) = mpsc::channel::<Batch>(BATCHES_IN_FLIGHT);
        let parser = tokio::task::spawn_blocking(move || parse(reader, screen, &full, empty));
        let mut newest: Option<DateTime<Utc>> = None;

        let mut summary = ImportSummary { notes, ..ImportSummary::default() };
        while let Some(screened) = parsed.recv().await {
            if self.cancel.is_cancelled() {
                return Err(Error::Interrupted);
            }
            let screened = screened?;
            let (written, conflicts) = write(tx, &screened, source.as_deref()).await?;
            let Screened { batch, older, bytes, newest: newest_of_batch, .. } = screened;
            newest = newest.max(newest_of_batch);
            summary.older += older;
            summary.inserted += written.inserted;
            summary.duplicates += written.duplicates;
            summary.rows += (batch.len() + batch.rejects().len()) as u64 + batch.unanswered();
            summary.unanswered += batch.unanswered();
            summary.unknown.merge(batch.unknown());
            summary.partial += batch.partial();
            for rejects in [batch.rejects(), &conflicts] {
                summary.rejected.add(rejects);
                self.rejects.write(self.path, rejects)?;
            }
            self.watcher.progress(ImportProgress { rows: summary.rows, bytes });
            // The parser may be gone already, which the end of the channel tells.
            let _ = recycle.try_send(batch);
        }
        // A parser that panicked has lost rows: that must not pass for the end of the file.
        let alike = parser.await.map_err(|error| Error::Write {
            what: format!("{} to the database", self.path.display()),
            source: std::io::Error::other(error),
        })?;
        summary.notes.extend(partial_note(summary.partial));
        if is_untimed {
            summary.notes.extend(changed_note(&summary.rejected));
            summary.notes.extend(same_day_note(&summary, &self.same_day));
        }
        summary.notes.extend(alike.note("students"));
        if let (Some(source), Some(newest)) = (source, newest) {
            tx.set_import_watermark(&source, newest).await?;
        }
        Ok(summary)
    }
}

/// What to say where answers without a time of their own differ from those that are there of that day.
fn changed_note(rejected: &RejectCounts) -> Option<String> {
    contradictions(rejected).map(|n| {
        format!(
            "{n} answers say otherwise than those of the same student, item and day that are there, which stay: \
             `seedtest answer correct` changes one, `seedtest import undo` takes an import back"
        )
    })
}

fn contradictions(rejected: &RejectCounts) -> Option<u64> {
    let mut counts = rejected.iter();
    counts.find(|(reason, _)| *reason == RejectReason::Contradiction).map(|(_, n)| n)
}

/// What to say where answers are those of another file of the same day, as far as names of items tell.
fn same_day_note(summary: &ImportSummary, same_day: &[String]) -> Option<String> {
    let known = summary.duplicates + contradictions(&summary.rejected).unwrap_or(0);
    (known > 0 && !same_day.is_empty()).then(|| {
        format!(
            "{known} answers are of a student, item and day that are there already, and so are those of {}: another \
             test of that day needs names of its own for its items, or another date",
            same_day.join(", ")
        )
    })
}

/// Which answers of a file are written, and as whose.
struct Screen {
    pseudonyms: Option<Pseudonyms>,
    /// Older ones are left out.
    since: Option<DateTime<Utc>>,
    source: Option<String>,
    answered: Answered,
    /// Ids of students as the file has them.
    alike: Lookalikes,
}

/// A batch, and what of it is written.
struct Screened {
    batch: Batch,
    /// Pseudonyms of the students of its answers; none where they go by their ids.
    names: Vec<String>,
    /// Which of its answers are written.
    is_kept: Vec<bool>,
    /// The keys of these.
    keys: AttemptKeys,
    /// Answers that contradict one that came before.
    conflicts: Vec<Reject>,
    /// Answers that are too old.
    older: u64,
    /// The time of the newest answer.
    newest: Option<DateTime<Utc>>,
    /// Bytes of the file that are read.
    bytes: u64,
}

impl Screen {
    fn look(&mut self, batch: Batch, bytes: u64) -> Screened {
        let names: Vec<String> = match &self.pseudonyms {
            Some(pseudonyms) => batch.attempts().map(|a| pseudonyms.of(a.student)).collect(),
            None => Vec::new(),
        };
        let mut is_kept = Vec::with_capacity(batch.len());
        let mut rows: Vec<AttemptRow<'_>> = Vec::with_capacity(batch.len());
        let (mut conflicts, mut older) = (Vec::new(), 0);
        for attempt in named(&batch, &names) {
            let row = row(&attempt, self.source.as_deref());
            let is_older = row.zip(self.since).is_some_and(|(row, since)| row.completed_at < since);
            let is_conflict = !is_older && row.is_some_and(|row| self.answered.contradicts(&row));
            older += u64::from(is_older);
            if is_conflict {
                conflicts.push(contradiction(&attempt));
            }
            let kept = row.filter(|_| !is_older && !is_conflict);
            is_kept.push(kept.is_some());
            rows.extend(kept);
        }
        let keys = AttemptKeys::of(&rows);
        let mut last = "";
        for attempt in batch.attempts() {
            // The rows of a student mostly follow each other.
            if attempt.student != last {
                self.alike.see(attempt.student);
                last = attempt.student;
            }
        }
        let newest = newest_of(&batch);
        Screened { batch, names, is_kept, keys, conflicts, older, newest, bytes }
    }
}

impl Screened {
    /// The answers that are written, in file order.
    fn kept(&self) -> impl Iterator<Item = Attempt<'_>> {
        let all = named(&self.batch, &self.names).zip(&self.is_kept);
        all.filter(|(_, is_kept)| **is_kept).map(|(attempt, _)| attempt)
    }
}

/// The answers of a batch, as whose they are stored.
fn named<'a>(batch: &'a Batch, names: &'a [String]) -> impl Iterator<Item = Attempt<'a>> {
    batch.attempts().enumerate().map(move |(at, attempt)| match names.get(at) {
        Some(name) => Attempt { student: name, ..attempt },
        None => attempt,
    })
}

/// What was written, and the answers that contradict one that is there or that came before.
async fn write(
    tx: &mut Tx,
    screened: &Screened,
    source: Option<&str>,
) -> Result<(Written, Vec<Reject>), Error> {
    let rows: Vec<AttemptRow<'_>> =
        screened.kept().filter_map(|attempt| row(&attempt, source)).collect();
    let written = tx.write_keyed_attempts(&rows, &screened.keys).await?;
    let mut conflicts = screened.conflicts.clone();
    if !written.conflicts.is_empty() {
        let attempts: Vec<Attempt<'_>> = screened.kept().collect();
        let known = written.conflicts.iter().map(|&position| contradiction(&attempts[position]));
        conflicts.extend(known);
        conflicts.sort_by_key(|reject| reject.line);
    }
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

/// Reads the file to its end; what is left are the ids that look alike.
fn parse(
    mut reader: Reader,
    mut screen: Screen,
    full: &mpsc::Sender<Parsed>,
    mut empty: mpsc::Receiver<Batch>,
) -> Lookalikes {
    loop {
        let mut batch = empty.try_recv().unwrap_or_default();
        let message = match reader.next_batch(&mut batch) {
            Ok(false) => return screen.alike,
            Ok(true) => Ok(screen.look(batch, reader.progress().bytes_read)),
            Err(error) => Err(error),
        };
        let stop = message.is_err();
        if full.blocking_send(message).is_err() || stop {
            return screen.alike;
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
