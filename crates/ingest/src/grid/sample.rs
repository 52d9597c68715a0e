//! The first rows of a table, from which it is found out what its columns hold.

use crate::time::Moment;

/// The cells of the first rows, column by column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    columns: Vec<SampleColumn>,
    n_rows: usize,
    /// Line of every row.
    lines: Vec<u64>,
    /// Sheet of every row, counted from 0.
    sheets: Vec<usize>,
    /// Names of the sheets, where several are read together.
    sheet_names: Vec<String>,
}

/// Cells as texts, trimmed; those with a type of time are empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct SampleColumn {
    text: String,
    ends: Vec<u32>,
    /// Rows whose cell has a type of time, in order.
    moments: Vec<(usize, Moment)>,
}

impl Sample {
    /// Most rows that are looked at.
    pub(crate) const MOST_ROWS: usize = 20_000;
    /// Most bytes of cells that are looked at.
    const MOST_BYTES: usize = 1 << 20;

    pub(crate) fn new(n_columns: usize) -> Self {
        Self { columns: vec![SampleColumn::default(); n_columns], ..Self::default() }
    }

    /// Whether enough has been seen.
    pub(crate) fn is_full(&self) -> bool {
        self.has_share(1, 1)
    }

    /// Whether enough has been seen for `part` of `of` equal shares.
    pub(crate) fn has_share(&self, part: usize, of: usize) -> bool {
        let bytes = self.columns.iter().map(|column| column.text.len()).sum::<usize>();
        self.n_rows * of >= Self::MOST_ROWS * part || bytes * of >= Self::MOST_BYTES * part
    }

    /// Begins a row; a cell is then put into each of its columns.
    pub(crate) fn start_row(&mut self, line: u64) {
        self.n_rows += 1;
        self.lines.push(line);
        self.sheets.push(self.sheet_names.len().saturating_sub(1));
    }

    /// Begins the rows of a sheet, where several are read together.
    pub(crate) fn start_sheet(&mut self, name: &str) {
        self.sheet_names.push(name.to_owned());
    }

    pub(crate) fn column_mut(&mut self, index: usize) -> &mut SampleColumn {
        &mut self.columns[index]
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// The rows that `keep` wants.
    pub(crate) fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.n_rows).filter(|row| keep(*row)).collect();
        if kept.len() == self.n_rows {
            return self.clone();
        }
        let column = |column: &SampleColumn| {
            let mut found = SampleColumn::default();
            for &row in &kept {
                match column.moment(row) {
                    Some(moment) => found.push_time(moment),
                    None => found.push(column.cell(row)),
                }
            }
            found
        };
        Self {
            columns: self.columns.iter().map(column).collect(),
            n_rows: kept.len(),
            lines: kept.iter().map(|row| self.line(*row)).collect(),
            sheets: kept.iter().map(|row| self.sheet(*row)).collect(),
            sheet_names: self.sheet_names.clone(),
        }
    }

    /// The same with the blank cells of columns filled by the last one above them on their sheet.
    pub(crate) fn filled_down(&self, columns: &[usize], is_blank: impl Fn(&str) -> bool) -> Self {
        let mut filled = self.clone();
        for &index in columns {
            let mut column = SampleColumn::default();
            let mut above = (0, String::new());
            for row in 0..self.n_rows {
                let cell = self.column(index).cell(row);
                let sheet = self.sheet(row);
                if !is_blank(cell) {
                    above = (sheet, cell.to_owned());
                }
                column.push(if above.0 == sheet { &above.1 } else { cell });
            }
            filled.columns[index] = column;
        }
        filled
    }

    /// Sheet of a row, counted from 0.
    pub(crate) fn sheet(&self, row: usize) -> usize {
        self.sheets.get(row).copied().unwrap_or(0)
    }

    /// Name of a sheet, where several are read together.
    pub(crate) fn sheet_name(&self, sheet: usize) -> Option<&str> {
        self.sheet_names.get(sheet).map(String::as_str)
    }

    /// How many sheets there are; 1 where there are none.
    pub(crate) fn n_sheets(&self) -> usize {
        self.sheet_names.len().max(1)
    }

    /// Where a row stands, for people: its line, with its sheet where there are several.
    pub(crate) fn place(&self, row: usize) -> String {
        match self.sheet_name(self.sheet(row)) {
            Some(name) => format!("sheet {name} line {}", self.line(row)),
            None => format!("line {}", self.line(row)),
        }
    }

    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().unwrap_or(0)
    }

    /// The cells of a column; none where there is no such column.
    pub(crate) fn column(&self, index: usize) -> &SampleColumn {
        const NONE: &SampleColumn =
            &SampleColumn { text: String::new(), ends: Vec::new(), moments: Vec::new() };
        self.columns.get(index).unwrap_or(NONE)
    }
}

