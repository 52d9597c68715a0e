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

/// Sheets of the same columns, or of classes with nearly the same. Several have one column more: the name of the
/// sheet.
pub(crate) struct SheetsGrid {
    sheets: Vec<(String, SheetGrid)>,
    /// Position of the sheet at hand.
    at: usize,
    width: usize,
}

impl SheetsGrid {
    /// Joins sheets, the first of which says the order of the columns; those that only others have come behind.
    pub(crate) fn of(sheets: Vec<NamedSheet>) -> (Self, Vec<String>, Sample) {
        let mut headers: Vec<String> = Vec::new();
        for sheet in &sheets {
            headers.extend(beyond(&sheet.headers, &headers));
        }
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

    /// Looks at the first rows of each sheet and goes back before them.
    fn sample(&mut self, n_columns: usize) -> Sample {
        let mut sample = Sample::new(n_columns);
        let n_sheets = self.sheets.len();
        for at in 0..n_sheets {
            self.at = at;
            if n_sheets > 1 {
                sample.start_sheet(&self.sheets[at].0);
            }
            while !sample.has_share(at + 1, n_sheets)
                && matches!(self.sheets[at].1.advance(), Advance::Row)
            {
                sample.start_row(self.line());
                for column in 0..n_columns {
                    super::push_sample(&mut sample, column, self.cell(column));
                }
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

    /// Which sheet the row at hand is of, counted from 0.
    pub(crate) fn sheet_index(&self) -> usize {
        self.at
    }

    /// Whether the sheet of the row at hand is without a column that others have.
    pub(crate) fn lacks(&self, index: usize) -> bool {
        index < self.width && self.sheets.get(self.at).is_some_and(|(_, sheet)| sheet.lacks(index))
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.sheets.get(self.at).is_none_or(|(_, sheet)| sheet.is_blank())
    }
}

/// For each name of a table its place in one of its sheets, where it is there; the nameless follow each other.
fn order_of(own: &[String], names: &[String]) -> Vec<Option<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, name) in own.iter().enumerate().rev() {
        places.entry(name).or_default().push(place);
    }
    names.iter().map(|name| places.get_mut(name.as_str())?.pop()).collect()
}

/// The names that are not among others, as often as they are more.
pub(crate) fn beyond(names: &[String], others: &[String]) -> Vec<String> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for name in others {
        *left.entry(name).or_default() += 1;
    }
    let is_new = |name: &&String| match left.get_mut(name.as_str()) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    };
    names.iter().filter(is_new).cloned().collect()
}

/// Puts sheets of classes with nearly the same columns together: half of the columns at least, as where one class has
/// an item more.
pub(crate) fn join_classes(groups: Vec<Vec<NamedSheet>>) -> Vec<Vec<NamedSheet>> {
    let mut joined: Vec<Vec<NamedSheet>> = Vec::new();
    for group in groups {
        let are_classes = |group: &[NamedSheet]| group.iter().all(|s| names_class(&s.name));
        let is_like = |other: &&mut Vec<NamedSheet>| {
            are_classes(other) && are_classes(&group) && is_alike(&other[0], &group[0])
        };
        match joined.iter_mut().find(is_like) {
            Some(other) => other.extend(group),
            None => joined.push(group),
        }
    }
    joined
}

/// Whether two sheets share at least half of their columns.
fn is_alike(one: &NamedSheet, other: &NamedSheet) -> bool {
    let own = beyond(&one.headers, &other.headers).len();
    let shared = one.headers.len() - own;
    shared > 1 && shared * 2 >= one.headers.len().max(other.headers.len())
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

/// What stands behind the number of a week, a test or a day.
const OCCASIONS: &[char] = &['주', '회', '차', '월', '일'];

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
        [one] => digits > 0 && digits < 3 && one.is_alphabetic() && !OCCASIONS.contains(one),
        _ => false,
    }
}

/// Whether a sheet is called after a week, a day or a test: `3주차`, `2회`, `중간고사`, `Week 2`, `Quiz 1`.
pub(crate) fn names_occasion(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "주차", "차시", "고사", "시험", "평가", "퀴즈", "모의", "사전", "사후", "week", "woche",
        "semaine", "semana", "quiz", "test", "exam", "klausur", "midterm", "lesson",
    ];
    let name = name.trim().to_lowercase();
    let mut is_counted = false;
    let mut before = ' ';
    for c in name.chars().filter(|c| !c.is_whitespace()) {
        is_counted |= before.is_ascii_digit() && OCCASIONS.contains(&c);
        before = c;
    }
    is_counted || WORDS.iter().any(|word| name.contains(word))
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
    fn sheets_of_weeks_and_tests_are_known_by_their_names() {
        for name in
            ["1주차", "3 주", "2회", "1차", "3월", "중간고사", "Week 2", "Quiz 1", "사전 검사"]
        {
            assert!(names_occasion(name) && !names_class(name), "{name}");
        }
        for name in ["1반", "Sheet1", "3-2", "Klasse 7", "답안", "일반"] {
            assert!(!names_occasion(name), "{name}");
        }
    }

    #[test]
    fn columns_are_matched_by_their_names() {
        let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(order_of(&names("b,,a,"), &names(",a,,b")), [1, 2, 3, 0].map(Some));
        assert_eq!(order_of(&names("b,a"), &names("a,c,b")), [Some(1), None, Some(0)]);
        assert_eq!(beyond(&names("a,b,b,c"), &names("b,a")), ["b", "c"]);
    }
}
