//! Records of delimited text, found in bounded memory.

use std::io::{self, Read};

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter, memchr3};

use crate::source::Input;

const CHUNK: usize = 256 << 10;

/// What the next stretch of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Record,
    /// A record that has not ended within the limit.
    TooLong,
    End,
}

/// Splits delimited text (RFC 4180) into records.
///
/// The bytes of the record at hand are kept, so that after a quote that nobody closed reading can
/// go on at the next line instead of swallowing the rest of the file.
pub(crate) struct Records<R = Input> {
    input: R,
    parser: csv_core::Reader,
    limit: usize,
    raw: Vec<u8>,
    /// The same as a text, where all of it is at hand and is one: its cells need no look of their own.
    text: Option<String>,
    /// Start of the record at hand, the first byte not yet parsed, and the end of what was read.
    start: usize,
    parsed: usize,
    filled: usize,
    input_ended: bool,
    fields: Vec<u8>,
    ends: Vec<usize>,
    n_fields: usize,
    delimiter: u8,
    /// Whether the cells of the record at hand are read where they stand, `ends` being those in `raw`.
    in_place: bool,
    /// Whether a record was parsed: the first may have a mark before it.
    has_begun: bool,
    /// Line of the byte at `start`, from 1.
    line: u64,
    /// What ends a line: the line feed, or the carriage return of files from an old Mac.
    newline: u8,
}

/// What is left of a text behind the records that were parsed.
pub(crate) struct Rest {
    /// Bytes that were read, the beginning of a line.
    pub(crate) bytes: Vec<u8>,
    /// The input behind them.
    pub(crate) input: Input,
    /// Line on which the bytes begin, from 1.
    pub(crate) line: u64,
    /// What parts the cells.
    pub(crate) delimiter: u8,
    /// Longest record that is kept, in bytes.
    pub(crate) limit: usize,
    /// Whether lines end with a line feed.
    pub(crate) has_line_feeds: bool,
}

impl Records {
    /// The text behind the record at hand.
    pub(crate) fn into_rest(mut self) -> Rest {
        let line =
            self.line + if self.in_place { 1 } else { self.count_lines(self.start, self.parsed) };
        self.raw.truncate(self.filled);
        self.raw.drain(..self.parsed);
        let input = if self.input_ended { Input::empty() } else { self.input };
        Rest {
            bytes: self.raw,
            input,
            line,
            delimiter: self.delimiter,
            limit: self.limit,
            has_line_feeds: self.newline == b'\n',
        }
    }

    /// The records of such a text of which all bytes are at hand.
    pub(crate) fn of_whole(rest: Rest) -> Self {
        let text = String::from_utf8(rest.bytes.clone()).ok();
        Self { text, input_ended: true, ..Self::of_rest(rest) }
    }

    /// The records of such a text.
    pub(crate) fn of_rest(rest: Rest) -> Self {
        let mut records = Self::new(rest.input, rest.delimiter, rest.limit);
        records.filled = rest.bytes.len();
        records.raw = rest.bytes;
        records.line = rest.line;
        records.has_begun = true;
        if !rest.has_line_feeds {
            records.newline = b'\r';
        }
        records
    }
}

impl<R: Read> Records<R> {
    /// Reads `input`; a record longer than `limit` bytes is not kept in memory.
    pub(crate) fn new(input: R, delimiter: u8, limit: usize) -> Self {
        Self {
            input,
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            limit,
            raw: vec![0; CHUNK],
            text: None,
            start: 0,
            parsed: 0,
            filled: 0,
            input_ended: false,
            fields: vec![0; 4096],
            ends: vec![0; 64],
            n_fields: 0,
            delimiter,
            in_place: false,
            has_begun: false,
            line: 1,
            newline: b'\n',
        }
    }

    /// The same with lines that end where `sample`, the start of the text, says.
    pub(crate) fn with_lines_of(mut self, sample: &[u8]) -> Self {
        if !sample.contains(&b'\n') && sample.contains(&b'\r') {
            self.newline = b'\r';
        }
        self
    }

