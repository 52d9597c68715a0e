//! A delimited text whose lines are read in stretches, on all threads.

use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memchr2_iter, memrchr};
use rayon::prelude::*;

use crate::batch::Batch;
use crate::error::Error;
use crate::grid::TextGrid;
use crate::options::Options;
use crate::record::Rest;
use crate::source::Input;
use crate::table_rows::{Plan, TableRows};

/// Bytes that are read together; a text with fewer is read on the calling thread.
const WINDOW: usize = 1 << 20;
/// Bytes that one thread reads at a time: their rows stay in its cache.
const STRETCH: usize = 1 << 17;

/// A text whose rows do not depend on each other, read window by window.
pub(crate) struct Divided {
    plan: Arc<Plan>,
    path: PathBuf,
    /// Cells of a row.
    width: usize,
    rest: Rest,
    /// Rows that were read.
    rows: u64,
    has_begun: bool,
    /// Whether nothing comes behind the bytes of the rest.
    has_ended: bool,
}

/// What the next window of a text is.
pub(crate) enum Window {
    /// Rows, in the order of the file.
    Rows,
    /// The end of the text.
    End,
    /// Something that only a look at one row after the other can make out: see [`Divided::undivided`].
    Undivided,
}

/// Lines that are read together, the first of them by its number.
struct Stretch {
    bytes: Range<usize>,
    line: u64,
}

impl Divided {
    /// The rows of a table behind the one at hand; the table as it was where a row depends on those before it.
    pub(crate) fn of(rows: TableRows) -> Result<Self, Box<TableRows>> {
        let (grid, plan) = rows.into_stretches()?;
        let (rest, width, path) = grid.into_rest();
        Ok(Self { plan, path, width, rest, rows: 0, has_begun: false, has_ended: false })
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The rows that were not read yet, one after the other.
    pub(crate) fn undivided(&mut self) -> TableRows {
        let Rest { delimiter, limit, line, has_line_feeds, .. } = self.rest;
        let nothing = Rest {
            bytes: Vec::new(),
            input: Input::empty(),
            line,
            delimiter,
            limit,
            has_line_feeds,
        };
        let rest = std::mem::replace(&mut self.rest, nothing);
        let grid = TextGrid::of_rest(rest, self.width, self.path.clone(), self.rows);
        TableRows::of_stretch(grid, Arc::clone(&self.plan))
    }

    /// Replaces the content of `batches` by the rows of the next window.
    ///
    /// # Errors
    /// When a row cannot be read at all.
    pub(crate) fn read(
        &mut self,
        batches: &mut Vec<Batch>,
        options: &Options,
    ) -> Result<Window, Error> {
        self.fill();
        let has_begun = std::mem::replace(&mut self.has_begun, true);
        if self.rest.bytes.is_empty() && self.has_ended {
            return Ok(Window::End);
        }
        let is_small = !has_begun && self.rest.bytes.len() < WINDOW;
        let end = self.end_of_lines().filter(|_| !is_small && self.rest.has_line_feeds);
        let Some(end) = end else { return Ok(Window::Undivided) };
        let (stretches, line) = self.stretches(end);
        batches.resize_with(stretches.len(), Batch::new);
        let Self { plan, path, width, rest, .. } = &*self;
        let Rest { bytes, delimiter, limit, .. } = rest;
        let (bytes, delimiter, limit) = (bytes.as_slice(), *delimiter, *limit);
        let read = |(batch, stretch): (&mut Batch, &Stretch)| {
            let rest = Rest {
                bytes: bytes[stretch.bytes.clone()].to_vec(),
                input: Input::empty(),
                line: stretch.line,
                delimiter,
                limit,
                has_line_feeds: true,
            };
            let grid = TextGrid::of_whole(rest, *width, path.clone());
            let mut rows = TableRows::of_stretch(grid, Arc::clone(plan));
            batch.clear();
            rows.read(batch, usize::MAX)?;
            batch.place_alone(&options.time_zone, options.latest);
            Ok(rows.text_rows())
        };
        let found: Vec<Result<u64, Error>> =
            batches.par_iter_mut().zip(&stretches).map(read).collect();
        for rows in found {
            self.rows += rows?;
        }
        self.rest.bytes.drain(..end);
        self.rest.line = line;
        Ok(Window::Rows)
    }

    /// Reads until there is a window or the text ends. A failure is left to who reads what came before it.
    fn fill(&mut self) {
        let Rest { bytes, input, .. } = &mut self.rest;
        let missing = WINDOW.saturating_sub(bytes.len());
        if self.has_ended || missing == 0 {
            return;
        }
        match input.take(missing as u64).read_to_end(bytes) {
            Ok(read) => self.has_ended = read < missing,
            Err(failure) => *input = Input::failing(failure),
        }
    }

    /// Where the last whole line ends. `None` where lines are no rows, as far as quotes tell, and where it cannot be told.
    fn end_of_lines(&self) -> Option<usize> {
        let bytes = &self.rest.bytes;
        if !self.has_ended && bytes.len() < WINDOW {
            return None;
        }
        let last = memrchr(b'\n', bytes).map(|at| at + 1);
        let end = if self.has_ended { bytes.len() } else { last? };
        if memchr(b'"', &bytes[..end]).is_none() {
            return Some(end);
        }
        let mut is_open = false;
        for at in memchr2_iter(b'"', b'\n', &bytes[..end]) {
            match bytes[at] {
                b'"' => is_open = !is_open,
                _ if is_open => return None,
                _ => {}
            }
        }
        (!is_open).then_some(end)
    }

    /// Parts the lines up to a place into stretches, and gives the line behind them.
    fn stretches(&self, end: usize) -> (Vec<Stretch>, u64) {
        let bytes = &self.rest.bytes[..end];
        let (mut from, mut line) = (0, self.rest.line);
        let mut stretches = Vec::with_capacity(end / STRETCH + 1);
        while from < end {
            let behind = bytes.get(from + STRETCH..).unwrap_or_default();
            let to = memchr(b'\n', behind).map_or(end, |at| from + STRETCH + at + 1);
            stretches.push(Stretch { bytes: from..to, line });
            line += memchr_iter(b'\n', &bytes[from..to]).count() as u64;
            from = to;
        }
        (stretches, line)
    }
}
