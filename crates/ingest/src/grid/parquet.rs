//! Tables of Parquet files.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::parquet_column::{Meaning, Values, meaning};
use super::sample::Sample;
use super::{Advance, push_sample};
use crate::cell::Cell;
use crate::error::Error;
use crate::reject::RejectReason;
use crate::source::{Progress, Source};

/// Rows decoded at a time.
const CHUNK: usize = 8_192;

/// Reads the rows of one row group after the other, only the columns that are wanted.
pub(crate) struct ParquetGrid {
    path: PathBuf,
    file: SerializedFileReader<File>,
    /// Every column of the file; an error text where it cannot be read.
    columns: Vec<Result<Leaf, Unreadable>>,
    wanted: Vec<usize>,
    next_group: usize,
    group: Option<OpenGroup>,
    /// The rows at hand by column; none for columns that are not wanted.
    chunk: Vec<Option<Values>>,
    chunk_rows: usize,
    /// The row of the chunk at hand, from 1.
    at: usize,
    rows: u64,
    rows_total: u64,
    bytes_total: u64,
}

#[derive(Debug, Clone, Copy)]
struct Leaf {
    position: usize,
    meaning: Meaning,
    max_level: i16,
}

/// A column that holds no single values.
#[derive(Debug, Clone)]
struct Unreadable {
    name: String,
    found: String,
}

struct OpenGroup {
    readers: Vec<ColumnReader>,
    rows_left: usize,
}

impl ParquetGrid {
    pub(crate) fn open(source: Source) -> Result<(Self, Vec<String>, Sample), Error> {
        let path = &source.path().to_owned();
        let file = source.into_file()?;
        let bytes_total = file.metadata().map_or(0, |m| m.len());
        let file =
            contained(|| SerializedFileReader::new(file)).map_err(|e| parquet_error(path, 0, e))?;
        let metadata = file.metadata().file_metadata();
        let fields = metadata.schema_descr().root_schema().get_fields();
        let headers: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        let rows_total = metadata.num_rows().max(0) as u64;
        let columns: Vec<_> = (0..headers.len()).map(|root| leaf(&file, root)).collect();
        let mut grid = Self {
            path: path.to_owned(),
            file,
            wanted: (0..columns.len()).filter(|&index| columns[index].is_ok()).collect(),
            chunk: headers.iter().map(|_| None).collect(),
            columns,
            next_group: 0,
            group: None,
            chunk_rows: 0,
            at: 0,
            rows: 0,
            rows_total,
            bytes_total,
        };
        let sample = grid.sample()?;
        Ok((grid, headers, sample))
    }

    /// The first rows; reading then begins anew.
    fn sample(&mut self) -> Result<Sample, Error> {
        const MOST_CELLS: usize = 200_000;
        let mut sample = Sample::new(self.columns.len());
        let most_rows = (MOST_CELLS / self.wanted.len().max(1)).clamp(50, 4_096);
        while sample.n_rows() < most_rows && !sample.is_full() {
            if !matches!(self.advance()?, Advance::Row) {
                break;
            }
            sample.start_row(self.line());
            for column in 0..self.columns.len() {
                push_sample(&mut sample, column, self.cell(column));
            }
        }
        (self.next_group, self.group) = (0, None);
        (self.chunk_rows, self.at, self.rows) = (0, 0, 0);
        Ok(sample)
    }

    /// Reads only these columns.
    ///
    /// # Errors
    /// The name and type of a column that holds no single values.
    pub(crate) fn select(&mut self, wanted: &[usize]) -> Result<(), (usize, String, String)> {
        for &index in wanted {
            if let Err(Unreadable { name, found }) = &self.columns[index] {
                return Err((index, name.clone(), found.clone()));
            }
        }
        self.wanted = wanted.to_vec();
        self.wanted.sort_unstable();
        self.wanted.dedup();
        Ok(())
    }

    /// Rows read as a share of the bytes of the file.
    pub(crate) fn progress(&self) -> Progress {
        let share = self.rows as f64 / self.rows_total.max(1) as f64;
        let bytes_read = (self.bytes_total as f64 * share) as u64;
        Progress { bytes_read, bytes_total: self.bytes_total }
    }

    pub(crate) fn advance(&mut self) -> Result<Advance, Error> {
        if self.at == self.chunk_rows {
            let read = contained(|| self.read_chunk());
            let read = read.map_err(|e| parquet_error(&self.path, self.rows, e))?;
            if read == 0 {
                return Ok(Advance::End);
            }
            (self.chunk_rows, self.at) = (read, 0);
        }
        self.at += 1;
        self.rows += 1;
        Ok(Advance::Row)
    }

    pub(crate) fn line(&self) -> u64 {
        self.rows
    }

    pub(crate) fn cell(&self, index: usize) -> Result<Cell<'_>, RejectReason> {
        match self.chunk.get(index) {
            Some(Some(values)) => values.cell(self.at - 1),
            _ => Ok(Cell::Null),
        }
    }

    fn read_chunk(&mut self) -> Result<usize, ParquetError> {
        let Some(group) = self.group_with_rows()? else { return Ok(0) };
        let rows = group.rows_left.min(CHUNK);
        group.rows_left -= rows;
        let mut readers = std::mem::take(&mut group.readers);
        for (&index, reader) in self.wanted.iter().zip(&mut readers) {
            if let Ok(Leaf { meaning, max_level, .. }) = self.columns[index] {
                self.chunk[index] = Some(Values::read(reader, meaning, max_level, rows)?);
            }
        }
        if let Some(group) = &mut self.group {
            group.readers = readers;
        }
        Ok(rows)
    }

    /// The row group at hand, or the next one that has rows.
    fn group_with_rows(&mut self) -> Result<Option<&mut OpenGroup>, ParquetError> {
        while self.group.as_ref().is_none_or(|group| group.rows_left == 0) {
            if self.next_group == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.next_group)?;
            self.next_group += 1;
            let mut readers = Vec::with_capacity(self.wanted.len());
            for &index in &self.wanted {
                if let Ok(column) = &self.columns[index] {
                    readers.push(group.get_column_reader(column.position)?);
                }
            }
            let rows_left = group.metadata().num_rows().max(0) as usize;
            self.group = Some(OpenGroup { readers, rows_left });
        }
        Ok(self.group.as_mut())
    }
}

/// The leaf column below the top-level column `root`, if it holds single values.
fn leaf(file: &SerializedFileReader<File>, root: usize) -> Result<Leaf, Unreadable> {
    let schema = file.metadata().file_metadata().schema_descr();
    let top = &schema.root_schema().get_fields()[root];
    let refused = |found: String| Unreadable { name: top.name().to_owned(), found };
    let leaf = (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == root);
    let Some(leaf) = leaf.filter(|_| top.is_primitive()) else {
        return Err(refused("nested".to_owned()));
    };
    let column = schema.column(leaf);
    let Some(meaning) = meaning(&column) else {
        let physical = column.physical_type();
        let found = column
            .logical_type_ref()
            .map_or_else(|| physical.to_string(), |logical| format!("{logical:?}"));
        return Err(refused(found));
    };
    Ok(Leaf { position: leaf, meaning, max_level: column.max_def_level() })
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
