//! The right options of items.

use std::collections::HashMap;
use std::path::Path;

use crate::error::Error;
use crate::field::normalised;
use crate::format::Opened;
use crate::grid::{Advance, Grid};
use crate::identity::canonical;
use crate::options::Options;
use crate::scoring;

/// The right option of every item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Key {
    by_item: HashMap<Box<str>, Box<str>>,
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
        let mut key = Self::default();
        loop {
            match grid.advance()? {
                Advance::End => break,
                Advance::Rejected(_) => continue,
                Advance::Row => {}
            }
            let text = |index| {
                let mut text = String::new();
                let cell = grid.cell(index).ok()?;
                cell.append_id(&mut text).ok()?;
                (!text.is_empty()).then_some(text)
            };
            let (Some(item), Some(option)) = (text(item), text(option)) else { continue };
            if let Some(before) = key.by_item.insert(item.as_str().into(), option.as_str().into())
                && *before != *option
            {
                return Err(Error::KeyConflict {
                    path: path.to_owned(),
                    item,
                    options: [before.into(), option],
                });
            }
        }
        if key.by_item.is_empty() {
            return Err(Error::NoRows { path: path.to_owned() });
        }
        Ok(key)
    }

    /// A key from pairs of item and option.
    pub(crate) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self { by_item: pairs.map(|(item, option)| (item.into(), option.into())).collect() }
    }

    /// The right option of an item.
    pub(crate) fn option(&self, item: &str) -> Option<&str> {
        self.by_item.get(item).map(|option| &**option)
    }

    /// Whether it has an item.
    pub(crate) fn has(&self, item: &str) -> bool {
        self.by_item.contains_key(item)
    }
}

/// Whether an option is the right one: the same text whatever its case and brackets, the same number, or one
/// of those that the key has between `|`.
pub(crate) fn is_right(chosen: &str, key: &str) -> bool {
    key.split('|').any(|option| is_same(chosen, option))
}

fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (bare(one), bare(other));
    if one == other {
        return true;
    }
    match (scoring::number(&one), scoring::number(&other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.to_lowercase() == other.to_lowercase(),
    }
}

/// An option without brackets, a circled digit as the digit.
fn bare(option: &str) -> String {
    let option = canonical(option);
    let option = option.trim_matches(['(', ')', '[', ']', '.', ' ']);
    let mut characters = option.chars();
    match (characters.next(), characters.next()) {
        (Some(circled @ '①'..='⑳'), None) => {
            (u32::from(circled) - u32::from('①') + 1).to_string()
        }
        (Some(circled @ 'ⓐ'..='ⓩ'), None) => {
            char::from_u32(u32::from(circled) - u32::from('ⓐ') + u32::from('a'))
                .map_or_else(String::new, String::from)
        }
        _ => option.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_the_same_however_they_are_written() {
        for (chosen, key) in [
            ("B", "b"),
            ("(b)", "B"),
            ("3", "3.0"),
            ("③", "3"),
            ("ⓑ", "B"),
            ("B", "A|B"),
            (" Paris ", "paris"),
        ] {
            assert!(is_right(chosen, key), "{chosen} {key}");
        }
        for (chosen, key) in [("A", "B"), ("1", "2"), ("", "A"), ("AB", "A|B"), ("1", "A")] {
            assert!(!is_right(chosen, key), "{chosen} {key}");
        }
    }
}
