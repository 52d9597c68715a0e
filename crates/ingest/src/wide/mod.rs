//! Tables with one student a row and one item a column.

mod items;
mod look;
mod names;
mod refusal;
mod shape;
mod stated;

use std::collections::BTreeMap;
use std::path::Path;

use crate::batch::{Batch, Cells};
use crate::cell::Cell;
use crate::error::Error;
use crate::field::Field;
use crate::grid::Grid;
use crate::key::Key;
use crate::options::{Blank, Options};
use crate::reading::{ItemAnswer, Reading};
use crate::reject::shortened;
use crate::scoring::Scoring;

pub(crate) use look::Look;
pub use names::names_no_item;

/// Most items whose points are named.
const MOST_NAMED: usize = 5;

/// Most columns that are named as no items for the same reason: an export may have two beside each question.
const MOST_OTHERS: usize = 6;

/// Columns that are no items, each with the reason; of many with one reason the first.
fn told(others: &[(String, &'static str)]) -> String {
    let mut of_reason: BTreeMap<&str, usize> = BTreeMap::new();
    let mut parts = Vec::new();
    for (name, why) in others {
        let seen = of_reason.entry(why).or_default();
        *seen += 1;
        if *seen <= MOST_OTHERS {
            parts.push(format!("{} ({why})", shortened(name)));
        }
    }
    let many = of_reason.iter().filter(|(_, seen)| **seen > MOST_OTHERS);
    parts.extend(many.map(|(why, seen)| format!("{} more ({why})", seen - MOST_OTHERS)));
    parts.join(", ")
}

/// Which column of a wide table is what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WideTable {
    /// Columns that say something of the whole row: the student, the group, the time.
    pub(crate) of_row: Vec<(Field, usize)>,
    items: Vec<Item>,
    /// Columns that are no items, and why.
    others: Vec<(String, &'static str)>,
    codes: Vec<f64>,
    /// What holds on each sheet.
    by_sheet: Vec<OfSheet>,
    /// Sheets and lines of the right options and of the points that can be had.
    passed_over: Vec<(usize, u64)>,
    blank: Blank,
    /// What was found out about them and should be said.
    notes: Vec<String>,
    /// Names of the sheets, where each has items of its own.
    own_items_of: Vec<String>,
}

/// What rows of a sheet say of the items.
#[derive(Debug, Clone, Default, PartialEq)]
struct OfSheet {
    /// Its name, where several are read together.
    name: Option<String>,
    key: Option<Key>,
    /// The points that can be had for each item.
    points: Vec<Option<f64>>,
}

/// A column of answers to one item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) column: usize,
    pub(crate) name: String,
    pub(crate) scoring: Scoring,
    /// The column of its right options.
    pub(crate) key_column: Option<usize>,
}

/// What a table turned out to be.
pub(crate) enum Recognition {
    Wide(Box<WideTable>),
    No {
        /// The first cell that is no outcome, where the table would be wide without it.
        obstacle: Option<CellAt>,
    },
}

/// A cell that is neither right, wrong nor empty.
pub(crate) struct CellAt {
    pub(crate) line: u64,
    pub(crate) column: String,
    pub(crate) value: String,
}

/// What an item is called that is one of its sheet alone.
fn item_of_sheet(sheet: &str, item: &str) -> String {
    format!("{}-{item}", sheet.trim())
}

impl WideTable {
    /// Sees whether a table is wide: its header names no item beside a correctness column, and its columns hold
    /// right and wrong, or what the user says are items.
    pub(crate) fn recognise(look: &Look<'_>) -> Result<Recognition, Error> {
        let is_forced = !look.options.wide.items.is_empty();
        if !is_forced && look.is_long() {
            return Ok(Recognition::No { obstacle: None });
        }
        if !is_forced && look.has_items_as_rows() {
            return Err(Error::ItemsAsRows {
                path: look.path.to_owned(),
                column: look.headers[0].clone(),
            });
        }
        let Some(of_row) = look.of_row() else { return Ok(Recognition::No { obstacle: None }) };
        look.table(of_row, is_forced)
    }

    /// Fails where two columns have the same name: their answers could not be told apart.
    pub(crate) fn require_distinct_items(&self, path: &Path) -> Result<(), Error> {
        let mut sorted: Vec<_> = self.items.iter().map(|item| (&item.name, item.column)).collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            None => Ok(()),
            Some(pair) => Err(Error::DuplicateItem {
                path: path.to_owned(),
                item: pair[0].0.clone(),
                first: pair[0].1 + 1,
                second: pair[1].1 + 1,
            }),
        }
    }

    /// A table of which it is known what its columns are.
    pub(crate) fn known(of_row: Vec<(Field, usize)>, items: Vec<Item>, options: &Options) -> Self {
        let (blank, others, codes) = (options.wide.blank, Vec::new(), Vec::new());
        let (by_sheet, passed_over, notes) = (Vec::new(), Vec::new(), Vec::new());
        let own_items_of = Vec::new();
        Self { of_row, items, others, codes, by_sheet, passed_over, blank, notes, own_items_of }
    }

    /// Columns that are read.
    pub(crate) fn wanted(&self) -> Vec<usize> {
        let of_row = self.of_row.iter().map(|(_, column)| *column);
        of_row.chain(self.item_columns()).collect()
    }

    /// Names of the columns of items.
    pub(crate) fn items(&self) -> impl ExactSizeIterator<Item = &str> {
        self.items.iter().map(|item| item.name.as_str())
    }

    /// Says which column, or the first of which columns, is the student.
    pub(crate) fn set_student(&mut self, column: Option<usize>) {
        self.of_row.retain(|(field, _)| *field != Field::Student);
        self.of_row.extend(column.map(|column| (Field::Student, column)));
    }

    /// Makes the items of each sheet its own; `who`: the columns that say who the student is.
    pub(crate) fn part_by_sheets(&mut self, sheets: Vec<String>, who: &[&str]) {
        let (Some(sheet), Some(item)) = (sheets.first(), self.items.first()) else { return };
        self.notes.push(format!(
            "the same students are on several sheets: {} says who they are, and each sheet has its own items, as {:?}; other \
             students on each sheet: --id 'sheet,{}'; one test that was given again: read one sheet after the other, \
             --sheet NAME",
            who.join(" + "),
            item_of_sheet(sheet, &item.name),
            who.join(",")
        ));
        self.own_items_of = sheets;
    }

    /// The columns of items and of their right options.
    pub(crate) fn item_columns(&self) -> impl Iterator<Item = usize> {
        self.items.iter().flat_map(|item| [Some(item.column), item.key_column]).flatten()
    }

    /// Columns that are no items, and why.
    pub(crate) fn others(&self) -> &[(String, &'static str)] {
        &self.others
    }

    /// How a column of answers is read; `None` where it is none.
    pub(crate) fn how(&self, column: usize) -> Option<String> {
        let item = self.items.iter().find(|item| item.column == column)?;
        Some(match item.scoring {
            Scoring::RightWrong { .. } => "holds right and wrong".to_owned(),
            Scoring::Points { max: Some(max) } => format!("holds points up to {max}"),
            Scoring::Points { max: None } => "holds points".to_owned(),
            Scoring::Options => "holds options, which the key has".to_owned(),
        })
    }

    /// Tells the reading what was found out.
    pub(crate) fn inform(&self, reading: &mut Reading) {
        let names: Vec<&str> = self.items().collect();
        let shown = match names.as_slice() {
            [first, .., last] if names.len() > 6 => format!("{first} … {last}"),
            _ => names.join(", "),
        };
        reading.notes.push(format!("one item a column: {} items: {shown}", names.len()));
        if !self.others.is_empty() {
            reading
                .notes
                .push(format!("no items: {} (--items says otherwise)", told(&self.others)));
        }
        reading.note_codes("items", &self.codes);
        let points = self.items.iter().enumerate().filter_map(|(at, item)| match item.scoring {
            Scoring::Points { max: Some(max) } if max != 1.0 => Some((at, &item.name, max)),
            _ => None,
        });
        for (at, name, max) in points.take(MOST_NAMED) {
            let right = reading.right_from(max);
            reading.notes.push(match self.different_points(at) {
                Some(points) => {
                    format!("{name}: points out of {points}, full points are right (--right-at)")
                }
                None => format!("{name}: points out of {max}, right from {right} on (--right-at)"),
            });
        }
        reading.notes.extend(self.notes.iter().cloned());
        let mut said = Vec::new();
        for of_sheet in &self.by_sheet {
            let Some(note) = of_sheet.key.as_ref().and_then(Key::note) else { continue };
            // Sheets with the same key say it once.
            if !said.contains(&note) {
                said.push(note);
            }
        }
        reading.notes.extend(said);
    }

    /// The points of an item on each sheet, where they differ.
    fn different_points(&self, item: usize) -> Option<String> {
        let of_sheet = |of: &OfSheet| {
            let points = of.points.get(item).copied().flatten()?;
            Some((of.name.clone().unwrap_or_default(), points))
        };
        let points: Vec<(String, f64)> = self.by_sheet.iter().filter_map(of_sheet).collect();
        let differ = points.windows(2).any(|pair| pair[0].1 != pair[1].1);
        let named: Vec<String> =
            points.iter().map(|(name, points)| format!("{points} ({name})")).collect();
        differ.then(|| named.join(", "))
    }

    /// Whether the row at hand holds right options or points that can be had, which are read already.
    pub(crate) fn passes_over(&self, grid: &Grid) -> bool {
        self.passed_over.contains(&(grid.sheet_index(), grid.line()))
    }

    /// Adds one answer for every cell of the row that is not empty. `student`: who it is of, where that is not what
    /// one cell says.
    pub(crate) fn push_row(
        &self,
        grid: &Grid,
        student: Option<Cell<'_>>,
        batch: &mut Batch,
        reading: &Reading,
    ) {
        let line = grid.line();
        let mut base = Cells::default();
        for &(field, column) in &self.of_row {
            match grid.cell(column) {
                Ok(cell) => base.set(field, cell),
                Err(_) if field == Field::Student && student.is_some() => {}
                Err(reason) => return batch.reject(line, reason, grid.shown(column)),
            }
        }
        if let Some(student) = student {
            base.set(Field::Student, student);
        }
        let is_blank = |column: usize| grid.cell(column).is_ok_and(|cell| reading.is_blank(cell));
        // Behind the last answer a blank is an item that was not reached.
        let reached = match self.blank {
            Blank::Missing => 0,
            Blank::Wrong => self.items.len(),
            Blank::NotReached => {
                self.items.iter().rposition(|item| !is_blank(item.column)).map_or(0, |at| at + 1)
            }
        };
        let of_sheet = self.by_sheet.get(grid.sheet_index());
        let own = self.own_items_of.get(grid.sheet_index());
        let before = batch.len();
        for (at, item) in self.items.iter().enumerate() {
            if grid.lacks(item.column) {
                continue;
            }
            let mut cell = match grid.cell(item.column) {
                Ok(cell) => cell,
                Err(reason) => {
                    let value = shortened(&format!("{}={}", item.name, grid.shown(item.column)));
                    batch.reject(line, reason, value);
                    continue;
                }
            };
            if reading.is_blank(cell) {
                if at >= reached {
                    batch.add_unanswered(1);
                    continue;
                }
                cell = Cell::Bool(false);
            }
            let key_cell = item.key_column.and_then(|column| grid.cell(column).ok());
            let mut key = String::new();
            let of_cell =
                key_cell.and_then(|cell| cell.append_id(&mut key).ok().map(|()| key.as_str()));
            let key = of_sheet.and_then(|of| of.key.as_ref()?.right(&item.name));
            let points = of_sheet.and_then(|of| *of.points.get(at)?);
            let scoring = match item.scoring {
                Scoring::Points { .. } if points.is_some() => Scoring::Points { max: points },
                scoring => scoring,
            };
            let mut cells = base;
            let of_own = own.map(|sheet| item_of_sheet(sheet, &item.name));
            cells.set(Field::Item, Cell::Text(of_own.as_deref().unwrap_or(&item.name)));
            let name = item.name.as_str();
            let answer = ItemAnswer { name, cell, scoring, key_cell: of_cell, key };
            batch.push_item(line, &cells, answer, reading);
        }
        if batch.len() == before {
            batch.push_silent(&base, reading);
        }
    }
}
