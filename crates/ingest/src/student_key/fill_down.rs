//! Columns of classes that name a class on its first row alone, as cells that are merged leave them.

use std::collections::HashSet;

use super::names::names_group;
use crate::grid::{Grid, SHEET_COLUMN, Sample};
use crate::missing::Missing;

/// Columns of schools, grades and classes whose blank cells have the value above them: most rows lack it, the first
/// of each sheet has it, and no class comes back behind another one.
pub(crate) fn columns_to_fill(
    headers: &[String],
    sample: &Sample,
    missing: &Missing,
) -> Vec<usize> {
    let is_group = |at: &usize| names_group(&headers[*at]) && headers[*at] != SHEET_COLUMN;
    (0..headers.len()).filter(is_group).filter(|at| names_blocks(sample, *at, missing)).collect()
}

fn names_blocks(sample: &Sample, column: usize, missing: &Missing) -> bool {
    let mut seen: HashSet<(usize, &str)> = HashSet::new();
    let mut last: Option<(usize, &str)> = None;
    let mut filled = 0;
    for row in 0..sample.n_rows() {
        let (sheet, cell) = (sample.sheet(row), sample.column(column).cell(row));
        let begins = last.is_none_or(|(of, _)| of != sheet);
        if missing.is_word(cell) {
            if begins {
                return false;
            }
            continue;
        }
        filled += 1;
        if last != Some((sheet, cell)) && !seen.insert((sheet, cell)) {
            return false;
        }
        last = Some((sheet, cell));
    }
    filled > 0 && filled * 10 < sample.n_rows() * 9
}

/// The last values of such columns.
#[derive(Debug, Default)]
pub(crate) struct FillDown {
    columns: Vec<(usize, String)>,
    sheet: usize,
}

impl FillDown {
    pub(crate) fn of(columns: &[usize]) -> Self {
        Self { columns: columns.iter().map(|at| (*at, String::new())).collect(), sheet: 0 }
    }

    /// Forgets the values above: what stands in a row that cannot be read is not known.
    pub(crate) fn forget(&mut self) {
        self.columns.iter_mut().for_each(|(_, text)| text.clear());
    }

    /// Takes note of the values of the row at hand.
    pub(crate) fn see(&mut self, grid: &Grid, missing: &Missing) {
        if self.columns.is_empty() {
            return;
        }
        if self.sheet != grid.sheet_index() {
            self.sheet = grid.sheet_index();
            self.forget();
        }
        for (at, above) in &mut self.columns {
            let mut text = String::new();
            let read = grid.cell(*at).and_then(|cell| cell.append_id(&mut text));
            if read.is_err() || !missing.is_word(&text) {
                *above = text;
            }
        }
    }

    /// The value of a column that is filled down, in the row at hand.
    pub(crate) fn value(&self, column: usize) -> Option<&str> {
        self.columns.iter().find(|(at, _)| *at == column).map(|(_, text)| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fills(cells: &[&str]) -> bool {
        let mut sample = Sample::new(1);
        for (line, cell) in cells.iter().enumerate() {
            sample.start_row(line as u64 + 2);
            sample.column_mut(0).push(cell);
        }
        !columns_to_fill(&["반".to_owned()], &sample, &Missing::default()).is_empty()
    }

    #[test]
    fn a_class_that_is_named_once_holds_for_the_rows_below() {
        assert!(fills(&["1", "", "", "2", "", ""]));
        assert!(fills(&["1반", "", "1반", "", "2반", ""]));
        // A class that comes back, a first row without one, and one row that lacks it tell nothing.
        assert!(!fills(&["1", "", "2", "", "1", ""]));
        assert!(!fills(&["", "", "2", "", "3", ""]));
        assert!(!fills(&["1", "1", "1", "1", "1", "1", "1", "1", "1", "1", ""]));
        assert!(!fills(&["", "", ""]) && !fills(&["1", "2"]));
    }
}
