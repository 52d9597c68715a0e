//! Rows of JSON Lines files.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use serde::de::DeserializeSeed;

use crate::batch::Batch;
use crate::columns::Columns;
use crate::error::Error;
use crate::field::Field;
use crate::json_object::{JsonRow, RowSeed};
use crate::lines::{Found, Lines};
use crate::options::Options;
use crate::reject::{RejectReason, shortened_bytes};
use crate::source::{Source, stream_error};

/// Reads one answer a line.
pub(crate) struct JsonRows {
    path: PathBuf,
    lines: Lines,
    keys: Keys,
    require_time: bool,
    rows: u64,
}

/// What the keys met so far mean.
struct Keys {
    fields: HashMap<Box<str>, Option<Field>>,
    matched: HashSet<Field>,
}

impl JsonRows {
    pub(crate) fn open(source: Source, options: &Options) -> Result<(Self, Columns), Error> {
        let path = source.path().to_owned();
        let headers = keys_of(source.head());
        if headers.is_empty() {
            let found = "text that starts like JSON but has no object on its first lines";
            return Err(Error::NotJsonLines { path, found });
        }
        let columns = Columns::find(headers, &options.map, &path)?;
        columns.require(options.required_fields(), &path)?;
        let keys = Keys::of(&columns);
        let lines = Lines::new(source.into_input(), options.max_row_bytes);
        let rows = Self { path, lines, keys, require_time: options.require_time, rows: 0 };
        Ok((rows, columns))
    }

    /// Adds rows to `batch` until it holds `rows` of them or the file ends.
    pub(crate) fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<(), Error> {
        while !batch.is_full(rows) {
            let found = self.lines.advance().map_err(|e| stream_error(&self.path, self.rows, e))?;
            match found {
                Found::End => break,
                Found::Line => self.push_line(batch),
                Found::TooLong => self.reject(batch, RejectReason::LineTooLong),
            }
        }
        Ok(())
    }

    fn push_line(&mut self, batch: &mut Batch) {
        self.rows += 1;
        let Ok(text) = std::str::from_utf8(self.lines.text()) else {
            return self.reject(batch, RejectReason::BadEncoding);
        };
        let keys = &mut self.keys;
        let Some(row) = parse(text, |key| keys.field(key)) else {
            return self.reject(batch, RejectReason::BadJson);
        };
        match row.cells() {
            Ok(cells) => batch.push(self.lines.number(), &cells, self.require_time),
            Err((reason, value)) => batch.reject(self.lines.number(), reason, value.to_owned()),
        }
    }

    fn reject(&self, batch: &mut Batch, reason: RejectReason) {
        batch.reject(self.lines.number(), reason, shortened_bytes(self.lines.text()));
    }
}

impl Keys {
    /// Keys that are remembered; objects whose keys are data would fill the memory.
    const MOST: usize = 10_000;

    fn of(columns: &Columns) -> Self {
        let mut fields: HashMap<Box<str>, Option<Field>> =
            columns.headers().iter().map(|key| (key.as_str().into(), None)).collect();
        let mut matched = HashSet::new();
        for (field, key) in columns.matched() {
            fields.insert(key.into(), Some(field));
            matched.insert(field);
        }
        Self { fields, matched }
    }

    /// What `key` means. A key that the first lines did not have gets its field if no other key has
    /// it already.
    fn field(&mut self, key: &str) -> Option<Field> {
        if let Some(field) = self.fields.get(key) {
            return *field;
        }
        if self.fields.len() >= Self::MOST {
            return None;
        }
        let field = Field::from_alias(key).map(|(field, _)| field);
        let field = field.filter(|&field| field != Field::Group && self.matched.insert(field));
        self.fields.insert(key.into(), field);
        field
    }
}

fn parse(text: &str, field_of: impl FnMut(&str) -> Option<Field>) -> Option<JsonRow<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let row = RowSeed(field_of).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(row)
}

/// Keys of the objects in the first bytes of a file, in order of appearance.
fn keys_of(head: &[u8]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut lines = Lines::new(head, head.len());
    while let Ok(Found::Line) = lines.advance() {
        let Ok(text) = std::str::from_utf8(lines.text()) else { continue };
        parse(text, |key| {
            if seen.insert(key.to_owned()) {
                keys.push(key.to_owned());
            }
            None
        });
    }
    keys
}
