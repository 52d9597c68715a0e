//! Tables as files, written row by row: CSV, Parquet, a workbook.

mod csv;
mod parquet;
mod xlsx;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use seedtest_fault::escaped_lines;
use seedtest_store::{ExportColumn, ExportKind, ExportValue};
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// Text with commas, UTF-8.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// A workbook of Excel.
    Xlsx,
}

impl TableFormat {
    /// The kind that the name of a file ends in.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        Self::from_str(ending, true).ok()
    }
}

// Where else the printed table goes, whole. No documentation: it would take the place of the command's own words.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TableArgs {
    /// Write the whole table to this file as CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Write the whole table to this file as Parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) parquet: Option<PathBuf>,
}

impl TableArgs {
    /// Writes the files that were asked for.
    pub(crate) fn write(
        &self,
        columns: &[(&'static str, ExportKind)],
        rows: &(impl Iterator<Item = Vec<ExportValue>> + Clone),
    ) -> Result<(), Failure> {
        let columns: Vec<ExportColumn> =
            columns.iter().map(|&(name, kind)| ExportColumn { name, kind }).collect();
        let files = [(&self.csv, TableFormat::Csv), (&self.parquet, TableFormat::Parquet)];
        for (path, format) in files {
            let Some(path) = path else { continue };
            let mut writer = TableWriter::new(format, &columns, Some(path))?;
            for row in rows.clone() {
                writer.row(&row)?;
            }
            writer.finish()?;
        }
        Ok(())
    }
}

/// A table on its way into a file, or to standard output. A file appears under its name only when it is whole.
pub(crate) struct TableWriter {
    rows: Rows,
    place: Place,
    /// Rows written.
    written: u64,
    /// Whether whoever read has seen enough.
    closed: bool,
}

enum Rows {
    Csv(Box<csv::CsvRows>),
    Parquet(Box<parquet::ParquetRows>),
    Xlsx(Box<xlsx::XlsxRows>),
}

impl Rows {
    /// Rows that go nowhere.
    fn closed() -> Self {
        Self::Csv(Box::new(csv::CsvRows::closed()))
    }
}

enum Place {
    Stdout,
    File { made: NamedTempFile, path: PathBuf },
}

/// Where bytes go.
type Sink = Box<dyn Write + Send>;

impl TableWriter {
    /// A table with these columns, into a file or, without one, to standard output.
    pub(crate) fn new(
        format: TableFormat,
        columns: &[ExportColumn],
        path: Option<&Path>,
    ) -> Result<Self, Failure> {
        let (place, sink) = place(format, path)?;
        let rows = match format {
            TableFormat::Csv => {
                csv::CsvRows::new(columns, sink).map(|rows| Rows::Csv(Box::new(rows)))
            }
            TableFormat::Parquet => {
                parquet::ParquetRows::new(columns, sink).map(|rows| Rows::Parquet(Box::new(rows)))
            }
            TableFormat::Xlsx => {
                xlsx::XlsxRows::new(columns, sink).map(|rows| Rows::Xlsx(Box::new(rows)))
            }
        };
        let mut writer = Self { rows: Rows::closed(), place, written: 0, closed: false };
        match rows {
            Ok(rows) => writer.rows = rows,
            Err(error) => writer.failed(error)?,
        }
        Ok(writer)
    }

    /// Writes a row; of a pipe that is closed nothing more is written, which [`TableWriter::wants_more`] tells.
    pub(crate) fn row(&mut self, row: &[ExportValue]) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let written = match &mut self.rows {
            Rows::Csv(rows) => rows.write(row),
            Rows::Parquet(rows) => rows.write(row),
            Rows::Xlsx(rows) => rows.write(row),
        };
        match written {
            Ok(()) => {
                self.written += 1;
                Ok(())
            }
            Err(error) => self.failed(error),
        }
    }

    /// Whether anybody still reads.
    pub(crate) fn wants_more(&self) -> bool {
        !self.closed
    }

    /// Ends the table; only now a file stands under its name. Gives the number of rows.
    pub(crate) fn finish(mut self) -> Result<u64, Failure> {
        let rows = std::mem::replace(&mut self.rows, Rows::closed());
        if !self.closed {
            let ended = match rows {
                Rows::Csv(rows) => rows.finish(),
                Rows::Parquet(rows) => rows.finish(),
                Rows::Xlsx(rows) => rows.finish(),
            };
            if let Err(error) = ended {
                self.failed(error)?;
            }
        }
        if let Place::File { made, path } = self.place {
            let shown = path.display().to_string();
            let kept = made
                .as_file()
                .sync_all()
                .and_then(|()| made.persist(&path).map(drop).map_err(|error| error.error));
            kept.map_err(|error| cannot_write(&shown, &error))?;
        }
        Ok(self.written)
    }

    /// A reader that closed the pipe has seen enough; everything else is an error.
    fn failed(&mut self, error: Fault) -> Result<(), Failure> {
        match error {
            Fault::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Fault::Io(error) => Err(cannot_write(&self.place.shown(), &error)),
            Fault::Table(message, hint) => {
                Err(Failure::new(format!("{}: {message}", self.place.shown()), Some(hint)))
            }
        }
    }
}

impl Place {
    fn shown(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::File { path, .. } => path.display().to_string(),
        }
    }
}