    /// Moves to the next record.
    pub(crate) fn advance(&mut self) -> io::Result<Found> {
        self.line += if self.in_place { 1 } else { self.count_lines(self.start, self.parsed) };
        self.start = self.parsed;
        self.n_fields = 0;
        self.in_place = self.split_in_place();
        if self.in_place {
            let is_long = self.parsed - self.start > self.limit;
            return Ok(if is_long { Found::TooLong } else { Found::Record });
        }
        let mut written = 0;
        loop {
            if self.parsed == self.filled && !self.input_ended {
                if self.parsed - self.start > self.limit {
                    return Ok(Found::TooLong);
                }
                self.fill()?;
            }
            let (result, consumed, wrote, ended) = self.parser.read_record(
                &self.raw[self.parsed..self.filled],
                &mut self.fields[written..],
                &mut self.ends[self.n_fields..],
            );
            self.parsed += consumed;
            written += wrote;
            self.n_fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.fields.resize(2 * self.fields.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::Record if self.parsed - self.start > self.limit => {
                    return Ok(Found::TooLong);
                }
                ReadRecordResult::Record => {
                    self.has_begun = true;
                    self.skip_blank_lines();
                    return Ok(Found::Record);
                }
                ReadRecordResult::End => return Ok(Found::End),
            }
        }
    }

    /// Parts the next line into cells where they stand, if it is at hand whole and has neither quotes nor line breaks
    /// of another kind, as nearly every line; `false` leaves it to the parser.
    fn split_in_place(&mut self) -> bool {
        if !self.has_begun || self.newline != b'\n' {
            return false;
        }
        let is_blank = |byte: &&u8| matches!(**byte, b'\n' | b'\r');
        let blank = self.raw[self.parsed..self.filled].iter().take_while(is_blank).count();
        let text = &self.raw[self.parsed + blank..self.filled];
        let Some(length) = memchr3(b'\n', b'"', b'\r', text) else { return false };
        let behind = match text[length] {
            b'\n' => length + 1,
            b'\r' if text.get(length + 1) == Some(&b'\n') => length + 2,
            _ => return false,
        };
        for end in memchr_iter(self.delimiter, &text[..length]).chain([length]) {
            if self.n_fields == self.ends.len() {
                self.ends.resize(2 * self.n_fields, 0);
            }
            self.ends[self.n_fields] = end;
            self.n_fields += 1;
        }
        self.line += self.count_lines(self.parsed, self.parsed + blank);
        self.start = self.parsed + blank;
        self.parsed = self.start + behind;
        true
    }

    /// Goes back to the end of the first line of the record at hand, which then is read as if that
    /// line were not there.
    pub(crate) fn skip_first_line(&mut self) -> io::Result<()> {
        if !self.in_place {
            self.skip_blank_lines();
        }
        self.in_place = false;
        self.parser.reset();
        loop {
            if let Some(length) = self.position_of_newline(&self.raw[self.start..self.filled]) {
                self.parsed = self.start + length + 1;
                return Ok(());
            }
            self.start = self.filled;
            self.parsed = self.filled;
            if self.fill()? == 0 {
                return Ok(());
            }
        }
    }

    /// Line on which the record at hand starts.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Number of cells of the record at hand.
    pub(crate) fn n_fields(&self) -> usize {
        self.n_fields
    }

    /// A cell of the record at hand, where it is known to be a text; `None` leaves that to be found out.
    #[inline]
    pub(crate) fn text(&self, index: usize) -> Option<&str> {
        let text = self.text.as_ref().filter(|_| self.in_place)?;
        let end = *self.ends[..self.n_fields].get(index)?;
        let from = if index == 0 { 0 } else { self.ends[index - 1] + 1 };
        text.get(self.start + from..self.start + end)
    }

    /// A cell of the record at hand, unquoted. Empty beyond the last cell.
    pub(crate) fn field(&self, index: usize) -> &[u8] {
        if index >= self.n_fields {
            return &[];
        }
        if self.in_place {
            let from = if index == 0 { 0 } else { self.ends[index - 1] + 1 };
            return &self.raw[self.start + from..self.start + self.ends[index]];
        }
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.fields[start..self.ends[index]]
    }

    /// The record at hand as the file writes it, or its first bytes if it is too long.
    pub(crate) fn raw(&self) -> &[u8] {
        self.raw[self.start..self.parsed].trim_ascii_end()
    }

    /// Whether nothing follows the record at hand.
    pub(crate) fn at_end(&self) -> bool {
        self.input_ended && self.parsed == self.filled
    }

