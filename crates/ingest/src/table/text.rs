//! Tables of delimited text, read in stretches on all threads.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr2, memchr2_iter};
use rayon::prelude::*;

use super::builder::{Builder, Expected, Joined, is_code, join, odd_cell};
use super::decimal;
use super::unit::Unit;
use super::{Table, TableColumn, TableFile, TableOptions, require_distinct};
use crate::error::{Error, RowFault};
use crate::grid::TextGrid;
use crate::missing::Missing;
use crate::number_format::NumberFormat;
use crate::options::Options;
use crate::record::closes_quotes;
use crate::source::{Source, stream_error};

/// Bytes that one thread reads at a time, at least.
const STRETCH: usize = 1 << 20;

/// Most bytes of a file for which room is made before it is read.
const MOST_AHEAD: u64 = 1 << 32;

/// A whole text in memory.
struct Text<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    delimiter: u8,
    /// Whether cells may be quoted.
    has_quotes: bool,
    width: usize,
}

/// The columns of a stretch, and the line of the byte behind it.
struct Stretch {
    columns: Vec<Builder>,
    n_rows: usize,
    n_lines: u64,
}

/// What is wrong with a row of a stretch: its line, from 0.
type Fault = (u64, RowFault);

pub(super) fn read(
    source: Source,
    delimiter: u8,
    options: &TableOptions,
) -> Result<TableFile, Error> {
    let path: PathBuf = source.path().to_owned();
    let own = Options { header_row: options.header_row, ..Options::default() };
    let (header, headers, sample) = TextGrid::look(&source, delimiter, &own)?;
    require_distinct(&path, &headers)?;
    // Copying a file as it grows costs as much as reading it.
    let size = source.meter().progress().bytes_total.min(MOST_AHEAD);
    let mut bytes = Vec::with_capacity(size as usize + 1);
    source.into_input().read_to_end(&mut bytes).map_err(|e| stream_error(&path, 0, e))?;
    if header.old_mac {
        bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
    }
    let has_quotes = memchr(b'"', &bytes).is_some();
    let text = Text { path: &path, bytes: &bytes, delimiter, has_quotes, width: headers.len() };
    let start = text.rows_behind(header.line)?;
    let expected = |(index, name): (usize, &String)| {
        let cells = || sample.column(index).cells().filter(|cell| !options.missing.is_value(cell));
        let unit = Unit::of(cells());
        let digits = cells().map(|cell| unit.digits_of(cell));
        let format = NumberFormat::detect(digits, delimiter == b';');
        let is_text = cells().any(|cell| {
            seedtest_responses::logical(cell).is_none() && unit.read(cell, format).is_none()
        });
        Expected { is_text, is_naming: options.is_naming(name), turns: false, format, unit }
    };
    let expected: Vec<Expected> = headers.iter().enumerate().map(expected).collect();
    let doubt = |(index, name): (usize, &String)| {
        let format = expected[index].format;
        let cells = || sample.column(index).cells().filter(|cell| !options.missing.is_value(cell));
        let example = NumberFormat::doubtful(cells()).filter(|_| !expected[index].is_text)?;
        let number = format.parse(example)?;
        Some(format!(
            "{name}: {example} is read as {number}, though nothing in the column says what its comma means; write \
             numbers with a decimal point and without marks between thousands"
        ))
    };
    let doubts: Vec<String> = headers.iter().enumerate().filter_map(doubt).collect();
    let codes: Vec<Option<String>> = (0..headers.len())
        .map(|index| {
            let code = sample.column(index).cells().find(|cell| is_code(cell));
            code.filter(|_| !expected[index].is_naming).map(str::to_owned)
        })
        .collect();
    let mut found = text.table(headers, expected, start, options)?;
    found.lines = (0..sample.n_rows()).map(|row| sample.line(row)).collect();
    found.notes.extend(doubts);
    found.notes.extend(codes_as_numbers(&found.table, &codes));
    Ok(found)
}

