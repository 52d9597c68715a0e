//! The rows of one sheet of a workbook.

use super::Advance;
use super::dialect::{FIRST_ROWS, FirstRow, header_position, is_second_row, two_rows};
use super::workbook::WorkbookFault;
use crate::cell::Cell;
use crate::reject::RejectReason;
use crate::time::Moment;

/// Most cells of a sheet that are read.
const MOST_CELLS: usize = 20_000_000;
/// In place of a column that a sheet lacks.
const NOWHERE: u32 = u32::MAX;

/// The cells of a sheet that have something in them, by row and column.
#[derive(Debug, Default)]
pub(crate) struct SheetCells {
    cells: Vec<Place>,
    text: String,
    /// Where each row begins in `cells`, with its number; sorted.
    rows: Vec<(u32, usize)>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    row: u32,
    column: u32,
    value: Value,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Number(f64),
    Truth(bool),
    Text {
        start: usize,
        end: usize,
    },
    /// A formula whose value the file does not have.
    Formula {
        start: usize,
        end: usize,
    },
    Time(Moment),
}

impl SheetCells {
    pub(crate) fn number(
        &mut self,
        row: u32,
        column: u32,
        number: f64,
    ) -> Result<(), WorkbookFault> {
        self.put(row, column, Value::Number(number))
    }

    pub(crate) fn truth(
        &mut self,
        row: u32,
        column: u32,
        truth: bool,
    ) -> Result<(), WorkbookFault> {
        self.put(row, column, Value::Truth(truth))
    }

    pub(crate) fn time(
        &mut self,
        row: u32,
        column: u32,
        time: Moment,
    ) -> Result<(), WorkbookFault> {
        self.put(row, column, Value::Time(time))
    }

    pub(crate) fn text(&mut self, row: u32, column: u32, text: &str) -> Result<(), WorkbookFault> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.put(row, column, Value::Text { start, end: self.text.len() })
    }

    fn put(&mut self, row: u32, column: u32, value: Value) -> Result<(), WorkbookFault> {
        if self.cells.len() >= MOST_CELLS {
            return Err(WorkbookFault::TooManyCells { most: MOST_CELLS });
        }
        self.cells.push(Place { row, column, value });
        Ok(())
    }

    /// Brings the cells into order; of two in one place the last counts.
    pub(crate) fn finish(&mut self) {
        let place = |cell: &Place| (cell.row, cell.column);
        if !self.cells.is_sorted_by_key(place) {
            self.cells.sort_by_key(place);
        }
        self.rows.clear();
        for (at, cell) in self.cells.iter().enumerate() {
            if self.rows.last().is_none_or(|(row, _)| *row != cell.row) {
                self.rows.push((cell.row, at));
            }
        }
    }

    /// A formula without a value.
    pub(crate) fn formula(
        &mut self,
        row: u32,
        column: u32,
        formula: &str,
    ) -> Result<(), WorkbookFault> {
        const SHOWN: usize = 60;
        let start = self.text.len();
        self.text.extend(formula.chars().take(SHOWN));
        self.put(row, column, Value::Formula { start, end: self.text.len() })
    }

    /// Formulas without a value.
    pub(crate) fn formulas(&self) -> usize {
        self.cells.iter().filter(|cell| matches!(cell.value, Value::Formula { .. })).count()
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether rows have fewer cells than others: merged cells and formulas without a value leave gaps.
    pub(crate) fn has_gaps(&self) -> bool {
        let widest = (0..self.n_rows()).map(|at| self.row(at).len()).max().unwrap_or(0);
        widest * self.n_rows() > self.cells.len()
    }

    /// Whether a cell has something in it.
    pub(crate) fn holds(&self, row: u32, column: u32) -> bool {
        self.rows
            .binary_search_by_key(&row, |(row, _)| *row)
            .is_ok_and(|at| self.find(at, column).is_some())
    }

    /// Gives every row of a region that was merged over rows of one column the value of its first cell.
    pub(crate) fn fill_down(&mut self, regions: &[[u32; 4]]) -> u64 {
        const LONGEST: u32 = 100_000;
        let mut filled = Vec::new();
        for &[first_row, first_column, last_row, last_column] in regions {
            let is_column = first_column == last_column && last_row > first_row;
            if !is_column || last_row - first_row > LONGEST {
                continue;
            }
            let Ok(at) = self.rows.binary_search_by_key(&first_row, |(row, _)| *row) else {
                continue;
            };
            let Some(value) = self.find(at, first_column) else { continue };
            filled.extend((first_row + 1..=last_row).map(|row| Place {
                row,
                column: first_column,
                value,
            }));
        }
        // A row that holds nothing else is none.
        filled.retain(|place| self.rows.binary_search_by_key(&place.row, |(row, _)| *row).is_ok());
        let n = filled.len() as u64;
        if n > 0 {
            self.cells.extend(filled);
            self.finish();
        }
        n
    }

    /// The cells of the row at a position.
    fn row(&self, at: usize) -> &[Place] {
        let Some(&(_, start)) = self.rows.get(at) else { return &[] };
        let end = self.rows.get(at + 1).map_or(self.cells.len(), |(_, start)| *start);
        &self.cells[start..end]
    }

    fn find(&self, at: usize, column: u32) -> Option<Value> {
        let row = self.row(at);
        row.iter().rev().find(|place| place.column == column).map(|place| place.value)
    }

    fn cell(&self, at: usize, column: u32) -> Result<Cell<'_>, RejectReason> {
        Ok(match self.find(at, column) {
            None => Cell::Null,
            Some(Value::Number(number)) => Cell::Float(number),
            Some(Value::Truth(truth)) => Cell::Bool(truth),
            Some(Value::Text { start, end }) => Cell::Text(&self.text[start..end]),
            Some(Value::Time(moment)) => Cell::Time(moment),
            Some(Value::Formula { .. }) => return Err(RejectReason::NoFormulaValue),
        })
    }

    /// What a cell shows.
    fn text_at(&self, at: usize, column: u32) -> String {
        match self.cell(at, column) {
            Ok(Cell::Text(text)) => text.trim().to_owned(),
            Ok(cell) => cell.shown(),
            Err(_) => String::new(),
        }
    }

    /// Place and text of a formula without a value, as `D7 =B7+C7`.
    fn shown_formula(&self, at: usize, column: u32) -> String {
        let row = self.rows.get(at).map_or(0, |(row, _)| *row);
        match self.find(at, column) {
            Some(Value::Formula { start, end }) => {
                format!("{}{} ={}", letters(column), row + 1, &self.text[start..end])
            }
            _ => String::new(),
        }
    }
}