impl SampleColumn {
    pub(crate) fn push(&mut self, cell: &str) {
        self.text.push_str(cell.trim());
        self.ends.push(self.text.len() as u32);
    }

    pub(crate) fn push_time(&mut self, moment: Moment) {
        self.moments.push((self.ends.len(), moment));
        self.push("");
    }

    /// The time in the cell of a row, where it has that type.
    pub(crate) fn moment(&self, row: usize) -> Option<Moment> {
        let found = self.moments.binary_search_by_key(&row, |(row, _)| *row);
        found.ok().map(|at| self.moments[at].1)
    }

    /// The cells as texts, empty ones among them.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        self.ends.iter().scan(0_usize, |start, end| {
            let cell = &self.text[*start..*end as usize];
            *start = *end as usize;
            Some(cell)
        })
    }

    /// The cell of a row; empty where there is none.
    pub(crate) fn cell(&self, row: usize) -> &str {
        let Some(end) = self.ends.get(row) else { return "" };
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..*end as usize]
    }

    /// What the cell of a row shows, also one with a type of time.
    pub(crate) fn shown(&self, row: usize) -> String {
        let moment = self.moment(row).map(|moment| moment.to_string());
        moment.unwrap_or_else(|| self.cell(row).to_owned())
    }

    /// How many cells have a type of time.
    pub(crate) fn times(&self) -> usize {
        self.moments.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let mut sample = Sample::new(2);
        for (line, cells) in [(2, ["a", " b "]), (3, ["", "c"])] {
            sample.start_row(line);
            for (index, cell) in cells.into_iter().enumerate() {
                sample.column_mut(index).push(cell);
            }
        }
        sample.column_mut(1).push_time(Moment::Day(7));
        assert_eq!(sample.column(0).cells().collect::<Vec<_>>(), ["a", ""]);
        assert_eq!(sample.column(1).cells().collect::<Vec<_>>(), ["b", "c", ""]);
        assert_eq!((sample.column(1).times(), sample.line(1), sample.n_rows()), (1, 3, 2));
        assert_eq!(sample.column(7).cells().count(), 0);
        assert_eq!([0, 1, 2].map(|row| sample.column(1).cell(row)), ["b", "c", ""]);
        assert_eq!([1, 2].map(|row| sample.column(1).moment(row)), [None, Some(Moment::Day(7))]);
        let second = sample.filtered(|row| row == 1);
        assert_eq!((second.n_rows(), second.line(0), second.column(1).cell(0)), (1, 3, "c"));
    }

    #[test]
    fn what_stands_above_fills_a_blank_of_its_own_sheet() {
        let mut sample = Sample::new(1);
        for (sheet, cells) in [("A", ["1", ""]), ("B", ["", "2"])] {
            sample.start_sheet(sheet);
            for (line, cell) in cells.into_iter().enumerate() {
                sample.start_row(line as u64 + 2);
                sample.column_mut(0).push(cell);
            }
        }
        let filled = sample.filled_down(&[0], str::is_empty);
        assert_eq!(filled.column(0).cells().collect::<Vec<_>>(), ["1", "1", "", "2"]);
        assert_eq!((filled.n_sheets(), filled.sheet(2), filled.sheet_name(1)), (2, 1, Some("B")));
        assert_eq!(filled.place(3), "sheet B line 3");
    }
}
