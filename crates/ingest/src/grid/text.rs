//! Tables of delimited text.

use std::io::Read;
use std::path::{Path, PathBuf};

use memchr::memchr_iter;

use super::dialect::{FIRST_ROWS, FirstRow, header_position, is_second_row, two_rows};
use super::sample::Sample;
use super::{Advance, Rejected};
use crate::cell::Cell;
use crate::error::Error;
use crate::options::Options;
use crate::record::{Found, Records, Rest};
use crate::reject::{RejectReason, shortened_bytes};
use crate::source::{Source, stream_error};

/// The rows behind the header of a delimited text.
pub(crate) struct TextGrid {
    path: PathBuf,
    records: Records,
    width: usize,
    rows: u64,
}

impl TextGrid {
    /// Finds the header and looks at the first rows.
    pub(crate) fn open(
        source: Source,
        delimiter: u8,
        options: &Options,
    ) -> Result<(Self, Vec<String>, Sample), Error> {
        let path = source.path().to_owned();
        let limit = options.max_row_bytes;
        let (header_line, headers, sample) = Self::look(&source, delimiter, options)?;
        let mut records = Records::new(source.into_input(), delimiter, limit);
        if header_line.old_mac {
            records = records.with_lines_of(b"\r");
        }
        loop {
            read_header(&mut records, &path, limit)?;
            if records.line() >= header_line.line {
                break;
            }
        }
        let width = headers.len();
        Ok((Self { path, records, width, rows: 0 }, headers, sample))
    }

    /// Looks at the start of a text: the line of the header, the names in it, and the first rows.
    pub(crate) fn look(
        source: &Source,
        delimiter: u8,
        options: &Options,
    ) -> Result<(HeaderLine, Vec<String>, Sample), Error> {
        let (path, head) = (source.path(), source.head());
        let line = header_line(source, delimiter, options)?;
        let mut records = Records::new(head, delimiter, options.max_row_bytes).with_lines_of(head);
        let mut above = None;
        let headers = loop {
            let headers = read_header(&mut records, path, options.max_row_bytes)?;
            if records.line() >= line {
                break headers;
            }
            above = Some(headers);
        };
        let (mut line, mut headers) = (line, headers);
        if options.header_row.is_none()
            && let Ok(second) = read_header(&mut records, path, options.max_row_bytes)
            && is_second_row(&headers, &second)
        {
            line = records.line();
            above = Some(std::mem::replace(&mut headers, second));
        }
        let above = above.filter(|above| above.len() == headers.len());
        let headers = two_rows(above.as_deref().filter(|_| options.header_row.is_none()), headers);
        let shape = Shape { delimiter, header_line: line, width: headers.len() };
        let sample = sample_of(head, source.head_is_all(), shape);
        let old_mac = !head.contains(&b'\n') && head.contains(&b'\r');
        Ok((HeaderLine { line, old_mac }, headers, sample))
    }

    /// The text behind the row at hand, with the width of its rows.
    pub(crate) fn into_rest(self) -> (Rest, usize, PathBuf) {
        (self.records.into_rest(), self.width, self.path)
    }

    /// The rows of such a text of which all bytes are at hand.
    pub(crate) fn of_whole(rest: Rest, width: usize, path: PathBuf) -> Self {
        Self { path, records: Records::of_whole(rest), width, rows: 0 }
    }

    /// The rows of such a text, of which `rows` came before.
    pub(crate) fn of_rest(rest: Rest, width: usize, path: PathBuf, rows: u64) -> Self {
        Self { path, records: Records::of_rest(rest), width, rows }
    }

