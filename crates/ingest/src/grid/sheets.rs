//! The rows of a sheet, or of several sheets with the same columns one behind the other.

use std::collections::BTreeMap;

use super::Advance;
use super::sample::Sample;
use super::sheet::SheetGrid;
use crate::cell::Cell;
use crate::reject::RejectReason;

/// Name of the column that says which sheet a row is of, where several are read together.
pub(crate) const SHEET_COLUMN: &str = "sheet";

/// A sheet with its name and what names its columns.
pub(crate) struct NamedSheet {
    pub(crate) name: String,
    pub(crate) grid: SheetGrid,
    pub(crate) headers: Vec<String>,
}

/// Sheets of the same columns. Several have one column more than the first of them: the name of the sheet.
pub(crate) struct SheetsGrid {
    sheets: Vec<(String, SheetGrid)>,
    /// Position of the sheet at hand.
    at: usize,
    width: usize,
}

impl SheetsGrid {
    /// Joins sheets, the first of which says the order of the columns.
    pub(crate) fn of(sheets: Vec<NamedSheet>) -> (Self, Vec<String>, Sample) {
        let mut headers = sheets.first().map(|sheet| sheet.headers.clone()).unwrap_or_default();
        let width = headers.len();
        let is_joined = sheets.len() > 1;
        let ordered = |sheet: NamedSheet| {
            let order = order_of(&sheet.headers, &headers);
            (sheet.name, sheet.grid.in_order(&order))
        };
        let sheets: Vec<(String, SheetGrid)> = sheets.into_iter().map(ordered).collect();
        if is_joined {
            headers.push(SHEET_COLUMN.to_owned());
        }
        let mut grid = Self { sheets, at: 0, width };
        let sample = grid.sample(headers.len());
        (grid, headers, sample)
    }

    /// Looks at the first rows and goes back before them.
    fn sample(&mut self, n_columns: usize) -> Sample {
        let mut sample = Sample::new(n_columns);
        while !sample.is_full() && matches!(self.advance(), Advance::Row) {
            sample.start_row(self.line());
            for column in 0..n_columns {
                super::push_sample(&mut sample, column, self.cell(column));
            }
        }
        self.at = 0;
        self.sheets.iter_mut().for_each(|(_, sheet)| sheet.rewind());
        sample
    }

    pub(crate) fn advance(&mut self) -> Advance {
        while let Some((_, sheet)) = self.sheets.get_mut(self.at) {
            if matches!(sheet.advance(), Advance::Row) {
                return Advance::Row;
            }
            self.at += 1;
        }
        Advance::End
    }

    /// Row of its sheet, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.sheets.get(self.at).map_or(0, |(_, sheet)| sheet.line())
    }

    pub(crate) fn cell(&self, index: usize) -> Result<Cell<'_>, RejectReason> {
        match self.sheets.get(self.at) {
            Some((name, _)) if self.sheets.len() > 1 && index == self.width => Ok(Cell::Text(name)),
            Some((_, sheet)) => sheet.cell(index),
            None => Ok(Cell::Null),
        }
    }

    /// A cell that cannot be read, for a message: its place and its formula.
    pub(crate) fn shown(&self, index: usize) -> String {
        self.sheets.get(self.at).map_or_else(String::new, |(_, sheet)| sheet.shown(index))
    }

    /// The sheet of the row at hand, where there are several.
    pub(crate) fn sheet(&self) -> Option<&str> {
        let sheet = self.sheets.get(self.at).filter(|_| self.sheets.len() > 1)?;
        Some(&sheet.0)
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.sheets.get(self.at).is_none_or(|(_, sheet)| sheet.is_blank())
    }
}

/// For each name of the first sheet its place in another one; the nameless follow each other.
fn order_of(own: &[String], first: &[String]) -> Vec<usize> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, name) in own.iter().enumerate().rev() {
        places.entry(name).or_default().push(place);
    }
    first.iter().filter_map(|name| places.get_mut(name.as_str())?.pop()).collect()
}

/// Parts sheets into those of the same columns, the sheets of most rows first; each keeps the order of the workbook.
pub(crate) fn alike(sheets: Vec<NamedSheet>) -> Vec<Vec<NamedSheet>> {
    let mut groups: BTreeMap<Vec<String>, Vec<(usize, NamedSheet)>> = BTreeMap::new();
    for (place, sheet) in sheets.into_iter().enumerate() {
        let mut names = sheet.headers.clone();
        names.sort_unstable();
        groups.entry(names).or_default().push((place, sheet));
    }
    let mut groups: Vec<Vec<(usize, NamedSheet)>> = groups.into_values().collect();
    let rows = |group: &[(usize, NamedSheet)]| {
        group.iter().map(|(_, sheet)| sheet.grid.n_rows()).max().unwrap_or(0)
    };
    groups.sort_by_key(|group| (std::cmp::Reverse(rows(group)), group[0].0));
    groups.into_iter().map(|group| group.into_iter().map(|(_, sheet)| sheet).collect()).collect()
}

/// Whether a sheet is called after a class: `1반`, `3-2`, `2학년 1반`, `Class 3A`, `7b`.
pub(crate) fn names_class(name: &str) -> bool {
    const WORDS: &[&str] = &["반", "학급", "class", "klasse", "section", "period", "homeroom"];
    let name = name.trim().to_lowercase();
    if WORDS.iter().any(|word| name.contains(word)) {
        return true;
    }
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let rest: Vec<char> = name.chars().filter(|c| !c.is_ascii_digit()).collect();
    let is_mark = |c: &char| matches!(c, '-' | '_' | '.' | ' ' | '/');
    match rest.as_slice() {
        [one] if is_mark(one) => digits > 1,
        [one] => digits > 0 && digits < 3 && one.is_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_of_classes_are_known_by_their_names() {
        for name in ["1반", "3-2", "2학년 1반", "Class 3A", "7b", "Klasse 7", "Period 4", "A1"]
        {
            assert!(names_class(name), "{name}");
        }
        for name in ["Sheet1", "국어", "중간고사", "Tabelle2", "1", "답안", "Notes", "2025"]
        {
            assert!(!names_class(name), "{name}");
        }
    }

    #[test]
    fn columns_are_matched_by_their_names() {
        let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(order_of(&names("b,,a,"), &names(",a,,b")), [1, 2, 3, 0]);
    }
}