/// The letters of a column as spreadsheets show them.
fn letters(column: u32) -> String {
    let mut text = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        text.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    text.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// The rows behind the header of a sheet.
pub(crate) struct SheetGrid {
    cells: SheetCells,
    /// Columns of the sheet that the header names, in order.
    columns: Vec<u32>,
    /// Position of the header.
    header: usize,
    /// Position of the row at hand.
    at: usize,
}

impl SheetGrid {
    /// Finds the header; `None` where the sheet has no such header.
    pub(crate) fn of(cells: SheetCells, header_row: Option<u64>) -> Option<(Self, Vec<String>)> {
        let most = if header_row.is_some() { cells.n_rows() } else { FIRST_ROWS };
        let first = |at: usize| FirstRow {
            line: u64::from(cells.rows[at].0) + 1,
            filled: cells.row(at).len(),
        };
        let rows: Vec<FirstRow> = (0..cells.n_rows().min(most)).map(first).collect();
        let mut header = header_position(&rows, header_row)?;
        if header_row.is_none() && header + 1 < cells.n_rows() {
            let width = cells.row(header).last().map_or(0, |place| place.column + 1);
            let width = cells.row(header + 1).last().map_or(width, |p| width.max(p.column + 1));
            // Sheets have up to 16 384 columns.
            let texts = |at| (0..width).map(|column| cells.text_at(at, column)).collect::<Vec<_>>();
            if is_second_row(&texts(header), &texts(header + 1)) {
                header += 1;
            }
        }
        let mut columns: Vec<u32> = cells.row(header).iter().map(|place| place.column).collect();
        columns.dedup();
        let nameless = nameless_first_column(&cells, header, &columns);
        columns.splice(0..0, nameless);
        let above = header.checked_sub(1).filter(|_| header_row.is_none());
        let above = above.filter(|at| cells.rows[*at].0 + 1 == cells.rows[header].0);
        if let Some(above) = above {
            columns = with_columns_of(&cells, above, columns);
        }
        let names = |at: usize| columns.iter().map(|c| cells.text_at(at, *c)).collect();
        let above: Option<Vec<String>> = above.map(names);
        let headers = two_rows(above.as_deref(), names(header));
        Some((Self { cells, columns, header, at: header }, headers))
    }

    /// The same with its columns in another order, with a place for those that it lacks.
    pub(crate) fn in_order(mut self, order: &[Option<usize>]) -> Self {
        let column = |at: &Option<usize>| at.and_then(|at| self.columns.get(at).copied());
        self.columns = order.iter().map(|at| column(at).unwrap_or(NOWHERE)).collect();
        self
    }

    /// Whether the sheet is without a column that others have.
    pub(crate) fn lacks(&self, index: usize) -> bool {
        self.columns.get(index) == Some(&NOWHERE)
    }

    /// Rows behind the header.
    pub(crate) fn n_rows(&self) -> usize {
        self.cells.n_rows().saturating_sub(self.header + 1)
    }

    /// Goes back before the first row.
    pub(crate) fn rewind(&mut self) {
        self.at = self.header;
    }

    /// A cell that cannot be read, for a message.
    pub(crate) fn shown(&self, index: usize) -> String {
        let column = self.columns.get(index);
        column.map_or_else(String::new, |column| self.cells.shown_formula(self.at, *column))
    }

    pub(crate) fn advance(&mut self) -> Advance {
        self.at += 1;
        if self.at < self.cells.n_rows() { Advance::Row } else { Advance::End }
    }

    /// Row of the sheet, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.cells.rows.get(self.at).map_or(0, |(row, _)| u64::from(*row) + 1)
    }

    pub(crate) fn cell(&self, index: usize) -> Result<Cell<'_>, RejectReason> {
        self.columns.get(index).map_or(Ok(Cell::Null), |column| self.cells.cell(self.at, *column))
    }

    /// Whether the row at hand has nothing under the header.
    pub(crate) fn is_blank(&self) -> bool {
        (0..self.columns.len()).all(|index| self.cell(index) == Ok(Cell::Null))
    }
}

