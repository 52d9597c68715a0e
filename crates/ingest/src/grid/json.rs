//! Tables of flat JSON objects.

use std::collections::HashMap;
use std::path::PathBuf;

use super::json_object::Values;
use super::sample::Sample;
use super::{Advance, Rejected};
use crate::cell::Cell;
use crate::error::Error;
use crate::json_texts::{JsonShape, JsonTexts, first_objects};
use crate::lines::Found;
use crate::options::Options;
use crate::reject::{RejectReason, shortened_bytes};
use crate::source::{Source, stream_error};

/// One object a row; its keys are the columns.
pub(crate) struct JsonGrid {
    path: PathBuf,
    texts: JsonTexts,
    /// The column of every key; `None` for those that nobody reads.
    columns: HashMap<Box<str>, Option<usize>>,
    /// Keys that the first objects did not have, in the order of their columns.
    late: Vec<String>,
    n_first: usize,
    values: Values,
    rows: u64,
}

impl JsonGrid {
    /// Keys that are remembered; objects whose keys are data would fill the memory.
    const MOST_KEYS: usize = 10_000;

    /// Finds the keys, and looks at the first objects.
    pub(crate) fn open(
        source: Source,
        shape: JsonShape,
        options: &Options,
    ) -> Result<(Self, Vec<String>, Sample), Error> {
        let path = source.path().to_owned();
        let mut columns: HashMap<Box<str>, Option<usize>> = HashMap::new();
        let mut headers: Vec<String> = Vec::new();
        let mut values = Values::default();
        let objects = first_objects(source.head(), shape);
        for (_, text) in &objects {
            values.read(text, |key| {
                if !columns.contains_key(key) && headers.len() < Self::MOST_KEYS {
                    columns.insert(key.into(), Some(headers.len()));
                    headers.push(key.to_owned());
                }
                None
            });
        }
        if headers.is_empty() {
            let found = "text that starts like JSON but has no object on its first lines";
            return Err(Error::NotJsonLines { path, found });
        }
        let mut sample = Sample::new(headers.len());
        for (line, text) in &objects {
            if sample.is_full() || !values.read(text, |key| columns.get(key).copied().flatten()) {
                continue;
            }
            sample.start_row(*line);
            for column in 0..headers.len() {
                super::push_sample(&mut sample, column, values.cell(column));
            }
        }
        let texts = JsonTexts::new(source.into_input(), shape, options.max_row_bytes);
        let (late, n_first) = (Vec::new(), headers.len());
        Ok((Self { path, texts, columns, late, n_first, values, rows: 0 }, headers, sample))
    }

    pub(crate) fn advance(&mut self) -> Result<Advance, Error> {
        let found = self.texts.advance().map_err(|e| stream_error(&self.path, self.rows, e))?;
        match found {
            Found::End => return Ok(Advance::End),
            Found::TooLong => return Ok(self.rejected(RejectReason::LineTooLong)),
            Found::Line => self.rows += 1,
        }
        let Self { texts, columns, late, values, n_first, .. } = self;
        let Ok(text) = std::str::from_utf8(texts.text()) else {
            return Ok(self.rejected(RejectReason::BadEncoding));
        };
        let column_of = |key: &str| {
            if let Some(column) = columns.get(key) {
                return *column;
            }
            if columns.len() >= Self::MOST_KEYS {
                return None;
            }
            let column = *n_first + late.len();
            columns.insert(key.into(), Some(column));
            late.push(key.to_owned());
            Some(column)
        };
        if values.read(text, column_of) {
            return Ok(Advance::Row);
        }
        Ok(self.rejected(RejectReason::BadJson))
    }

    /// Reads only these columns, and keys that come later.
    pub(crate) fn select(&mut self, wanted: &[usize]) {
        for column in self.columns.values_mut() {
            *column = column.filter(|column| wanted.contains(column));
        }
    }

    fn rejected(&self, reason: RejectReason) -> Advance {
        let value = shortened_bytes(self.texts.text());
        Advance::Rejected(Rejected { line: self.texts.number(), reason, value })
    }

    pub(crate) fn line(&self) -> u64 {
        self.texts.number()
    }

    pub(crate) fn cell(&self, index: usize) -> Result<Cell<'_>, RejectReason> {
        self.values.cell(index)
    }

    /// Keys met since `known` of them, with their columns.
    pub(crate) fn late_since(&self, known: usize) -> impl Iterator<Item = (&str, usize)> {
        let numbered = self.late.iter().enumerate().skip(known);
        numbered.map(|(at, key)| (key.as_str(), self.n_first + at))
    }
}
