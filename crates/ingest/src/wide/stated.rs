//! What rows of a table say of its items, sheet by sheet: the right options, and the points that can be had.

use super::look::Look;
use crate::error::Error;
use crate::key::{Key, RowsDiffer};
use crate::right_wrong::ox;
use crate::scoring;
use crate::summary_rows::{Labelled, StatedRow};

/// The rows that hold for each sheet, those of a table without sheets being of one.
#[derive(Debug)]
pub(super) struct Stated<'a> {
    maxima: Vec<Option<&'a StatedRow>>,
    keys: Vec<Option<&'a StatedRow>>,
    /// What should be said of it.
    pub(super) notes: Vec<String>,
}

impl<'a> Stated<'a> {
    /// Finds the rows that hold for each sheet. A sheet without one has that of the others, where those say the same.
    ///
    /// # Errors
    /// [`Error::RowsDiffer`] where two rows of one sheet differ, or those that a sheet could have.
    pub(super) fn of(look: &'a Look<'_>) -> Result<Self, Error> {
        let mut notes = Vec::new();
        let maxima = look.rows_of(Labelled::Maxima, &mut notes)?;
        let keys = look.rows_of(Labelled::Key, &mut notes)?;
        Ok(Self { maxima, keys, notes })
    }

    /// Whether a row says what can be had.
    pub(super) fn has_maxima(&self) -> bool {
        self.maxima.iter().any(Option::is_some)
    }

    /// The points that can be had for a column on a sheet.
    pub(super) fn points(&self, sheet: usize, column: usize) -> Option<f64> {
        self.maxima.get(sheet).copied().flatten()?.number(column)
    }

    /// The most of them on any sheet.
    pub(super) fn most_points(&self, column: usize) -> Option<f64> {
        let points = (0..self.maxima.len()).filter_map(|sheet| self.points(sheet, column));
        points.max_by(f64::total_cmp)
    }

    /// The key of each sheet, as its row has it; none where no row has one, and where the answers are marked already,
    /// which is noted.
    ///
    /// # Errors
    /// [`Error::BadKey`] for a cell that does not say which option is right.
    pub(super) fn keys(
        &mut self,
        look: &Look<'_>,
        candidates: &[usize],
    ) -> Result<Vec<Option<Key>>, Error> {
        if self.keys.iter().all(Option::is_none) {
            return Ok(Vec::new());
        }
        if self.is_marked(look, candidates) {
            self.notes
                .push("answers are marked already: the row of right options is not needed".into());
            return Ok(Vec::new());
        }
        let key = |(sheet, row): (usize, Option<&StatedRow>)| {
            let Some(row) = row else { return Ok(None) };
            let mut key = Key::empty(look.path);
            for &column in candidates {
                let Some(cell) = row.cells.get(column).and_then(Option::as_ref) else { continue };
                if row.text(column).is_some_and(|text| look.options.missing.is_word(text)) {
                    continue;
                }
                let item = &look.headers[column];
                key.put(item, cell, row.place.clone())?;
                key.settle(item, look.chosen(sheet, column))?;
            }
            Ok(Some(key))
        };
        self.keys.iter().copied().enumerate().map(key).collect()
    }

    /// Whether the answers are marked already, so that the key beside them is not needed: every cell says right or
    /// wrong, and a key says neither.
    fn is_marked(&self, look: &Look<'_>, candidates: &[usize]) -> bool {
        let says = |text: &str| scoring::says_number(text).or_else(|| ox(text));
        let rows = self.keys.iter().flatten();
        let mut options = rows.flat_map(|row| candidates.iter().filter_map(|at| row.text(*at)));
        if options.all(|option| says(option).is_some()) {
            return false;
        }
        let keyed: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|at| self.keys.iter().flatten().any(|row| row.text(*at).is_some()))
            .collect();
        let cells = || keyed.iter().flat_map(|column| look.cells(*column));
        // The number 1 may be an option; 0 is none.
        let is_mark = |cell: &str| says(cell).is_some() && scoring::number(cell) != Some(1.0);
        cells().all(|cell| says(cell).is_some()) && cells().any(is_mark)
    }
}

impl Look<'_> {
    /// The row of a kind that holds for each sheet.
    fn rows_of(
        &self,
        kind: Labelled,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Option<&StatedRow>>, Error> {
        let n_sheets = self.sample.n_sheets();
        let mut own: Vec<Option<&StatedRow>> = vec![None; n_sheets];
        for row in self.stated.iter().filter(|row| row.kind == kind) {
            let Some(place) = own.get_mut(row.sheet) else { continue };
            match place {
                Some(first) => self.require_same(first, row, None)?,
                None => *place = Some(row),
            }
        }
        let there: Vec<&StatedRow> = own.iter().copied().flatten().collect();
        let Some(&first) = there.first() else { return Ok(own) };
        let lacking = own.iter_mut().enumerate().filter(|(_, row)| row.is_none());
        for (sheet, place) in lacking {
            let name = self.sample.sheet_name(sheet).unwrap_or_default();
            for other in &there[1..] {
                self.require_same(first, other, Some(name))?;
            }
            *place = Some(first);
            notes.push(format!(
                "sheet {name:?} has no row of {}: that of {} holds for it",
                kind.says(),
                first.place
            ));
        }
        Ok(own)
    }

    /// Fails where two rows differ in a column; `without`: the sheet that could have either.
    fn require_same(
        &self,
        one: &StatedRow,
        other: &StatedRow,
        without: Option<&str>,
    ) -> Result<(), Error> {
        let is_label =
            |column: usize| crate::student_key::names_student(&self.headers[column]) || column == 0;
        let differs = |column: &usize| one.cells[*column] != other.cells[*column];
        let columns = 0..self.headers.len();
        let Some(column) = columns.filter(|column| !is_label(*column)).find(differs) else {
            return Ok(());
        };
        let rows = RowsDiffer {
            what: one.kind.says(),
            places: [one.place.clone(), other.place.clone()],
            column: self.headers[column].clone(),
            without: without.map(str::to_owned),
        };
        Err(Error::RowsDiffer { path: self.path.to_owned(), rows: Box::new(rows) })
    }

    /// What was chosen in a column on a sheet.
    fn chosen(&self, sheet: usize, column: usize) -> impl Iterator<Item = &str> {
        let cells = self.sample.column(column).cells().enumerate();
        cells
            .filter(move |(row, _)| self.sample.sheet(*row) == sheet)
            .map(|(_, cell)| cell)
            .filter(|cell| !self.options.missing.is_value(cell))
    }
}
