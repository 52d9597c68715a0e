//! The right options of items.

mod fault;
mod of_log;
mod right;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cell::Cell;
use crate::error::Error;
use crate::field::normalised;
use crate::format::Opened;
use crate::grid::{Advance, Grid};
use crate::options::Options;

pub use fault::{BadKey, KeyFault, RowsDiffer};
pub(crate) use of_log::KeyedLog;
use right::is_option;
pub(crate) use right::{Right, is_as_written, is_right};

/// The right options of every item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Key {
    path: PathBuf,
    by_item: BTreeMap<Box<str>, Entry>,
}

/// What a key says of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    right: Right,
    /// As it is written.
    text: Box<str>,
    /// Where, for people.
    place: Box<str>,
}

/// Names of the column of right options, best first.
const OPTION_NAMES: &[&str] = &[
    "key",
    "answerkey",
    "correctanswer",
    "correctoption",
    "correctresponse",
    "rightanswer",
    "정답",
    "answer",
    "option",
];
/// Names of the column of items, best first.
const ITEM_NAMES: &[&str] = &[
    "itemid",
    "questionid",
    "problemid",
    "item",
    "question",
    "problem",
    "문항",
    "문항번호",
    "문제",
    "번호",
    "id",
];

/// A cell of a key, which may be a date: spreadsheets make one of `1/2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyCell {
    Text(String),
    Date(String),
}

impl KeyCell {
    /// A cell of a grid; `None` where it holds nothing that can be read.
    fn of(cell: Cell<'_>) -> Option<Self> {
        let mut text = String::new();
        cell.append_id(&mut text).ok()?;
        let is_time = matches!(cell, Cell::Time(_));
        let cell = if is_time { Self::Date } else { Self::Text };
        (!text.is_empty()).then_some(text).map(cell)
    }
}

impl Key {
    /// Reads a table of items and right options. Their columns are known by their names, as `item` and `key`;
    /// of a table with two columns the first is the item.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let file = Opened::open(path, &Options::default())?;
        let (mut grid, headers) = file.table(&Options::default())?;
        let named = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| headers.iter().position(|header| normalised(header) == *name))
        };
        let columns = match (named(ITEM_NAMES), named(OPTION_NAMES)) {
            (Some(item), Some(option)) => Some((item, option)),
            _ => (headers.len() == 2).then_some((0, 1)),
        };
        let Some((item, option)) = columns else {
            return Err(Error::NoKeyColumns { path: path.to_owned(), headers });
        };
        Self::of(path, &mut grid, item, option)
    }

    fn of(path: &Path, grid: &mut Grid, item: usize, option: usize) -> Result<Self, Error> {
        let mut key = Self { path: path.to_owned(), ..Self::default() };
        loop {
            match grid.advance()? {
                Advance::End => break,
                Advance::Rejected(_) => continue,
                Advance::Row => {}
            }
            let cell = |index| KeyCell::of(grid.cell(index).ok()?);
            let Some(KeyCell::Text(item)) = cell(item) else { continue };
            let Some(option) = cell(option) else { continue };
            let place = format!("line {}", grid.line());
            if let Some(before) = key.by_item.get(item.as_str()) {
                if matches!(&option, KeyCell::Text(text) if **text == *before.text) {
                    continue;
                }
                let (KeyCell::Text(text) | KeyCell::Date(text)) = option;
                let options = [before.text.clone().into(), text];
                return Err(Error::KeyConflict { path: path.to_owned(), item, options });
            }
            key.put(&item, &option, place)?;
        }
        if key.by_item.is_empty() {
            return Err(Error::NoRows { path: path.to_owned() });
        }
        Ok(key)
    }

    /// A key without any item, in a file.
    pub(crate) fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// Says what is right of an item; `place`: where that is written.
    ///
    /// # Errors
    /// [`Error::BadKey`] where it does not say which option is right.
    pub(crate) fn put(&mut self, item: &str, cell: &KeyCell, place: String) -> Result<(), Error> {
        let (text, right) = match cell {
            KeyCell::Date(text) => (text, Err(KeyFault::Date)),
            KeyCell::Text(text) => (text, Right::of(text).map_err(|_| KeyFault::Unclear)),
        };
        let bad = |fault| self.bad(item, text, &place, fault);
        let right = right.map_err(bad)?;
        self.by_item
            .insert(item.into(), Entry { right, text: text.as_str().into(), place: place.into() });
        Ok(())
    }

    fn bad(&self, item: &str, value: &str, place: &str, fault: KeyFault) -> Error {
        let bad = BadKey {
            place: place.to_owned(),
            item: item.to_owned(),
            value: value.to_owned(),
            fault,
        };
        Error::BadKey { path: self.path.clone(), key: Box::new(bad) }
    }

    /// What is right of an item.
    pub(crate) fn right(&self, item: &str) -> Option<&Right> {
        self.by_item.get(item).map(|entry| &entry.right)
    }

    /// Whether it has an item.
    pub(crate) fn has(&self, item: &str) -> bool {
        self.by_item.contains_key(item)
    }

    /// Holds what was chosen of an item against the key: a text with a sign between options that most chose as it
    /// stands is one option.
    ///
    /// # Errors
    /// [`Error::BadKey`] where the key has a text that nobody wrote, and everybody chose a letter or a number.
    pub(crate) fn settle<'a>(
        &mut self,
        item: &str,
        chosen: impl Iterator<Item = &'a str>,
    ) -> Result<(), Error> {
        const MOST_NAMED: usize = 6;
        let Some(entry) = self.by_item.get_mut(item) else { return Ok(()) };
        let in_words = entry.right.is_in_words();
        if !in_words && !entry.right.is_several() {
            return Ok(());
        }
        let whole = Right::Any(vec![entry.text.clone()]);
        let (mut as_it_stands, mut one_of_them, mut others) = (0_u64, 0_u64, Vec::new());
        for cell in chosen {
            if whole.has(cell) {
                as_it_stands += 1;
            } else if entry.right.has(cell) {
                one_of_them += 1;
            } else if !others.contains(&cell) && others.len() <= MOST_NAMED {
                others.push(cell);
            }
        }
        if !in_words {
            if as_it_stands > one_of_them && entry.right != Right::Everything {
                entry.right = whole;
            }
            return Ok(());
        }
        let are_options = !others.is_empty() && others.iter().all(|cell| is_option(cell));
        if as_it_stands > 0 || !are_options {
            return Ok(());
        }
        others.sort_unstable();
        let fault = KeyFault::NotChosen { chosen: others.join(", ") };
        let (text, place) = (entry.text.clone(), entry.place.clone());
        Err(self.bad(item, &text, &place, fault))
    }

    /// What to say of items with more than one right option.
    pub(crate) fn note(&self) -> Option<String> {
        const MOST: usize = 10;
        let several: Vec<_> =
            self.by_item.iter().filter(|(_, entry)| entry.right.is_several()).collect();
        let named: Vec<String> = several
            .iter()
            .take(MOST)
            .map(|(item, entry)| format!("{item} ({})", entry.right.shown()))
            .collect();
        let more = several.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!named.is_empty())
            .then(|| format!("items with more than one right option: {}{more}", named.join(", ")))
    }
}
