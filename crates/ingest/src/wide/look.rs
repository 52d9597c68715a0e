//! Whether a table is wide, and which of its columns is what.

use std::collections::HashSet;
use std::path::Path;

use super::names::{FREQUENCIES, names_no_item};
use super::shape::Shape;
use super::stated::Stated;
use super::{Item, OfSheet, Recognition, WideTable};
use crate::column_map::{Search, find_column};
use crate::error::Error;
use crate::field::{Field, normalised};
use crate::glob::fits;
use crate::grid::Sample;
use crate::key::Key;
use crate::options::Options;
use crate::scoring::{self, Scoring};
use crate::student_key::{names_people, names_some_id};
use crate::summary_rows::StatedRow;

/// With fewer rows a column of ids may look like one of outcomes.
const FEW_ROWS: usize = 10;

/// What is looked at to recognise a table.
pub(crate) struct Look<'a> {
    pub(crate) path: &'a Path,
    pub(crate) headers: &'a [String],
    /// The first rows, those of students.
    pub(crate) sample: &'a Sample,
    pub(crate) options: &'a Options,
    pub(crate) key: Option<&'a Key>,
    /// Rows that say what is right, or what can be had.
    pub(crate) stated: &'a [StatedRow],
}

impl Look<'_> {
    /// Whether the header is that of a table with one answer a row.
    pub(super) fn is_long(&self) -> bool {
        let mapped = self.options.map.entries().any(|(field, _)| {
            matches!(
                field,
                Field::Item | Field::Correct | Field::Answer | Field::Key | Field::MaxPoints
            )
        });
        let named = |wanted: &[Field]| {
            let mut fields = self.headers.iter().filter_map(|name| Field::from_alias(name));
            fields.any(|(field, _)| wanted.contains(&field))
        };
        mapped || (named(&[Field::Item]) && named(&[Field::Correct, Field::Answer]))
    }

    /// Whether the first column names the items and the others hold right and wrong: a table that is turned.
    pub(super) fn has_items_as_rows(&self) -> bool {
        let alias = |name: &String| Field::from_alias(name).map(|(field, _)| field);
        let Some(Field::Item) = self.headers.first().and_then(alias) else { return false };
        let says_student = self.options.map.column(Field::Student).is_some()
            || self.headers.iter().any(|name| alias(name) == Some(Field::Student));
        let others = 1..self.headers.len();
        let outcomes =
            others.filter(|index| matches!(self.shape(*index, &[]), Shape::Outcomes { .. }));
        !says_student && self.names_rows(0) && outcomes.count() > 1
    }

    /// The columns that say something of the whole row; `None` where the user names one that is not there.
    pub(super) fn of_row(&self) -> Option<Vec<(Field, usize)>> {
        let mut found: Vec<(Field, usize)> = Vec::new();
        let is_free = |found: &[(Field, usize)], index: usize| {
            !found.iter().any(|(_, taken)| *taken == index) && !self.is_ignored(index)
        };
        for (field, wanted) in self.options.map.entries() {
            match find_column(self.headers, wanted) {
                Search::Found(index) => found.push((field, index)),
                Search::Ambiguous(..) | Search::Missing => return None,
            }
        }
        for field in [Field::Student, Field::CompletedAt, Field::Day, Field::TimeZone] {
            if found.iter().any(|(known, _)| *known == field) {
                continue;
            }
            let ranked = self.headers.iter().enumerate().filter_map(|(index, name)| {
                let (_, rank) = Field::from_alias(name).filter(|(known, _)| *known == field)?;
                is_free(&found, index).then_some((rank, index))
            });
            // A column of outcomes is an item, unless its name is that of an id.
            let is_id = |(rank, index): &(u8, usize)| {
                const CLEAR: u8 = 4;
                *rank <= CLEAR
                    || self.sample.n_rows() < FEW_ROWS
                    || !matches!(self.shape(*index, &[]), Shape::Outcomes { .. })
            };
            let best = ranked.filter(is_id).min();
            if let Some((_, index)) = best {
                found.push((field, index));
            }
        }
        if !found.iter().any(|(field, _)| *field == Field::Student) {
            let mut of_names =
                (0..self.headers.len()).filter(|at| names_people(&self.headers[*at]));
            let first = Some(0).filter(|at| self.names_rows(*at));
            let is_id = |at: &usize| is_free(&found, *at) && self.holds_some_id(*at);
            let student = (0..self.headers.len()).find(is_id);
            let student = student.or_else(|| of_names.find(|at| is_free(&found, *at))).or(first);
            found.extend(student.filter(|at| is_free(&found, *at)).map(|at| (Field::Student, at)));
        }
        Some(found)
    }

    /// Whether the first column has no name or that of a row number, or tells every row apart by texts.
    fn names_rows(&self, index: usize) -> bool {
        let Some(name) = self.headers.get(index) else { return false };
        if matches!(normalised(name).as_str(), "" | "row" | "rowid" | "index" | "순번" | "연번")
        {
            return true;
        }
        let cells: Vec<&str> = self.sample.column(index).cells().collect();
        let mut distinct = cells.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let are_texts = cells.iter().filter(|cell| scoring::number(cell).is_none()).count();
        cells.len() > 2 && distinct.len() == cells.len() && are_texts * 10 >= cells.len() * 9
    }

    /// Whether a column is called as one of ids of some kind, and each row has one of its own.
    fn holds_some_id(&self, index: usize) -> bool {
        const FEWEST_ROWS: usize = 3;
        if !names_some_id(&self.headers[index]) {
            return false;
        }
        let missing = &self.options.missing;
        let cells = self.sample.column(index).cells().filter(|cell| !missing.is_word(cell));
        let distinct: HashSet<&str> = cells.collect();
        distinct.len() >= FEWEST_ROWS && distinct.len() == self.sample.n_rows()
    }

    fn is_ignored(&self, index: usize) -> bool {
        let name = &self.headers[index];
        self.options.ignored.iter().any(|ignored| fits(ignored, name))
    }

    pub(super) fn table(
        &self,
        of_row: Vec<(Field, usize)>,
        is_forced: bool,
    ) -> Result<Recognition, Error> {
        let mut others: Vec<(String, &'static str)> = Vec::new();
        let free = (0..self.headers.len()).filter(|index| {
            !of_row.iter().any(|(_, taken)| taken == index) && !self.is_ignored(*index)
        });
        let mut candidates: Vec<usize> = Vec::new();
        for index in free {
            match self.ruled_out(index, is_forced) {
                Some(why) => others.push((self.headers[index].clone(), why)),
                None => candidates.push(index),
            }
        }
        // Where the points of each question have a column of their own, a number in a name is one of its words.
        if !is_forced && !self.has_scored_cells(&candidates) {
            self.keep_numbered(&mut candidates, &mut others);
        }
        let has_student = of_row.iter().any(|(field, _)| *field == Field::Student);
        let mut stated = Stated::of(self)?;
        let keys = stated.keys(self, &candidates)?;
        // Where the points are known, a 9 among them is one.
        let codes = if stated.has_maxima() { Vec::new() } else { self.codes(&candidates) };
        let shapes: Vec<(usize, Shape)> =
            candidates.iter().map(|&index| (index, self.shape(index, &codes))).collect();
        let of_parts = shapes.iter().filter(|(_, shape)| *shape == Shape::PartMarks);
        let of_parts: Vec<usize> = of_parts.map(|(index, _)| *index).collect();
        if !of_parts.is_empty() && keys.is_empty() && self.key.is_none() {
            return Err(self.not_right_wrong(&of_parts, None));
        }
        let items = self.items(&shapes, &keys, &stated, &mut others);
        let Some(items) =
            items.filter(|items| self.is_enough(items, &others, has_student, is_forced))
        else {
            return self.refusal(&shapes, has_student, is_forced);
        };
        let by_sheet = self.by_sheet(&items, keys, &stated);
        Ok(Recognition::Wide(Box::new(WideTable {
            of_row,
            items,
            others,
            codes,
            by_sheet,
            passed_over: self.stated.iter().map(|row| (row.sheet, row.line)).collect(),
            blank: self.options.wide.blank,
            notes: stated.notes,
            own_items_of: Vec::new(),
        })))
    }

    /// What holds for the items on each sheet.
    fn by_sheet(
        &self,
        items: &[Item],
        keys: Vec<Option<Key>>,
        stated: &Stated<'_>,
    ) -> Vec<OfSheet> {
        let points = |sheet: usize, item: &Item| {
            let is_scored = matches!(item.scoring, Scoring::Points { max: Some(_) })
                && self.maximum(item.column, stated).is_some();
            is_scored.then(|| stated.points(sheet, item.column)).flatten()
        };
        let mut keys = keys.into_iter();
        let of_sheet = |sheet: usize| OfSheet {
            name: self.sample.sheet_name(sheet).map(str::to_owned),
            key: keys.next().flatten(),
            points: items.iter().map(|item| points(sheet, item)).collect(),
        };
        (0..self.sample.n_sheets()).map(of_sheet).collect()
    }

    /// Why a column is no item, by what the user says or by its name.
    fn ruled_out(&self, index: usize, is_forced: bool) -> Option<&'static str> {
        let name = &self.headers[index];
        let wide = &self.options.wide;
        let is_among = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, name));
        if is_among(&wide.not_items) {
            return Some("as --not says");
        }
        if is_forced {
            return (!is_among(&wide.items)).then_some("not among --items");
        }
        if names_no_item(name) {
            return Some("by its name");
        }
        (name.is_empty()).then_some("without a name")
    }

    /// Where most columns have a number in their name, those without one are no items.
    fn keep_numbered(&self, candidates: &mut Vec<usize>, others: &mut Vec<(String, &'static str)>) {
        let is_numbered =
            |index: &usize| self.headers[*index].contains(|c: char| c.is_ascii_digit());
        let numbered = candidates.iter().filter(|index| is_numbered(index)).count();
        if numbered < 2 || numbered * 2 < candidates.len() {
            return;
        }
        for index in candidates.iter().filter(|index| !is_numbered(index)) {
            others.push((self.headers[*index].clone(), "not numbered as the items"));
        }
        candidates.retain(is_numbered);
    }

    /// Whether the items make a wide table.
    fn is_enough(
        &self,
        items: &[Item],
        others: &[(String, &'static str)],
        has_student: bool,
        is_forced: bool,
    ) -> bool {
        if is_forced || self.key.is_some() {
            return true;
        }
        let outcomes = items.iter().map(|item| self.cells(item.column).count()).sum::<usize>();
        let counts_patterns = !has_student
            && self.headers.iter().any(|name| FREQUENCIES.contains(&normalised(name).as_str()));
        if outcomes == 0 || counts_patterns {
            return false;
        }
        if !has_student && items.len() > 2 {
            return !items.iter().any(|item| names_an_answer(&item.name));
        }
        let has_points = |item: &Item| {
            let is_scored = matches!(item.scoring, Scoring::Points { .. });
            is_scored && super::items::points_in_name(&item.name).is_some()
        };
        (has_student && (items.len() > 1 || items.iter().any(has_points)))
            || (others.is_empty() && !items.iter().any(|item| names_an_answer(&item.name)))
    }
}

/// Whether a column of this name is found only in tables with one answer a row.
fn names_an_answer(name: &str) -> bool {
    matches!(Field::from_alias(name), Some((Field::Item, _) | (Field::Correct, 0..=2)))
}
