//! Sheets that are read together: those of the same students, and those of which some lack the column of ids.

use std::collections::{HashMap, HashSet};

use super::parts::Parts;
use super::{StudentKey, Who};
use crate::error::Error;
use crate::grid::{SHEET_COLUMN, names_class, names_occasion};

impl Who<'_> {
    /// The column of the name of the sheet, where several are read together.
    pub(super) fn sheet_column(&self) -> Option<usize> {
        let is_several = self.sample.n_sheets() > 1;
        self.headers.iter().rposition(|header| header == SHEET_COLUMN).filter(|_| is_several)
    }

    fn sheet_names(&self) -> impl Iterator<Item = &str> {
        (0..self.sample.n_sheets()).filter_map(|sheet| self.sample.sheet_name(sheet))
    }

    /// Whether the sheets are of the same students, as those of weeks or of subjects: none is called after a class, and
    /// the same ids, or else the same names, are on each. Numbers of a class list are on the sheet of every class, too:
    /// there the names of the sheets have to speak of weeks or tests.
    pub(super) fn sheets_are_occasions(&self, id: Option<usize>, parts: &Parts) -> bool {
        let sheet = self.sheet_column();
        if sheet.is_none() || self.sheet_names().any(names_class) {
            return false;
        }
        let groups = parts.groups.iter().copied().filter(|index| Some(*index) != sheet);
        let key: Vec<usize> = match (id, parts.names.first(), parts.numbers.first()) {
            (Some(id), ..) => vec![id],
            (None, Some(name), _) => groups.chain(name.iter().copied()).collect(),
            (None, None, Some(number)) if self.sheet_names().all(names_occasion) => {
                groups.chain([*number]).collect()
            }
            _ => return false,
        };
        self.repeat_on_sheets(&key)
    }

    /// Whether half of the students of each sheet are on another one, too.
    pub(super) fn repeat_on_sheets(&self, key: &[usize]) -> bool {
        let Some(sheet) = self.sheet_column() else { return false };
        if key.is_empty() || key.contains(&sheet) {
            return false;
        }
        let mut ids: Vec<HashSet<String>> = vec![HashSet::new(); self.sample.n_sheets()];
        for row in 0..self.sample.n_rows() {
            if let Some(id) = self.id_of(key, row) {
                ids[self.sample.sheet(row)].insert(id);
            }
        }
        let mut sheets_of: HashMap<&str, usize> = HashMap::new();
        for id in ids.iter().flatten() {
            *sheets_of.entry(id).or_default() += 1;
        }
        let is_shared = |id: &&String| sheets_of.get(id.as_str()).is_some_and(|n| *n > 1);
        ids.iter().all(|ids| {
            let shared = ids.iter().filter(is_shared).count();
            shared > 0 && shared * 2 >= ids.len()
        })
    }

    /// What to say where the sheet is part of the id, though the same ids are on several.
    pub(super) fn sheets_note(&self, key: &[usize]) -> Option<String> {
        let sheet = self.sheet_column().filter(|sheet| key.contains(sheet))?;
        let rest: Vec<usize> = key.iter().copied().filter(|index| *index != sheet).collect();
        if self.options.id.len() > 1
            || self.sheet_names().all(names_class)
            || !self.repeat_on_sheets(&rest)
        {
            return None;
        }
        let names: Vec<&str> = rest.iter().map(|index| &*self.headers[*index]).collect();
        Some(format!(
            "the same {} on another sheet is another student here; one student on several sheets: --id '{}'",
            names.join(" + "),
            names.join(",")
        ))
    }

    /// Names of the sheets on which nothing stands in a column; none where it stands on no sheet at all.
    pub(super) fn sheets_without(&self, index: usize) -> Vec<String> {
        let mut rows = vec![(0, 0); self.sample.n_sheets()];
        for row in 0..self.sample.n_rows() {
            let (all, filled) = &mut rows[self.sample.sheet(row)];
            *all += 1;
            let cell = self.sample.column(index).shown(row);
            *filled += u64::from(!self.options.missing.is_word(&cell));
        }
        if rows.iter().all(|(_, filled)| *filled == 0) {
            return Vec::new();
        }
        let lacks = |(_, (all, filled)): &(usize, &(u64, u64))| *all > 0 && *filled == 0;
        let names = rows.iter().enumerate().filter(lacks);
        names.filter_map(|(sheet, _)| self.sample.sheet_name(sheet)).map(str::to_owned).collect()
    }

    /// The key that every sheet has, where some lack the column of ids: one student must not be two.
    ///
    /// # Errors
    /// [`Error::IdNotOnEverySheet`] where there is none, and those of [`Who::key`].
    pub(super) fn of_every_sheet(
        &self,
        id: usize,
        without: Vec<String>,
        parts: Parts,
    ) -> Result<StudentKey, Error> {
        let column = self.headers[id].clone();
        let parts = parts.retained(|index| self.sheets_without(index).is_empty());
        let Some(other) = parts.first_name().or(parts.numbers.first().copied()) else {
            let path = self.path.to_owned();
            return Err(Error::IdNotOnEverySheet { path, column, sheets: without });
        };
        let key = self.weak(other, &parts)?;
        let sheets: Vec<String> = without.iter().map(|name| format!("{name:?}")).collect();
        let by: Vec<&str> = key.parts.iter().map(|part| &*self.headers[*part]).collect();
        let told = format!(
            "{column} is not on every sheet (not on {}): students of all sheets go by {}; with {column} on every sheet \
             they go by it",
            sheets.join(", "),
            by.join(" + ")
        );
        let note = match &key.note {
            Some(note) => format!("{told}; {note}"),
            None => told,
        };
        Ok(StudentKey { note: Some(note), ..key })
    }
}