    /// Rows that were read, those of a text before it among them.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn advance(&mut self) -> Result<Advance, Error> {
        let found = self.records.advance().map_err(|e| stream_error(&self.path, self.rows, e))?;
        match found {
            Found::End => Ok(Advance::End),
            Found::TooLong => self.overlong().map(Advance::Rejected),
            Found::Record if self.width_fits() && !self.records.leaves_quote_open() => {
                self.rows += 1;
                Ok(Advance::Row)
            }
            Found::Record => self.misfit().map(Advance::Rejected),
        }
    }

    pub(crate) fn line(&self) -> u64 {
        self.records.line()
    }

    #[inline]
    pub(crate) fn cell(&self, index: usize) -> Result<Cell<'_>, RejectReason> {
        if let Some(text) = self.records.text(index) {
            return Ok(Cell::Text(text));
        }
        let bytes = self.records.field(index);
        std::str::from_utf8(bytes).map(Cell::Text).map_err(|_| RejectReason::BadEncoding)
    }

    /// The bytes of a cell that is no text.
    pub(crate) fn shown(&self, index: usize) -> String {
        shortened_bytes(self.records.field(index))
    }

    /// Whether no cell of the row has anything in it.
    pub(crate) fn is_blank(&self) -> bool {
        (0..self.records.n_fields()).all(|index| self.records.field(index).trim_ascii().is_empty())
    }

    /// As many cells as the header, not counting empty ones beyond it.
    fn width_fits(&self) -> bool {
        let n = self.records.n_fields();
        n >= self.width && (self.width..n).all(|i| self.records.field(i).is_empty())
    }

    fn misfit(&mut self) -> Result<Rejected, Error> {
        let has_open_quote = memchr_iter(b'"', self.records.raw()).count() % 2 == 1;
        if self.records.spans_lines() || has_open_quote {
            return self.first_line(RejectReason::UnclosedQuote);
        }
        let reason = if self.records.n_fields() < self.width {
            RejectReason::TooFewFields
        } else {
            RejectReason::TooManyFields
        };
        let value = shortened_bytes(self.records.raw());
        Ok(Rejected { line: self.records.line(), reason, value })
    }

    fn overlong(&mut self) -> Result<Rejected, Error> {
        self.first_line(if self.records.spans_lines() {
            RejectReason::UnclosedQuote
        } else {
            RejectReason::LineTooLong
        })
    }

    fn first_line(&mut self, reason: RejectReason) -> Result<Rejected, Error> {
        let raw = self.records.raw();
        let first_line = raw.split(|&b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        let (line, value) = (self.records.line(), shortened_bytes(first_line));
        self.records.skip_first_line().map_err(|e| stream_error(&self.path, self.rows, e))?;
        Ok(Rejected { line, reason, value })
    }
}

/// Where the row stands that names the columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeaderLine {
    /// Its line, from 1.
    pub(crate) line: u64,
    /// Whether lines end with a carriage return alone.
    pub(crate) old_mac: bool,
}

/// Line of the row that names the columns.
fn header_line(source: &Source, delimiter: u8, options: &Options) -> Result<u64, Error> {
    let head = source.head();
    let mut records = Records::new(head, delimiter, options.max_row_bytes).with_lines_of(head);
    let mut rows = Vec::new();
    let most = options.header_row.map_or(FIRST_ROWS, |line| FIRST_ROWS.max(line as usize));
    while rows.len() < most && matches!(records.advance(), Ok(Found::Record)) {
        let is_filled = |index: &usize| !records.field(*index).trim_ascii().is_empty();
        let filled = (0..records.n_fields()).filter(is_filled).count();
        // The last row may be cut off, and a quote that nobody closed makes one row of many.
        if !records.at_end() || rows.is_empty() || source.head_is_all() {
            rows.push(FirstRow { line: records.line(), filled });
        }
    }
    match (header_position(&rows, options.header_row), options.header_row) {
        (Some(position), _) => Ok(rows[position].line),
        (None, Some(row)) => Err(Error::NoHeaderRow { path: source.path().to_owned(), row }),
        (None, None) => Ok(1),
    }
}

/// What is known of a text before its rows are read.
#[derive(Clone, Copy)]
struct Shape {
    delimiter: u8,
    header_line: u64,
    width: usize,
}

fn sample_of(head: &[u8], is_all: bool, shape: Shape) -> Sample {
    let mut records = Records::new(head, shape.delimiter, head.len()).with_lines_of(head);
    let mut sample = Sample::new(shape.width);
    while !sample.is_full() && matches!(records.advance(), Ok(Found::Record)) {
        let is_cut_off = records.at_end() && !is_all;
        if records.line() <= shape.header_line || records.n_fields() < shape.width || is_cut_off {
            continue;
        }
        sample.start_row(records.line());
        for index in 0..shape.width {
            let cell = std::str::from_utf8(records.field(index)).unwrap_or_default();
            sample.column_mut(index).push(cell);
        }
    }
    sample
}

fn read_header<R: Read>(
    records: &mut Records<R>,
    path: &Path,
    limit: usize,
) -> Result<Vec<String>, Error> {
    match records.advance().map_err(|e| stream_error(path, 0, e))? {
        Found::Record => {}
        Found::TooLong => return Err(Error::HeaderTooLong { path: path.to_owned(), limit }),
        Found::End => return Err(Error::Empty { path: path.to_owned() }),
    }
    let mut headers = Vec::with_capacity(records.n_fields());
    for index in 0..records.n_fields() {
        let Ok(name) = std::str::from_utf8(records.field(index)) else {
            let header = String::from_utf8_lossy(records.raw()).into_owned();
            return Err(Error::HeaderEncoding { path: path.to_owned(), header });
        };
        headers.push(name.trim_matches(['\u{feff}', ' ', '\t', '\u{a0}']).trim().to_owned());
    }
    Ok(headers)
}