    /// Whether the record at hand goes over the end of a line.
    pub(crate) fn spans_lines(&self) -> bool {
        self.position_of_newline(self.raw()).is_some()
    }

    /// Whether a quote that nobody closed made one record of several lines. In the last column their number of cells
    /// does not tell.
    pub(crate) fn leaves_quote_open(&self) -> bool {
        !self.in_place && self.spans_lines() && !closes_quotes(self.raw(), self.delimiter)
    }

    /// Moves `start` over the empty lines before a record, and the line feed that the parser leaves
    /// after a carriage return.
    fn skip_blank_lines(&mut self) {
        let blank = |byte: &&u8| matches!(**byte, b'\n' | b'\r');
        let skipped = self.raw[self.start..self.parsed].iter().take_while(blank).count();
        self.line += self.count_lines(self.start, self.start + skipped);
        self.start += skipped;
    }

    /// Reads more input behind what is there, making room first.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.raw.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.parsed -= self.start;
            self.start = 0;
        }
        if self.filled == self.raw.len() {
            self.raw.resize(2 * self.raw.len(), 0);
        }
        let read = loop {
            match self.input.read(&mut self.raw[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.filled += read;
        self.input_ended = read == 0;
        Ok(read)
    }

    fn position_of_newline(&self, bytes: &[u8]) -> Option<usize> {
        memchr(self.newline, bytes)
    }

    fn count_lines(&self, from: usize, to: usize) -> u64 {
        memchr_iter(self.newline, &self.raw[from..to]).count() as u64
    }
}

/// Whether line feeds of a record are in quoted cells alone, and nothing but blanks stands between the quote that
/// closes one and the next cell. A quote that nobody closed reaches to the next quote of the file, or to its end.
pub(crate) fn closes_quotes(record: &[u8], delimiter: u8) -> bool {
    let mut at = 0;
    while at < record.len() {
        if record[at] == b'"' {
            let Some(behind) = behind_closing_quote(record, at + 1) else { return false };
            at = behind + record[behind..].iter().take_while(|byte| **byte == b' ').count();
            if record.get(at).is_some_and(|byte| *byte != delimiter) {
                return false;
            }
        } else {
            let end = memchr(delimiter, &record[at..]).map_or(record.len(), |length| at + length);
            if memchr(b'\n', &record[at..end]).is_some() {
                return false;
            }
            at = end;
        }
        at += 1;
    }
    true
}

/// The place behind the quote that closes a cell, from a place inside it; two quotes together are one of the cell.
fn behind_closing_quote(record: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr(b'"', record.get(at..)?)? + 1;
        if record.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text.as_bytes(), b',', 1 << 20);
        let mut rows = Vec::new();
        while records.advance().unwrap() == Found::Record {
            let cell = |index| String::from_utf8(records.field(index).to_vec()).unwrap();
            rows.push((records.line(), (0..records.n_fields()).map(cell).collect()));
        }
        rows
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n", "\n\n", "\r\n\r\n"] {
            let text = ["a,b", "1,2", "\"x\ny\",z", "3,", ",4"].join(end) + end;
            let found = rows(&text);
            let step = end.matches('\n').count() as u64;
            let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
            let expected = [1, 1 + step, 1 + 2 * step, 2 + 3 * step, 2 + 4 * step];
            assert_eq!(lines, expected, "{end:?}");
            assert_eq!(found[2].1, ["x\ny", "z"]);
            assert_eq!(found[4].1, ["", "4"]);
        }
    }

    #[test]
    fn a_quote_that_nobody_closed_is_told_from_a_cell_over_two_lines() {
        for (record, closes) in [
            ("a,\"x\ny\"", true),
            ("\"x \"\"y\"\"\nz\" ,b", true),
            ("5\",\"x\ny\",", true),
            ("a,\"x\nb,y", false),
            ("a,\"x\nb,\"y\"", false),
            ("a,\"x\nb,\"\"", false),
            ("a,5\" x\nb,y", false),
        ] {
            assert_eq!(closes_quotes(record.as_bytes(), b','), closes, "{record:?}");
        }
    }

    proptest! {
        /// Cells that are read where they stand are those of the parser.
        #[test]
        fn records_are_those_of_the_parser(text in "([a1,]{0,6}(\n|\r\n|\r|\"|\"\"|,)){0,40}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            let found: Vec<Vec<String>> = rows(&text).into_iter().map(|(_, row)| row).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
