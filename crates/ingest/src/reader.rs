use std::path::Path;

use crate::batch::Batch;
use crate::columns::Columns;
use crate::delimited::DelimitedRows;
use crate::error::Error;
use crate::format::Format;
use crate::options::Options;
use crate::source::{Meter, Progress, Source};

/// Reads the answers of one file, batch by batch, in bounded memory.
pub struct Reader {
    format: Format,
    columns: Columns,
    meter: Meter,
    batch_rows: usize,
    rows: DelimitedRows,
}

impl Reader {
    /// Opens a file, finds its format and matches its columns.
    ///
    /// # Errors
    /// When the file cannot be opened, holds nothing that is read here, or its columns cannot be
    /// matched.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        let source = Source::open(path)?;
        let format = Format::of(&source)?;
        let meter = source.meter();
        let (rows, columns) = match format {
            Format::Delimited { delimiter } => DelimitedRows::open(source, delimiter, options)?,
            _ => return Err(Error::UnsupportedFormat { path: path.to_owned(), found: "this" }),
        };
        Ok(Self { format, columns, meter, batch_rows: options.batch_rows, rows })
    }

    /// The format that was found.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Which columns were read as what.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// How much of the file has been read.
    pub fn progress(&self) -> Progress {
        self.meter.progress()
    }

    /// Replaces the content of `batch` by the next rows; `false` at the end of the file, when the
    /// batch holds neither rows nor rejects.
    ///
    /// # Errors
    /// When the file cannot be read on; what was read before stands.
    pub fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, Error> {
        batch.clear();
        self.rows.read(batch, self.batch_rows)?;
        Ok(!batch.is_empty() || !batch.rejects().is_empty())
    }
}
