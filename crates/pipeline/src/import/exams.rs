//! Exam documents into the database.

use chrono::{DateTime, Utc};
use seedtest_ingest::{ExamBatch, ExamDocument, ExamReader, Opened, Reject, RejectReason};
use seedtest_store::{ExamResult, Tx};

use super::{FileRun, ImportProgress, ImportSummary, source};
use crate::error::Error;

impl FileRun<'_> {
    pub(super) async fn exams(
        &mut self,
        file: Opened,
        tx: &mut Tx,
    ) -> Result<ImportSummary, Error> {
        let mut reader = ExamReader::of(file, &self.read_options());
        let mut batch = ExamBatch::default();
        let mut summary = ImportSummary::default();
        let mut newest: Option<DateTime<Utc>> = None;
        while reader.next_batch(&mut batch)? {
            if self.cancel.is_cancelled() {
                return Err(Error::Interrupted);
            }
            let mut documents = Vec::with_capacity(batch.documents.len());
            for mut document in batch.documents.drain(..) {
                if let (Some(names), Some(user_id)) =
                    (&self.options.pseudonyms, document.user_id.as_mut())
                {
                    *user_id = names.of(user_id);
                }
                let line = document.line;
                match exam_result(document) {
                    Ok(result) if changed_at(&result).timestamp_micros() > self.latest => {
                        let (reason, value) =
                            (RejectReason::InTheFuture, changed_at(&result).to_rfc3339());
                        batch.rejects.push(Reject { line, reason, value });
                    }
                    Ok(result) if self.is_older(&result) => summary.older += 1,
                    Ok(result) => documents.push(result),
                    Err(reject) => batch.rejects.push(reject),
                }
            }
            let written = tx.write_exam_results(&documents).await?;
            summary.documents += written.written;
            summary.documents_unchanged += written.unchanged;
            summary.questions += written.questions;
            summary.questions_without_number += written.questions_without_number;
            newest = newest.max(documents.iter().map(changed_at).max());
            summary.rows += (documents.len() + batch.rejects.len()) as u64;
            summary.rejected.add(&batch.rejects);
            self.rejects.write(self.path, &batch.rejects)?;
            let bytes = reader.progress().bytes_read;
            self.watcher.progress(ImportProgress { rows: summary.rows, bytes });
        }
        if let (Some(source), Some(newest)) = (source(self.path), newest) {
            tx.set_import_watermark(&source, newest).await?;
        }
        summary.rows += summary.older;
        Ok(summary)
    }

    fn is_older(&self, document: &ExamResult) -> bool {
        self.since.is_some_and(|since| changed_at(document) < since)
    }
}

/// When a document was last changed.
fn changed_at(document: &ExamResult) -> DateTime<Utc> {
    document.updated_at.unwrap_or(document.created_at)
}

/// A document needs a time: its answers would otherwise be dated by the import. Ids that are no
/// UUID never come out of the reader.
fn exam_result(document: ExamDocument) -> Result<ExamResult, Reject> {
    let updated_at = document.updated_at.and_then(DateTime::from_timestamp_micros);
    let created_at = document.created_at.and_then(DateTime::from_timestamp_micros);
    let Some(created_at) = created_at.or(updated_at) else {
        let (line, value) = (document.line, document.session_id);
        return Err(Reject { line, reason: RejectReason::MissingTime, value });
    };
    Ok(ExamResult {
        id: document.id.and_then(|id| id.parse().ok()),
        session_id: document.session_id,
        user_id: document.user_id,
        org_id: document.org_id,
        exam_id: document.exam_id,
        status: document.status,
        result_json: document.result_json,
        created_at,
        updated_at,
    })
}