/// Why a row cannot be written.
enum Fault {
    Io(io::Error),
    /// What is wrong, and what to do.
    Table(String, String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn place(format: TableFormat, path: Option<&Path>) -> Result<(Place, Sink), Failure> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else {
        if format != TableFormat::Csv && io::stdout().is_terminal() {
            let message = "a terminal cannot show such a file";
            return Err(Failure::usage(message, "give --output FILE, or send it into a pipe"));
        }
        if io::stdout().is_terminal() {
            return Ok((Place::Stdout, Box::new(ForTerminal::new(io::stdout()))));
        }
        return Ok((Place::Stdout, Box::new(io::stdout())));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Without the name of the temporary file.
    let failed = |error: io::Error| {
        cannot_write(&path.display().to_string(), &io::Error::from(error.kind()))
    };
    let made = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    let sink = made.reopen().map_err(failed)?;
    Ok((Place::File { made, path: path.to_owned() }, Box::new(sink)))
}

/// Lines for a terminal: what it would obey is spelled out. A file or a pipe gets what is stored.
struct ForTerminal<W: Write> {
    out: W,
    /// A line that has not ended.
    open: Vec<u8>,
}

impl<W: Write> ForTerminal<W> {
    fn new(out: W) -> Self {
        Self { out, open: Vec::new() }
    }
}

impl<W: Write> Write for ForTerminal<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.extend_from_slice(bytes);
        let Some(end) = self.open.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(bytes.len());
        };
        let lines: Vec<u8> = self.open.drain(..=end).collect();
        self.out.write_all(escaped_lines(&String::from_utf8_lossy(&lines)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.open);
        self.out.write_all(escaped_lines(&String::from_utf8_lossy(&rest)).as_bytes())?;
        self.out.flush()
    }
}

fn cannot_write(what: &str, error: &io::Error) -> Failure {
    let hint = "check that the directory exists and can be written, and that the disk is not full";
    Failure::new(format!("cannot write {what}: {error}"), Some(hint.to_owned()))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use seedtest_ingest::{Options, Wanted, read_log};
    use serde_json::json;

    use super::*;

    fn columns() -> Vec<ExportColumn> {
        let kinds = [
            ("user_id", ExportKind::Student),
            ("item_id", ExportKind::Text),
            ("completed_at", ExportKind::Time),
            ("correct", ExportKind::Truth),
            ("response_time_ms", ExportKind::Integer),
            ("theta", ExportKind::Number),
            ("date", ExportKind::Date),
            ("params", ExportKind::Json),
        ];
        kinds.into_iter().map(|(name, kind)| ExportColumn { name, kind }).collect()
    }

    fn row(n: i64) -> Vec<ExportValue> {
        let text = |text: &str| ExportValue::Text(Some(text.to_owned()));
        vec![
            text(if n % 2 == 0 { "민지, \"3반\"" } else { "=bob" }),
            text(&format!("q{n}")),
            ExportValue::Time(DateTime::from_timestamp_micros(1_700_000_000_123_456 + n)),
            ExportValue::Truth((n > 0).then_some(n % 3 == 0)),
            ExportValue::Integer(Some(n)),
            ExportValue::Number((n > 1).then_some(0.1 * n as f64)),
            ExportValue::Date(NaiveDate::from_ymd_opt(2025, 3, 1)),
            ExportValue::Json(Some(json!({"a": 1}))),
        ]
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        for (format, name) in [
            (TableFormat::Csv, "t.csv"),
            (TableFormat::Parquet, "t.parquet"),
            (TableFormat::Xlsx, "t.xlsx"),
        ] {
            let path = folder.path().join(name);
            assert_eq!(TableFormat::of_path(&path), Some(format));
            let mut writer = TableWriter::new(format, &columns(), Some(&path)).unwrap();
            for n in 0..40 {
                writer.row(&row(n)).unwrap();
            }
            assert!(!path.exists(), "{name}: half a file");
            assert_eq!(writer.finish().unwrap(), 40);
            let options = Options { wanted: Wanted::Timed, ..Options::default() };
            let file = read_log(&path, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
            let log = &file.log;
            assert_eq!(log.len(), 40, "{name}");
            assert_eq!(&*log.students()[log.student()[0] as usize], "=bob", "{name}");
            assert!(log.students().iter().any(|id| &**id == "민지, \"3반\""), "{name}");
            let newest = log.at().iter().max().copied();
            assert_eq!(newest, Some(1_700_000_000_123_456 + 39), "{name}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_terminal_is_shown_what_it_would_obey() {
        let mut shown = ForTerminal::new(Vec::new());
        let text = "amy\u{1b}[2J,민지\u{202e}\tq1\nbob,q2";
        // Whatever the pieces in which it comes.
        for piece in text.as_bytes().chunks(3) {
            shown.write_all(piece).unwrap();
        }
        shown.flush().unwrap();
        let expected = "amy\\u{1b}[2J,민지\\u{202e}\tq1\nbob,q2";
        assert_eq!(String::from_utf8(shown.out).unwrap(), expected);
    }

    #[test]
    fn a_table_without_rows_has_its_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        TableWriter::new(TableFormat::Csv, &columns(), Some(&path)).unwrap().finish().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "user_id,item_id,completed_at,correct,response_time_ms,theta,date,params\n"
        );
        let args = TableArgs { csv: None, parquet: Some(folder.path().join("no/such/t.parquet")) };
        assert!(args.write(&[("id", ExportKind::Text)], &std::iter::empty()).is_err());
    }
}
