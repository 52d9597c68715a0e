//! A response log of any format, read batch by batch.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seedtest_responses::TimeZone;

use crate::batch::Batch;
use crate::columns::Columns;
use crate::described::DescribedColumn;
use crate::divided::{Divided, Window};
use crate::encoding;
use crate::error::Error;
use crate::exam_reader::ExamReader;
use crate::field::Field;
use crate::format::{Format, OpenTable, Opened};
use crate::grid::{Grid, MemoryTable};
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
    settling: Settling,
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
    /// A table that is read in stretches.
    Divided(Box<Divided>),
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
            Rows::Divided(_) | Rows::Events(_) | Rows::Qti(_) | Rows::ExamResults(_) => {
                (Columns::default(), None)
            }
        };
        Ok(Self {
            format,
            columns,
            meter,
            options: options.clone(),
            rows,
            path,
            settling: Settling::default(),
            notes,
            system,
        })
    }

    /// The same with times without an offset in another zone.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        self.options.time_zone = zone;
        self
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
        let wide = self.plan()?.wide_table()?;
        Some(WideColumns { items: wide.items().collect(), others: wide.others() })
    }

    /// What stands in each column and what it is read as; none for documents.
    pub fn described(&self) -> &[DescribedColumn] {
        self.plan().map_or(&[], Plan::described)
    }

    /// Whether no answer has a time of its own, so that all have the one that was given.
    pub fn is_untimed(&self) -> bool {
        self.plan().is_some_and(Plan::is_untimed)
    }

    /// What was found out about the file and should be said.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is done with the rows of a table.
    fn plan(&self) -> Option<&Plan> {
        match &self.rows {
            Rows::Table(rows) => Some(rows.plan()),
            Rows::Divided(rows) => Some(rows.plan()),
            Rows::Events(_) | Rows::Qti(_) | Rows::ExamResults(_) => None,
        }
    }

    /// The same, with the rows of a text on all threads, where they do not depend on each other.
    pub(crate) fn divided(mut self) -> Self {
        self.rows = match self.rows {
            Rows::Table(rows) => match Divided::of(*rows) {
                Ok(divided) => Rows::Divided(Box::new(divided)),
                Err(rows) => Rows::Table(rows),
            },
            other => other,
        };
        self
    }

    /// Whether rows are read on all threads.
    pub(crate) fn is_divided(&self) -> bool {
        matches!(self.rows, Rows::Divided(_))
    }

    /// As [`Reader::next_batch`], several batches at a time, in the order of the file.
    pub(crate) fn next_batches(&mut self, batches: &mut Vec<Batch>) -> Result<bool, Error> {
        if let Rows::Divided(divided) = &mut self.rows {
            match divided.read(batches, &self.options)? {
                Window::End => return Ok(false),
                Window::Rows => {
                    self.settling.settle(batches, &self.columns, &self.path, &self.options)?;
                    return Ok(true);
                }
                Window::Undivided => {}
            }
        }
        batches.resize_with(1, Batch::new);
        self.next_batch(&mut batches[0])
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
        if let Rows::Divided(divided) = &mut self.rows {
            self.rows = Rows::Table(Box::new(divided.undivided()));
        }
        match &mut self.rows {
            Rows::Table(reader) => reader.read(batch, rows)?,
            // It is a table by now.
            Rows::Divided(_) => {}
            Rows::Events(reader) => reader.read(batch, rows)?,
            Rows::Qti(reader) => reader.read(batch, rows)?,
            Rows::ExamResults(reader) => reader.read_attempts(batch, rows)?,
        }
        let batches = std::slice::from_mut(batch);
        self.settling.settle(batches, &self.columns, &self.path, &self.options)?;
        Ok(!batch.is_nothing())
    }
}

/// What is done with the rows of batches once they are read.
#[derive(Debug, Default)]
struct Settling {
    points: PointsWatch,
    retries: Retries,
}

impl Settling {
    fn settle(
        &mut self,
        batches: &mut [Batch],
        columns: &Columns,
        path: &Path,
        options: &Options,
    ) -> Result<(), Error> {
        // A wide table is recognised by its outcomes, and the keys of documents are fixed.
        let correct = columns.matched().find(|(field, _)| *field == Field::Correct);
        if let Some((_, column)) = correct.filter(|_| !columns.is_wide()) {
            for batch in batches.iter() {
                self.points.look(batch);
            }
            self.points.check(path, column)?;
        }
        for batch in batches {
            batch.place(&options.time_zone, &mut self.retries, options.latest);
        }
        Ok(())
    }
}

/// Reads the answers of a table in memory, batch by batch.
pub(crate) struct MemoryReader {
    rows: TableRows,
    columns: Columns,
    settling: Settling,
    pub(crate) notes: Vec<String>,
}

impl MemoryReader {
    /// Matches the columns of a table and finds out what they are written in. `name` is what messages call it.
    pub(crate) fn of(
        name: &Path,
        table: Arc<dyn MemoryTable>,
        options: &Options,
    ) -> Result<Self, Error> {
        let mut notes = Vec::new();
        let open = vec![OpenTable::in_memory(table)];
        let (grid, plan) = planned(name, open, false, options, &mut notes)?;
        let columns = plan.columns().clone();
        let rows = TableRows::new(grid, plan, name)?;
        Ok(Self { rows, columns, settling: Settling::default(), notes })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// As [`Reader::next_batch`].
    pub(crate) fn next_batch(
        &mut self,
        batch: &mut Batch,
        (name, options): (&Path, &Options),
    ) -> Result<bool, Error> {
        batch.clear();
        self.rows.read(batch, options.batch_rows.max(1))?;
        let batches = std::slice::from_mut(batch);
        self.settling.settle(batches, &self.columns, name, options)?;
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
    planned(&path, file.tables(options)?, semicolons, options, notes)
}

/// The first of some tables whose columns can be matched, and what is done with its rows.
fn planned(
    path: &Path,
    tables: Vec<OpenTable>,
    semicolons: bool,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<(Grid, Plan), Error> {
    let mut failed = None;
    let known: Vec<(Vec<String>, Sheets)> =
        tables.iter().map(|table| (table.headers.clone(), table.sheets.clone())).collect();
    for (at, table) in tables.into_iter().enumerate() {
        let OpenTable { grid, headers, sample, sheets, notes: of_sheet } = table;
        let planned = Planned { path, headers, sample: &sample, semicolons };
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
                error @ (Error::SharedId { .. }
                | Error::IdNotOnEverySheet { .. }
                | Error::BadKey { .. }
                | Error::RowsDiffer { .. }),
            ) => return Err(error),
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or(Error::Empty { path: path.to_owned() }))
}