/// The columns of a header with those that only the row above it names, where rows below have something in them.
fn with_columns_of(cells: &SheetCells, above: usize, mut columns: Vec<u32>) -> Vec<u32> {
    if cells.row(above).len() < 2 {
        return columns;
    }
    let has_rows = |column: u32| {
        (above + 2..cells.n_rows()).take(20).any(|at| cells.find(at, column).is_some())
    };
    columns.extend(cells.row(above).iter().map(|place| place.column).filter(|c| has_rows(*c)));
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// A first column without a name, as programs write the ids of rows.
fn nameless_first_column(cells: &SheetCells, header: usize, columns: &[u32]) -> Option<u32> {
    let before = columns.first()?.checked_sub(1)?;
    let below = (header + 1..cells.n_rows()).take(20);
    let filled = below.clone().filter(|at| cells.find(*at, before).is_some()).count();
    (filled > 0 && filled == below.count()).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[(u32, &[&str])]) -> SheetCells {
        let mut cells = SheetCells::default();
        for (row, texts) in rows {
            for (column, text) in texts.iter().enumerate() {
                cells.text(*row, column as u32, text).unwrap();
            }
        }
        cells.finish();
        cells
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let cells = sheet(&[
            (0, &["Class 3A"]),
            (2, &["", "학번", "1번", "2번"]),
            (3, &["", "11", "O", "X"]),
            (5, &["", "12", "", "O"]),
        ]);
        let (mut grid, headers) = SheetGrid::of(cells, None).unwrap();
        assert_eq!(headers, ["학번", "1번", "2번"]);
        let mut lines = Vec::new();
        while matches!(grid.advance(), Advance::Row) {
            lines.push((grid.line(), grid.cell(1).unwrap().shown()));
        }
        assert_eq!(lines, [(4, "O".to_owned()), (6, String::new())]);
    }

    #[test]
    fn a_column_merged_over_rows_holds_its_value_in_each() {
        let mut cells = sheet(&[
            (0, &["id", "item"]),
            (1, &["amy", "q1"]),
            (2, &["", "q2"]),
            (3, &["bob", "q1"]),
        ]);
        assert_eq!(cells.fill_down(&[[1, 0, 2, 0], [5, 0, 9, 0], [0, 0, 0, 1]]), 1);
        assert_eq!(cells.cell(2, 0), Ok(Cell::Text("amy")));
        assert_eq!(cells.cell(3, 0), Ok(Cell::Text("bob")));
    }

    #[test]
    fn a_header_of_two_rows_is_one() {
        let cells = sheet(&[
            (0, &["번호", "이름", "국어", "", "수학", ""]),
            (1, &["", "", "1번", "2번", "1번", "2번"]),
            (2, &["1", "A", "O", "X", "O", "O"]),
        ]);
        let (_, headers) = SheetGrid::of(cells, None).unwrap();
        assert_eq!(headers, ["번호", "이름", "국어 1번", "국어 2번", "수학 1번", "수학 2번"]);
    }

    #[test]
    fn a_formula_without_a_value_is_named_by_its_place() {
        let mut cells = sheet(&[(0, &["id", "q1"]), (1, &["a"])]);
        cells.formula(1, 1, "B1+1").unwrap();
        cells.finish();
        let (mut grid, _) = SheetGrid::of(cells, None).unwrap();
        grid.advance();
        assert_eq!(grid.cell(1), Err(RejectReason::NoFormulaValue));
        assert_eq!(grid.shown(1), "B2 =B1+1");
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn cells_may_come_in_any_order() {
        let mut cells = SheetCells::default();
        for (row, column, number) in [(1, 1, 4.0), (0, 0, 1.0), (1, 0, 3.0), (0, 1, 2.0)] {
            cells.number(row, column, number).unwrap();
        }
        cells.finish();
        let found: Vec<_> =
            (0..2).flat_map(|row| [cells.cell(row, 0), cells.cell(row, 1)]).collect();
        assert_eq!(found, [1.0, 2.0, 3.0, 4.0].map(|number| Ok(Cell::Float(number))));
    }
}