/// What to say of columns of numbers with a cell that may be a code, as `001`.
fn codes_as_numbers(table: &Table, codes: &[Option<String>]) -> Vec<String> {
    let said = |((name, column), code): (&(String, TableColumn), &Option<String>)| {
        let code = code.as_deref().filter(|_| matches!(column, TableColumn::Numeric(_)))?;
        Some(format!(
            "{name}: {code} is read as a number; where it is a code, write {code:?} with its quotes, or factor({name}) \
             in a formula"
        ))
    };
    table.columns.iter().zip(codes).filter_map(said).collect()
}

impl Text<'_> {
    /// Where the rows begin, and the line there: behind the header, which is on a line from 1.
    fn rows_behind(&self, header_line: u64) -> Result<(usize, u64), Error> {
        let mut at = 0;
        let mut line = 1;
        loop {
            let end = self.end_of_record(at);
            let is_header = line >= header_line && !self.bytes[at..end].trim_ascii().is_empty();
            line += count_lines(&self.bytes[at..end]);
            at = end;
            if is_header {
                return Ok((at, line));
            }
            if at >= self.bytes.len() {
                return Err(Error::NoRows { path: self.path.to_owned() });
            }
        }
    }

    /// Where the record that starts at a place ends, behind its line feed.
    fn end_of_record(&self, start: usize) -> usize {
        let mut quoted = false;
        for at in memchr2_iter(b'"', b'\n', &self.bytes[start..]) {
            let at = start + at;
            match self.bytes[at] {
                b'"' => quoted = !quoted,
                _ if !quoted => return at + 1,
                _ => {}
            }
        }
        self.bytes.len()
    }

    /// Parts the rows into stretches of whole records.
    fn stretches(&self, start: usize) -> Vec<Range<usize>> {
        let rest = self.bytes.len() - start;
        let n = (rest / STRETCH).clamp(1, 64);
        let mut stretches = Vec::with_capacity(n);
        let mut from = start;
        if !self.has_quotes {
            for part in 1..=n {
                let aim = start + rest / n * part;
                let to = match memchr(b'\n', &self.bytes[aim.max(from).min(self.bytes.len())..]) {
                    Some(at) if part < n => aim.max(from) + at + 1,
                    _ => self.bytes.len(),
                };
                stretches.push(from..to);
                from = to;
            }
            return stretches;
        }
        // Whether a line feed is inside a cell is known only from the quotes before it.
        let size = rest / n;
        let mut quoted = false;
        for at in memchr2_iter(b'"', b'\n', &self.bytes[start..]) {
            let at = start + at;
            if self.bytes[at] == b'"' {
                quoted = !quoted;
            } else if !quoted && at + 1 - from >= size {
                stretches.push(from..at + 1);
                from = at + 1;
            }
        }
        stretches.push(from..self.bytes.len());
        stretches
    }

    fn table(
        &self,
        headers: Vec<String>,
        mut expected: Vec<Expected>,
        (start, line): (usize, u64),
        options: &TableOptions,
    ) -> Result<TableFile, Error> {
        let stretches = self.stretches(start);
        let mut wanted: Vec<bool> = vec![true; headers.len()];
        let mut done: Vec<Option<Vec<Builder>>> = headers.iter().map(|_| None).collect();
        let mut starts: Vec<usize> = Vec::new();
        let mut n_rows = 0;
        // What turns out to be no column of numbers is read once more, as texts.
        for _ in 0..2 {
            let read = self.read_all(&stretches, &expected, &wanted, line, &options.missing)?;
            starts = read
                .iter()
                .scan(0, |next, s| Some(std::mem::replace(next, *next + s.n_rows)))
                .collect();
            n_rows = read.iter().map(|stretch| stretch.n_rows).sum();
            let mut parts: Vec<Vec<Builder>> = headers.iter().map(|_| Vec::new()).collect();
            for stretch in read {
                let numbered = wanted.iter().enumerate().filter(|(_, wanted)| **wanted);
                for ((index, _), column) in numbered.zip(stretch.columns) {
                    parts[index].push(column);
                }
            }
            for (index, parts) in parts.into_iter().enumerate().filter(|(index, _)| wanted[*index])
            {
                if parts.iter().any(Builder::is_surprised) {
                    expected[index].is_text = true;
                } else {
                    done[index] = Some(parts);
                }
            }
            wanted = done.iter().map(Option::is_none).collect();
            if !wanted.contains(&true) {
                break;
            }
        }
        if n_rows == 0 {
            return Err(Error::NoRows { path: self.path.to_owned() });
        }
        let mut found =
            TableFile { table: Table { columns: Vec::new(), n_rows }, ..TableFile::default() };
        let joined: Vec<Joined> =
            done.into_par_iter().map(|parts| join(parts.unwrap_or_default(), &starts)).collect();
        for ((name, joined), expected) in headers.into_iter().zip(joined).zip(&expected) {
            found.notes.extend(joined.note(&name));
            if let Some(odd) = joined.odd {
                let line = self.line_of_row(odd.0, start, line);
                found.odd.push(odd_cell(&name, line, odd));
            }
            if expected.format != NumberFormat::default() {
                found.notes.push(format!("{name}: {}", expected.format.name()));
            }
            if matches!(joined.column, TableColumn::Numeric(_)) {
                found.notes.extend(expected.unit.note(&name));
            }
            found.table.columns.push((name, joined.column));
        }
        Ok(found)
    }

    fn read_all(
        &self,
        stretches: &[Range<usize>],
        expected: &[Expected],
        wanted: &[bool],
        line: u64,
        missing: &Missing,
    ) -> Result<Vec<Stretch>, Error> {
        let read: Vec<Result<Stretch, Fault>> = stretches
            .par_iter()
            .map(|range| self.stretch(range.clone(), expected, wanted, missing))
            .collect();
        let mut before = line;
        let mut found = Vec::with_capacity(read.len());
        for stretch in read {
            let stretch = stretch.map_err(|(at, fault)| Error::BadRow {
                path: self.path.to_owned(),
                line: before + at,
                fault,
            })?;
            before += stretch.n_lines;
            found.push(stretch);
        }
        Ok(found)
    }

    fn stretch(
        &self,
        range: Range<usize>,
        expected: &[Expected],
        wanted: &[bool],
        missing: &Missing,
    ) -> Result<Stretch, Fault> {
        let bytes = &self.bytes[range];
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                return Err((count_lines(&bytes[..error.valid_up_to()]), RowFault::Encoding));
            }
        };
        let kept = expected.iter().zip(wanted).filter(|(_, wanted)| **wanted);
        let rows = rows_in(text, self.width);
        let columns = kept.map(|(expected, _)| Builder::new(*expected, rows)).collect();
        let mut stretch = Stretch { columns, n_rows: 0, n_lines: 0 };
        let limit = Options::default().max_row_bytes;
        if !self.has_quotes {
            self.plain_rows(text, &mut stretch, wanted, missing)?;
            return Ok(stretch);
        }
        let mut rest = text;
        while !rest.is_empty() {
            let end = end_in(rest);
            let (record, behind) = rest.split_at(end);
            let lines = count_lines(record.as_bytes());
            let cells = record.trim_end_matches(['\n', '\r']);
            if cells.len() > limit {
                return Err((stretch.n_lines, RowFault::TooLong { limit }));
            }
            if cells.contains('\n') && !closes_quotes(cells.as_bytes(), self.delimiter) {
                return Err((stretch.n_lines, RowFault::OpenQuote));
            }
            if !cells.is_empty() {
                self.row(cells, &mut stretch, wanted, missing)?;
                stretch.n_rows += 1;
            }
            stretch.n_lines += lines;
            rest = behind;
        }
        Ok(stretch)
    }

    /// Puts the cells of a text without quotes into their columns, going over it once.
    fn plain_rows(
        &self,
        text: &str,
        stretch: &mut Stretch,
        wanted: &[bool],
        missing: &Missing,
    ) -> Result<(), Fault> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let ended = end_of_line(bytes, at);
            if ended > at {
                at = ended;
                stretch.n_lines += 1;
                continue;
            }
            let start = at;
            at = self.plain_row(text, start, stretch, wanted, missing)?;
            let limit = Options::default().max_row_bytes;
            if at - start > limit {
                return Err((stretch.n_lines, RowFault::TooLong { limit }));
            }
            stretch.n_rows += 1;
            stretch.n_lines += u64::from(at > start && bytes[at - 1] == b'\n');
        }
        Ok(())
    }

    /// Puts the cells of the line at a place into their columns; gives the place behind it.
    fn plain_row(
        &self,
        text: &str,
        start: usize,
        stretch: &mut Stretch,
        wanted: &[bool],
        missing: &Missing,
    ) -> Result<usize, Fault> {
        let bytes = text.as_bytes();
        let (mut at, mut next) = (start, 0);
        for (index, wanted) in wanted.iter().enumerate() {
            if index > 0 {
                if bytes.get(at) != Some(&self.delimiter) {
                    let fault = RowFault::Cells { found: index, expected: self.width };
                    return Err((stretch.n_lines, fault));
                }
                at += 1;
            }
            if !*wanted {
                at = self.end_of_cell(bytes, at);
                continue;
            }
            let column = &mut stretch.columns[next];
            next += 1;
            if column.takes_plain_numbers()
                && let Some((number, length)) = decimal::leading(&bytes[at..])
                && self.ends_cell(bytes, at + length)
            {
                column.push_plain(number, missing);
                at += length;
                continue;
            }
            let end = self.end_of_cell(bytes, at);
            column.push(stretch.n_rows, &text[at..end], missing);
            at = end;
        }
        if bytes.get(at) == Some(&self.delimiter) {
            at = self.blank_rest(text, at).map_err(|fault| (stretch.n_lines, fault))?;
        }
        Ok(end_of_line(bytes, at))
    }

    /// Where the blank cells behind the last column end; a fault where they are not blank.
    fn blank_rest(&self, text: &str, at: usize) -> Result<usize, RowFault> {
        let end = memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length);
        let rest = text[at..end].trim_end_matches('\r');
        let delimiter = char::from(self.delimiter);
        if rest.split(delimiter).any(|cell| !cell.trim().is_empty()) {
            let found = self.width + rest.matches(delimiter).count();
            return Err(RowFault::Cells { found, expected: self.width });
        }
        Ok(at + rest.len())
    }

    /// Where the cell at a place ends: before the delimiter, or the end of the line.
    fn end_of_cell(&self, bytes: &[u8], at: usize) -> usize {
        let found = memchr2(self.delimiter, b'\n', &bytes[at..]);
        let mut end = found.map_or(bytes.len(), |length| at + length);
        if bytes.get(end) != Some(&self.delimiter) {
            while end > at && bytes[end - 1] == b'\r' {
                end -= 1;
            }
        }
        end
    }

    /// Whether a cell ends at a place.
    fn ends_cell(&self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at).is_none_or(|byte| *byte == self.delimiter || *byte == b'\n')
            || end_of_line(bytes, at) > at
    }

    /// Puts the cells of a record into their columns.
    fn row(
        &self,
        record: &str,
        stretch: &mut Stretch,
        wanted: &[bool],
        missing: &Missing,
    ) -> Result<(), Fault> {
        let (mut rest, mut n_cells, mut next) = (Some(record), 0, 0);
        while let Some(text) = rest {
            let (cell, behind) = self.cell(text);
            if let Some(true) = wanted.get(n_cells) {
                let column = &mut stretch.columns[next];
                match cell {
                    Cell::Plain(cell) => column.push(stretch.n_rows, cell, missing),
                    Cell::Quoted(cell) => column.push_text(stretch.n_rows, &cell, missing),
                }
                next += 1;
            } else if n_cells >= self.width && !cell.is_blank() {
                n_cells += 1 + behind
                    .map_or(0, |text| text.matches(char::from(self.delimiter)).count() + 1);
                let fault = RowFault::Cells { found: n_cells, expected: self.width };
                return Err((stretch.n_lines, fault));
            }
            n_cells += 1;
            rest = behind;
        }
        if n_cells < self.width {
            let fault = RowFault::Cells { found: n_cells, expected: self.width };
            return Err((stretch.n_lines, fault));
        }
        Ok(())
    }

    /// The first cell of a record, and what is behind its delimiter.
    fn cell<'t>(&self, text: &'t str) -> (Cell<'t>, Option<&'t str>) {
        let bytes = text.as_bytes();
        if bytes.first() == Some(&b'"') {
            return self.quoted(text);
        }
        match memchr(self.delimiter, bytes) {
            Some(at) => (Cell::Plain(&text[..at]), Some(&text[at + 1..])),
            None => (Cell::Plain(text), None),
        }
    }

    /// The first cell of a record, which begins with a quote. Two quotes inside are one; what stands behind the
    /// closing quote belongs to the cell.
    fn quoted<'t>(&self, text: &'t str) -> (Cell<'t>, Option<&'t str>) {
        let mut cell = String::new();
        let mut rest = &text[1..];
        loop {
            let Some(at) = memchr(b'"', rest.as_bytes()) else {
                cell.push_str(rest);
                return (Cell::Quoted(cell), None);
            };
            cell.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('"') {
                cell.push('"');
                rest = behind;
                continue;
            }
            let end = memchr(self.delimiter, rest.as_bytes());
            cell.push_str(&rest[..end.unwrap_or(rest.len())]);
            return (Cell::Quoted(cell), end.map(|at| &rest[at + 1..]));
        }
    }

    /// Line of a row, from 0.
    fn line_of_row(&self, row: usize, start: usize, line: u64) -> u64 {
        let (mut at, mut line, mut rows) = (start, line, 0);
        while at < self.bytes.len() {
            let end = self.end_of_record(at);
            let is_row = !self.bytes[at..end].trim_ascii().is_empty();
            if is_row && rows == row {
                break;
            }
            rows += usize::from(is_row);
            line += count_lines(&self.bytes[at..end]);
            at = end;
        }
        line
    }
}

/// A cell of a record.
enum Cell<'t> {
    Plain(&'t str),
    Quoted(String),
}

impl Cell<'_> {
    fn is_blank(&self) -> bool {
        match self {
            Self::Plain(text) => text.trim().is_empty(),
            Self::Quoted(text) => text.trim().is_empty(),
        }
    }
}

/// Where the first record of a text ends.
fn end_in(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut quoted = false;
    for at in memchr2_iter(b'"', b'\n', bytes) {
        match bytes[at] {
            b'"' => quoted = !quoted,
            _ if !quoted => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// Where the next line begins, if the one at hand ends at a place: behind its carriage returns and line feed. The same
/// place where it does not end there.
fn end_of_line(bytes: &[u8], at: usize) -> usize {
    let returns = bytes[at.min(bytes.len())..].iter().take_while(|byte| **byte == b'\r').count();
    match bytes.get(at + returns) {
        Some(b'\n') => at + returns + 1,
        None => at + returns,
        Some(_) => at,
    }
}

/// About how many rows a text has, by its first; each has a byte for each of its columns at least.
fn rows_in(text: &str, width: usize) -> usize {
    let first = memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
    text.len() / first.max(width).max(1) + 1
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
