//! Sheets that are read together, of which some lack the column of ids.

use super::parts::Parts;
use super::{StudentKey, Who};
use crate::error::Error;

impl Who<'_> {
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
