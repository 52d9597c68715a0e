//! Rows of one id that are not one student's, as far as can be told.

use std::collections::HashMap;

use super::id::{Form, join};
use super::{AnswerColumns, Who};
use crate::error::{Error, SharedId};

/// How many rows a student can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Any,
    One,
    OneASheet,
}

/// Two rows of one id that seem to be two students'.
#[derive(Debug, Clone, Default)]
pub(super) struct Conflict {
    rows: (usize, usize),
    /// The column in which they differ.
    column: Option<usize>,
    /// The item that they answer differently.
    item: Option<String>,
}

impl Who<'_> {
    /// The first two rows of one key that differ beside it, or are more than a student can have.
    pub(super) fn conflict(&self, key: &[usize], beside: &[usize], rows: Rows) -> Option<Conflict> {
        let missing = &self.options.missing;
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut of_sheets: HashMap<(usize, String), usize> = HashMap::new();
        for row in 0..self.sample.n_rows() {
            let Some(own) = self.id_of(key, row) else { continue };
            if rows == Rows::OneASheet {
                let first = *of_sheets.entry((self.sample.sheet(row), own.clone())).or_insert(row);
                if first != row {
                    return Some(Conflict { rows: (first, row), column: None, item: None });
                }
            }
            let first = *seen.entry(own).or_insert(row);
            if first == row {
                continue;
            }
            let differs = |index: &&usize| {
                let (one, other) = (self.cell(first, **index), self.cell(row, **index));
                one != other && !missing.is_word(one) && !missing.is_word(other)
            };
            let column = beside.iter().find(differs).copied();
            if column.is_some() || rows == Rows::One {
                return Some(Conflict { rows: (first, row), column, item: None });
            }
        }
        None
    }

    /// The first two rows of one key that answer an item differently on the same occasion.
    pub(super) fn answered_twice(&self, key: &[usize]) -> Option<Conflict> {
        let AnswerColumns { item, outcome, occasion } = self.answers.as_ref()?;
        let missing = &self.options.missing;
        let mut seen: HashMap<(String, &str, Vec<String>), usize> = HashMap::new();
        for row in 0..self.sample.n_rows() {
            let Some(own) = self.id_of(key, row) else { continue };
            let (of, answer) = (self.cell(row, *item), self.cell(row, *outcome));
            if missing.is_word(of) || missing.is_word(answer) {
                continue;
            }
            let when = occasion.iter().map(|index| self.day(row, *index)).collect();
            let first = *seen.entry((own, of, when)).or_insert(row);
            if self.cell(first, *outcome) != answer {
                let item = Some(of.to_owned());
                return Some(Conflict { rows: (first, row), column: None, item });
            }
        }
        None
    }

    fn cell(&self, row: usize, index: usize) -> &str {
        self.sample.column(index).cell(row)
    }

    /// The id of a row; `None` where a part of it is missing.
    pub(super) fn id_of(&self, key: &[usize], row: usize) -> Option<String> {
        let mut parts = Vec::with_capacity(key.len());
        for &index in key {
            let text = self.cell(row, index);
            if self.options.missing.is_word(text) {
                return None;
            }
            if key.len() == 1 {
                return Some(text.to_owned());
            }
            Form::of(&self.headers[index]).put(text, &mut parts);
        }
        let mut id = String::new();
        join(&parts, &mut id);
        Some(id)
    }

    /// What a cell says of the day: a time without its time of day, another text as it is.
    fn day(&self, row: usize, index: usize) -> String {
        let text = self.sample.column(index).shown(row);
        if !text.contains(':') {
            return text;
        }
        let is_of_day =
            |word: &&str| !word.contains(':') && !matches!(*word, "오전" | "오후" | "AM" | "PM");
        let words: Vec<&str> = text.split([' ', 'T']).filter(is_of_day).collect();
        words.join(" ")
    }

    /// What to say of students whom a key does not tell apart; `chosen`: the columns that do.
    pub(super) fn said(&self, conflict: &Conflict, key: &[usize], chosen: &[usize]) -> String {
        let names = |key: &[usize]| {
            let names: Vec<&str> = key.iter().map(|index| &*self.headers[*index]).collect();
            names.join(" + ")
        };
        let do_not = if key.len() > 1 { "do" } else { "alone does" };
        let value = self.value(conflict, key);
        let (one, other) = self.places(conflict);
        let differ = match (conflict.column, &conflict.item) {
            (Some(column), _) => format!(", which differ in {}", self.headers[column]),
            (None, Some(item)) => format!(", which answer {item} differently"),
            (None, None) => String::new(),
        };
        let by = if chosen == key {
            String::new()
        } else {
            format!("; told apart by {}", names(chosen))
        };
        format!(
            "{} {do_not} not tell students apart: {value:?} on {one} and {other}{differ}{by}",
            names(key)
        )
    }

    fn value(&self, conflict: &Conflict, key: &[usize]) -> String {
        self.id_of(key, conflict.rows.0).unwrap_or_default()
    }

    /// Where the two rows stand, for people.
    fn places(&self, conflict: &Conflict) -> (String, String) {
        (self.sample.place(conflict.rows.0), self.sample.place(conflict.rows.1))
    }

    pub(super) fn shared(&self, conflict: &Conflict, found: usize) -> Error {
        let lines = (self.sample.line(conflict.rows.0), self.sample.line(conflict.rows.1));
        Error::SharedId {
            path: self.path.to_owned(),
            shared: Box::new(SharedId {
                column: self.headers[found].clone(),
                value: self.cell(conflict.rows.0, found).to_owned(),
                lines,
                differs: conflict.column.map(|column| self.headers[column].clone()),
                item: conflict.item.clone(),
            }),
        }
    }
}
