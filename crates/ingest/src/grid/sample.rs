//! The first rows of a table, from which it is found out what its columns hold.

/// The cells of the first rows, column by column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    columns: Vec<SampleColumn>,
    n_rows: usize,
    /// Line of every row.
    lines: Vec<u64>,
}

/// Cells as texts, trimmed; those with a type of time are only counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct SampleColumn {
    text: String,
    ends: Vec<u32>,
    times: u64,
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
        self.n_rows >= Self::MOST_ROWS
            || self.columns.iter().map(|column| column.text.len()).sum::<usize>()
                >= Self::MOST_BYTES
    }

    /// Begins a row; a cell is then put into each of its columns.
    pub(crate) fn start_row(&mut self, line: u64) {
        self.n_rows += 1;
        self.lines.push(line);
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
            let mut found = SampleColumn { times: column.times, ..SampleColumn::default() };
            for &row in &kept {
                found.push(column.cell(row));
            }
            found
        };
        Self {
            columns: self.columns.iter().map(column).collect(),
            n_rows: kept.len(),
            lines: kept.iter().map(|row| self.line(*row)).collect(),
        }
    }

    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().unwrap_or(0)
    }

    /// The cells of a column; none where there is no such column.
    pub(crate) fn column(&self, index: usize) -> &SampleColumn {
        const NONE: &SampleColumn =
            &SampleColumn { text: String::new(), ends: Vec::new(), times: 0 };
        self.columns.get(index).unwrap_or(NONE)
    }
}

impl SampleColumn {
    pub(crate) fn push(&mut self, cell: &str) {
        self.text.push_str(cell.trim());
        self.ends.push(self.text.len() as u32);
    }

    pub(crate) fn push_time(&mut self) {
        self.times += 1;
        self.push("");
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

    /// How many cells have a type of time.
    pub(crate) fn times(&self) -> u64 {
        self.times
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
        sample.column_mut(1).push_time();
        assert_eq!(sample.column(0).cells().collect::<Vec<_>>(), ["a", ""]);
        assert_eq!(sample.column(1).cells().collect::<Vec<_>>(), ["b", "c", ""]);
        assert_eq!((sample.column(1).times(), sample.line(1), sample.n_rows()), (1, 3, 2));
        assert_eq!(sample.column(7).cells().count(), 0);
        assert_eq!([0, 1, 2].map(|row| sample.column(1).cell(row)), ["b", "c", ""]);
        let second = sample.filtered(|row| row == 1);
        assert_eq!((second.n_rows(), second.line(0), second.column(1).cell(0)), (1, 3, "c"));
    }
}
