//! A response log of any format, read batch by batch.

use std::path::{Path, PathBuf};

use crate::batch::Batch;
use crate::columns::Columns;
use crate::described::DescribedColumn;
use crate::encoding;
use crate::error::Error;
use crate::exam_reader::ExamReader;
use crate::field::Field;
use crate::format::{Format, OpenTable, Opened};
use crate::grid::Grid;
use crate::options::Options;
use crate::points::PointsWatch;
use crate::retries::Retries;
use crate::source::{Meter, Progress};
use crate::systems::{EventRows, QtiRows, System};
use crate::table_rows::{Plan, Planned, TableRows};
use crate::workbook_tables::{self, Sheets};

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
    notes: Vec<String>,
    system: Option<System>,
}

/// The columns of a table with one item a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WideColumns<'a> {
    /// Names of the items.
    pub items: Vec<&'a str>,
    /// Columns that are no items, and why.
    pub others: &'a [(String, &'static str)],
}

/// The rows of each format. The variants differ in size, and there is one per file.
enum Rows {
    Table(Box<TableRows>),
    ExamResults(Box<ExamReader>),
    Events(Box<EventRows>),
    Qti(Box<QtiRows>),
}

impl Reader {
    /// Opens a file, finds its format, matches its columns and finds out what they are written in. A file of
    /// exam documents is read as the answers in them.
    ///
    /// # Errors
    /// When the file cannot be opened, holds nothing that is read here, or its columns cannot be
    /// matched or read.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        Self::of(Opened::open(path, options)?, options)
    }

    /// As [`Reader::open`], from a file that is open already.
    ///
    /// # Errors
    /// When its columns cannot be matched or read.
    pub fn of(file: Opened, options: &Options) -> Result<Self, Error> {
        let format = file.format();
        let (path, meter) = (file.source.path().to_owned(), file.source.meter());
        let encoding = file.source.encoding();
        let mut notes = Vec::new();
        if encoding != encoding_rs::UTF_8 {
            notes
                .push(format!("text in {} (--encoding says otherwise)", encoding::shown(encoding)));
        }
        let rows = match format {
            Format::ExamResults(shape) => {
                Rows::ExamResults(Box::new(ExamReader::over(file.source, shape, options)))
            }
            Format::Events { system, shape } => {
                notes.push(format!("{} (--from {})", system.title(), system.name()));
                Rows::Events(Box::new(EventRows::of(file.source, system, shape, options)))
            }
            Format::QtiResults => Rows::Qti(Box::new(QtiRows::of(file.source, options))),
            Format::Delimited { .. } | Format::Json(_) | Format::Parquet | Format::Workbook(_) => {
                let (grid, plan) = table(file, options, &mut notes)?;
                Rows::Table(Box::new(TableRows::new(grid, plan, &path)?))
            }
        };
        let (columns, system) = match &rows {
            Rows::Table(rows) => (rows.plan().columns().clone(), rows.plan().system),
            Rows::Events(_) | Rows::Qti(_) | Rows::ExamResults(_) => (Columns::default(), None),
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
            notes,
            system,
        })
    }

    /// The format that was found.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The system whose table it is, where it is known.
    pub fn system(&self) -> Option<System> {
        match self.format {
            Format::Events { system, .. } => Some(system),
            Format::QtiResults => Some(System::QtiResults),
            _ => self.system,
        }
    }

    /// Which columns were read as what; none for documents, whose keys are fixed.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Names of the items of a table with one item a column, and of its columns that are none with the reason.
    pub fn items(&self) -> Option<WideColumns<'_>> {
        let Rows::Table(rows) = &self.rows else { return None };
        let wide = rows.plan().wide_table()?;
        Some(WideColumns { items: wide.items().collect(), others: wide.others() })
    }

    /// What stands in each column and what it is read as; none for documents.
    pub fn described(&self) -> &[DescribedColumn] {
        match &self.rows {
            Rows::Table(rows) => rows.plan().described(),
            _ => &[],
        }
    }

    /// Whether no answer has a time of its own, so that all have the one that was given.
    pub fn is_untimed(&self) -> bool {
        matches!(&self.rows, Rows::Table(rows) if rows.plan().is_untimed())
    }

    /// What was found out about the file and should be said.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How much of the file has been read.
    pub fn progress(&self) -> Progress {
        let of_rows = match &self.rows {
            Rows::Table(rows) => rows.progress(),
            _ => None,
        };
        of_rows.unwrap_or_else(|| self.meter.progress())
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
            Rows::Table(reader) => reader.read(batch, rows)?,
            Rows::Events(reader) => reader.read(batch, rows)?,
            Rows::Qti(reader) => reader.read(batch, rows)?,
            Rows::ExamResults(reader) => reader.read_attempts(batch, rows)?,
        }
        // A wide table is recognised by its outcomes, and the keys of documents are fixed.
        let correct = self.columns.matched().find(|(field, _)| *field == Field::Correct);
        if let Some((_, column)) = correct.filter(|_| !self.columns.is_wide()) {
            self.points.look(batch);
            self.points.check(&self.path, column)?;
        }
        batch.place(&self.options.time_zone, &mut self.retries, self.options.latest);
        Ok(!batch.is_nothing())
    }
}

/// A table and what is done with its rows; of several sheets, the longest whose columns can be matched.
pub(crate) fn table(
    file: Opened,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<(Grid, Plan), Error> {
    let path = file.source.path().to_owned();
    let semicolons = matches!(file.format(), Format::Delimited { delimiter: b';' });
    let mut failed = None;
    let tables = file.tables(options)?;
    let known: Vec<(Vec<String>, Sheets)> =
        tables.iter().map(|table| (table.headers.clone(), table.sheets.clone())).collect();
    for (at, table) in tables.into_iter().enumerate() {
        let OpenTable { grid, headers, sample, sheets, notes: of_sheet } = table;
        let planned = Planned { path: &path, headers, sample: &sample, semicolons };
        match Plan::of(planned, options) {
            Ok(plan) => {
                let others = known.iter().enumerate().filter(|(other, _)| *other != at);
                let left: Vec<_> =
                    others.map(|(_, (names, sheets))| (names.as_slice(), sheets)).collect();
                notes.extend(workbook_tables::note(&sheets, &left, &known[at].0));
                notes.extend(of_sheet);
                notes.extend(plan.notes().iter().cloned());
                return Ok((grid, plan));
            }
            // Who a student is and what is right has to be said, whatever another sheet holds.
            Err(
                error @ (Error::SharedId { .. } | Error::BadKey { .. } | Error::RowsDiffer { .. }),
            ) => return Err(error),
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or(Error::Empty { path }))
}
