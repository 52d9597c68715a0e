//! Files of exam documents, read batch by batch.

use std::path::{Path, PathBuf};

use seedtest_responses::TimeZone;

use crate::batch::Batch;
use crate::error::Error;
use crate::exam_document::ExamDocument;
use crate::format::{Format, Opened};
use crate::json_texts::{JsonShape, JsonTexts};
use crate::lines::Found;
use crate::options::Options;
use crate::reading::Reading;
use crate::reject::{Reject, RejectReason, shortened_bytes};
use crate::source::{Meter, Progress, Source, stream_error};

/// Some exam documents of a file.
#[derive(Debug, Default)]
pub struct ExamBatch {
    /// The documents that were read, in file order.
    pub documents: Vec<ExamDocument>,
    /// Lines of the same stretch of the file that were not read.
    pub rejects: Vec<Reject>,
}

/// Reads the exam documents of a JSON Lines file, batch by batch, in bounded memory.
pub struct ExamReader {
    path: PathBuf,
    texts: JsonTexts,
    meter: Meter,
    documents: u64,
    time_zone: TimeZone,
    reading: Reading,
}

impl ExamReader {
    /// Opens a file of exam documents.
    ///
    /// # Errors
    /// When the file cannot be opened or is empty. What is in it is seen line by line.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        Ok(Self::of(Opened::open(path, options)?, options))
    }

    /// As [`ExamReader::open`], from a file that is open already.
    pub fn of(file: Opened, options: &Options) -> Self {
        let shape = match file.format() {
            Format::ExamResults(shape) => shape,
            _ => JsonShape::Lines,
        };
        Self::over(file.source, shape, options)
    }

    pub(crate) fn over(source: Source, shape: JsonShape, options: &Options) -> Self {
        let path = source.path().to_owned();
        let meter = source.meter();
        let texts = JsonTexts::new(source.into_input(), shape, options.max_document_bytes);
        let reading = Reading::plain(options);
        Self { path, texts, meter, documents: 0, time_zone: options.time_zone.clone(), reading }
    }

    /// How much of the file has been read.
    pub fn progress(&self) -> Progress {
        self.meter.progress()
    }

    /// Replaces the content of `batch` by the next documents; `false` at the end of the file, when
    /// the batch holds neither documents nor rejects.
    ///
    /// # Errors
    /// When the file cannot be read on; what was read before stands.
    pub fn next_batch(&mut self, batch: &mut ExamBatch) -> Result<bool, Error> {
        const MOST_DOCUMENTS: usize = 1_000;
        const ENOUGH_BYTES: usize = 16 << 20;
        batch.documents.clear();
        batch.rejects.clear();
        let mut bytes = 0;
        while batch.documents.len() + batch.rejects.len() < MOST_DOCUMENTS && bytes < ENOUGH_BYTES {
            match self.next_document()? {
                None => break,
                Some(Ok(document)) => batch.documents.push(document),
                Some(Err(reject)) => batch.rejects.push(reject),
            }
            bytes += self.texts.text().len();
        }
        Ok(!batch.documents.is_empty() || !batch.rejects.is_empty())
    }

    /// Adds the answers of documents to `batch` until it holds `rows` or the file ends.
    pub(crate) fn read_attempts(&mut self, batch: &mut Batch, rows: usize) -> Result<(), Error> {
        while !batch.is_full(rows) {
            match self.next_document()? {
                None => break,
                Some(Ok(document)) => document.push_attempts(batch, &self.reading),
                Some(Err(reject)) => batch.reject(reject.line, reject.reason, reject.value),
            }
        }
        Ok(())
    }

    fn next_document(&mut self) -> Result<Option<Result<ExamDocument, Reject>>, Error> {
        let found =
            self.texts.advance().map_err(|e| stream_error(&self.path, self.documents, e))?;
        let line = self.texts.number();
        let rejected = |reason, value| Ok(Some(Err(Reject { line, reason, value })));
        let start = || shortened_bytes(self.texts.text());
        match found {
            Found::End => return Ok(None),
            Found::TooLong => return rejected(RejectReason::LineTooLong, start()),
            Found::Line => self.documents += 1,
        }
        let Ok(text) = std::str::from_utf8(self.texts.text()) else {
            return rejected(RejectReason::BadEncoding, start());
        };
        match ExamDocument::parse(text, line, &self.time_zone) {
            Ok(document) => Ok(Some(Ok(document))),
            Err((reason, value)) => rejected(reason, value),
        }
    }
}
