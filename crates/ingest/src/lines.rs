//! Lines of a text, read in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use crate::source::Input;

/// What the next line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Line,
    /// A line longer than the limit, of which only the start is kept.
    TooLong,
    End,
}

/// Splits a text into lines.
pub(crate) struct Lines<R = Input> {
    input: BufReader<R>,
    limit: usize,
    bytes: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Reads `input`; of a line longer than `limit` bytes no more is kept in memory.
    pub(crate) fn new(input: R, limit: usize) -> Self {
        let input = BufReader::with_capacity(256 << 10, input);
        Self { input, limit, bytes: Vec::new(), number: 0 }
    }

    /// Moves to the next line that is not blank.
    pub(crate) fn advance(&mut self) -> io::Result<Found> {
        loop {
            let found = self.advance_any()?;
            if found != Found::Line || !self.text().is_empty() {
                return Ok(found);
            }
        }
    }

    fn advance_any(&mut self) -> io::Result<Found> {
        self.bytes.clear();
        self.number += 1;
        let room = self.limit as u64 + 1;
        let read = (&mut self.input).take(room).read_until(b'\n', &mut self.bytes)?;
        if read == 0 {
            return Ok(Found::End);
        }
        let ended = self.bytes.last() == Some(&b'\n');
        if ended || self.bytes.len() <= self.limit {
            return Ok(Found::Line);
        }
        self.input.skip_until(b'\n')?;
        Ok(Found::TooLong)
    }

    /// The line at hand without space around it and without a byte-order mark.
    pub(crate) fn text(&self) -> &[u8] {
        let text = match self.number {
            1 => self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes),
            _ => &self.bytes,
        };
        text.trim_ascii()
    }

    /// Number of the line at hand, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}
