//! The right options of a table with one answer a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Key, KeyCell};
use crate::columns::Columns;
use crate::error::Error;
use crate::field::Field;
use crate::grid::Sample;
use crate::options::Options;

/// A table with one answer a row, as far as right options go.
pub(crate) struct KeyedLog<'a> {
    pub(crate) path: &'a Path,
    pub(crate) columns: &'a Columns,
    pub(crate) sample: &'a Sample,
    pub(crate) options: &'a Options,
}

impl KeyedLog<'_> {
    /// The columns of the items and of what was chosen, where that is what says which answers were right.
    fn item_and_answer(&self) -> Option<(usize, usize)> {
        let at = self.columns.index(Field::Item).zip(self.columns.index(Field::Answer));
        at.filter(|_| !self.columns.has(Field::Correct))
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        self.sample.column(column).cell(row)
    }

    /// A key that was held against what was chosen.
    ///
    /// # Errors
    /// As [`Key::settle`].
    pub(crate) fn settled(&self, key: &Key) -> Result<Key, Error> {
        let mut key = key.clone();
        let Some((item, answer)) = self.item_and_answer() else { return Ok(key) };
        let mut chosen: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in 0..self.sample.n_rows() {
            let cell = self.cell(row, answer);
            if !self.options.missing.is_value(cell) {
                chosen.entry(self.cell(row, item)).or_default().push(cell);
            }
        }
        for (item, chosen) in chosen {
            key.settle(item, chosen.into_iter())?;
        }
        Ok(key)
    }

    /// What the column of right options says of each item; empty where there is none.
    ///
    /// # Errors
    /// [`Error::BadKey`] for a cell that does not say which option is right.
    pub(crate) fn own_key(&self) -> Result<Key, Error> {
        let mut key = Key::empty(self.path);
        let at = self.item_and_answer().zip(self.columns.index(Field::Key));
        let Some(((item, _), option)) = at else { return Ok(key) };
        let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
        for row in 0..self.sample.n_rows() {
            let (of, text) = (self.cell(row, item), self.cell(row, option));
            if self.options.missing.is_word(text) || !seen.insert((of, text)) {
                continue;
            }
            key.put(of, &KeyCell::Text(text.to_owned()), self.sample.place(row))?;
        }
        Ok(key)
    }
}
