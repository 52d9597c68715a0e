//! A response log of any format, read batch by batch.

use std::path::{Path, PathBuf};

use crate::batch::Batch;
use crate::columns::Columns;
use crate::delimited::DelimitedRows;
use crate::error::Error;
use crate::exam_reader::ExamReader;
use crate::field::Field;
use crate::format::{Format, Opened};
use crate::json_rows::JsonRows;
use crate::options::Options;
use crate::parquet_rows::ParquetRows;
use crate::points::PointsWatch;
use crate::retries::Retries;
use crate::source::{Meter, Progress};

/// Reads the answers of one file, batch by batch, in bounded memory.
pub struct Reader {
    format: Format,
    columns: Columns,
    meter: Meter,
    options: Options,
    rows: Rows,
    path: PathBuf,
    points: PointsWatch,
    retries: Retries,
}

/// The rows of each format. The variants differ in size, and there is one per file.
enum Rows {
    Delimited(Box<DelimitedRows>),
    JsonLines(Box<JsonRows>),
    ExamResults(Box<ExamReader>),
    Parquet(Box<ParquetRows>),
}

impl Reader {
    /// Opens a file, finds its format and matches its columns. A file of exam documents is read as
    /// the answers in them.
    ///
    /// # Errors
    /// When the file cannot be opened, holds nothing that is read here, or its columns cannot be
    /// matched.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        Self::of(Opened::open(path)?, options)
    }

    /// As [`Reader::open`], from a file that is open already.
    ///
    /// # Errors
    /// When its columns cannot be matched.
    pub fn of(file: Opened, options: &Options) -> Result<Self, Error> {
        let format = file.format();
        let source = file.source;
        let (path, meter) = (source.path().to_owned(), source.meter());
        let (rows, columns) = match format {
            Format::Delimited { delimiter } => {
                let (rows, columns) = DelimitedRows::open(source, delimiter, options)?;
                (Rows::Delimited(Box::new(rows)), columns)
            }
            Format::JsonLines => {
                let (rows, columns) = JsonRows::open(source, options)?;
                (Rows::JsonLines(Box::new(rows)), columns)
            }
            Format::ExamResults => {
                let reader = ExamReader::over(source, options);
                (Rows::ExamResults(Box::new(reader)), Columns::default())
            }
            Format::Parquet => {
                let (rows, columns) = ParquetRows::open(source, options)?;
                (Rows::Parquet(Box::new(rows)), columns)
            }
        };
        Ok(Self {
            format,
            columns,
            meter,
            options: options.clone(),
            rows,
            path,
            points: PointsWatch::default(),
            retries: Retries::default(),
        })
    }

    /// The format that was found.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Which columns were read as what; none for exam documents, whose keys are fixed.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// How much of the file has been read.
    pub fn progress(&self) -> Progress {
        match &self.rows {
            Rows::Parquet(rows) => rows.progress(),
            _ => self.meter.progress(),
        }
    }

    /// Replaces the content of `batch` by the next rows; `false` at the end of the file, when the
    /// batch holds neither rows nor rejects.
    ///
    /// # Errors
    /// When the file cannot be read on, and when its column of correctness holds options or points;
    /// what was read before stands.
    pub fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, Error> {
        batch.clear();
        let rows = self.options.batch_rows.max(1);
        match &mut self.rows {
            Rows::Delimited(reader) => reader.read(batch, rows)?,
            Rows::JsonLines(reader) => reader.read(batch, rows)?,
            Rows::Parquet(reader) => reader.read(batch, rows)?,
            Rows::ExamResults(reader) => {
                reader.read_attempts(batch, rows, self.options.require_time)?;
            }
        }
        // A wide table is recognised by its outcomes, and the keys of exam documents are fixed.
        let correct = self.columns.matched().find(|(field, _)| *field == Field::Correct);
        if let Some((_, column)) = correct.filter(|_| !self.columns.is_wide()) {
            self.points.look(batch);
            self.points.check(&self.path, column)?;
        }
        batch.place(&self.options.time_zone, &mut self.retries);
        Ok(!batch.is_empty() || !batch.rejects().is_empty())
    }
}
