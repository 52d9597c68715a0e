//! Rows of Parquet files.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::batch::{Batch, Cells};
use crate::columns::Columns;
use crate::error::Error;
use crate::field::Field;
use crate::options::Options;
use crate::parquet_column::{Meaning, Values, meaning};
use crate::source::{Progress, Source};

/// Rows decoded at a time.
const CHUNK: usize = 8_192;

/// Reads the rows of one row group after the other, only the columns that mean something.
pub(crate) struct ParquetRows {
    path: PathBuf,
    file: SerializedFileReader<File>,
    columns: Vec<MatchedColumn>,
    require_time: bool,
    next_group: usize,
    group: Option<OpenGroup>,
    rows: u64,
    rows_total: u64,
    bytes_total: u64,
}

#[derive(Debug, Clone, Copy)]
struct MatchedColumn {
    field: Field,
    leaf: usize,
    meaning: Meaning,
    max_level: i16,
}

struct OpenGroup {
    readers: Vec<ColumnReader>,
    rows_left: usize,
}

impl ParquetRows {
    pub(crate) fn open(source: Source, options: &Options) -> Result<(Self, Columns), Error> {
        let path = &source.path().to_owned();
        let file = source.into_file()?;
        let bytes_total = file.metadata().map_or(0, |m| m.len());
        let file =
            contained(|| SerializedFileReader::new(file)).map_err(|e| parquet_error(path, 0, e))?;
        let metadata = file.metadata().file_metadata();
        let fields = metadata.schema_descr().root_schema().get_fields();
        let headers = fields.iter().map(|field| field.name().to_owned()).collect();
        let rows_total = metadata.num_rows().max(0) as u64;
        let columns = Columns::find(headers, &options.map, path)?;
        columns.require(options.required_fields(), path)?;
        let mut matched = Vec::new();
        for (field, root) in columns.positions() {
            matched.push(matched_column(path, &file, field, root)?);
        }
        let rows = Self {
            path: path.to_owned(),
            file,
            columns: matched,
            require_time: options.require_time,
            next_group: 0,
            group: None,
            rows: 0,
            rows_total,
            bytes_total,
        };
        Ok((rows, columns))
    }

    /// Rows read as a share of the bytes of the file.
    pub(crate) fn progress(&self) -> Progress {
        let share = self.rows as f64 / self.rows_total.max(1) as f64;
        let bytes_read = (self.bytes_total as f64 * share) as u64;
        Progress { bytes_read, bytes_total: self.bytes_total }
    }

    /// Adds rows to `batch` until it holds `rows` of them or the file ends.
    pub(crate) fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<(), Error> {
        while !batch.is_full(rows) {
            let room = rows - batch.len() - batch.rejects().len();
            let read = contained(|| self.read_chunk(batch, room.min(CHUNK)))
                .map_err(|e| parquet_error(&self.path, self.rows, e))?;
            if read == 0 {
                break;
            }
        }
        Ok(())
    }

    fn read_chunk(&mut self, batch: &mut Batch, most_rows: usize) -> Result<usize, ParquetError> {
        let Some(group) = self.group_with_rows()? else { return Ok(0) };
        let rows = group.rows_left.min(most_rows);
        group.rows_left -= rows;
        let mut readers = std::mem::take(&mut group.readers);
        let mut chunk = Vec::with_capacity(readers.len());
        for (column, reader) in self.columns.iter().zip(&mut readers) {
            chunk.push(Values::read(reader, column.meaning, column.max_level, rows)?);
        }
        if let Some(group) = &mut self.group {
            group.readers = readers;
        }
        for row in 0..rows {
            self.rows += 1;
            self.push_row(batch, &chunk, row);
        }
        Ok(rows)
    }

    fn push_row(&self, batch: &mut Batch, chunk: &[Values], row: usize) {
        let mut cells = Cells::default();
        for (column, values) in self.columns.iter().zip(chunk) {
            match values.cell(row) {
                Ok(cell) => cells.set(column.field, cell),
                Err(reason) => {
                    return batch.reject(self.rows, reason, column.field.name().to_owned());
                }
            }
        }
        batch.push(self.rows, &cells, self.require_time);
    }

    /// The row group at hand, or the next one that has rows.
    fn group_with_rows(&mut self) -> Result<Option<&mut OpenGroup>, ParquetError> {
        while self.group.as_ref().is_none_or(|group| group.rows_left == 0) {
            if self.next_group == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.next_group)?;
            self.next_group += 1;
            let mut readers = Vec::with_capacity(self.columns.len());
            for column in &self.columns {
                readers.push(group.get_column_reader(column.leaf)?);
            }
            let rows_left = group.metadata().num_rows().max(0) as usize;
            self.group = Some(OpenGroup { readers, rows_left });
        }
        Ok(self.group.as_mut())
    }
}

/// The leaf column below the top-level column `root`, if it can hold `field`.
fn matched_column(
    path: &Path,
    file: &SerializedFileReader<File>,
    field: Field,
    root: usize,
) -> Result<MatchedColumn, Error> {
    let schema = file.metadata().file_metadata().schema_descr();
    let refused = |column: &str, found: String| Error::ColumnType {
        path: path.to_owned(),
        field,
        column: column.to_owned(),
        found,
    };
    let top = &schema.root_schema().get_fields()[root];
    let leaf = (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == root);
    let Some(leaf) = leaf.filter(|_| top.is_primitive()) else {
        return Err(refused(top.name(), "nested".to_owned()));
    };
    let column = schema.column(leaf);
    let Some(meaning) = meaning(&column) else {
        let physical = column.physical_type();
        let found = column
            .logical_type_ref()
            .map_or_else(|| physical.to_string(), |logical| format!("{logical:?}"));
        return Err(refused(top.name(), found));
    };
    Ok(MatchedColumn { field, leaf, meaning, max_level: column.max_def_level() })
}

/// Turns a panic of the decoder, which some damaged files cause, into an error. Whoever gets the
/// error drops what the decoder was working on.
fn contained<T>(decode: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(ParquetError::General("the file is damaged".into())))
}

fn parquet_error(path: &Path, rows: u64, source: ParquetError) -> Error {
    Error::Parquet { path: path.to_owned(), rows, source }
}
