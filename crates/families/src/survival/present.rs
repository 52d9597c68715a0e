//! Rows with a value in the columns beside a formula: weights, an offset, groups.

use std::borrow::Cow;

use seedtest_formula::{Formula, Frame};
use seedtest_ingest::Table;
use seedtest_survival::FormulaData;

use crate::error::Error;
use crate::rows::{chosen_rows, is_missing};

/// The rows of a table that miss no value of some columns.
pub(super) struct Present<'a> {
    whole: &'a Table,
    names: Vec<&'a str>,
    /// Those rows of the table; `None` where it is all of them.
    rows: Option<Vec<usize>>,
    /// The table of those rows.
    pub(super) table: Cow<'a, Table>,
}

impl<'a> Present<'a> {
    /// The rows with a value in each of these columns. A column that is not there is named by who uses it.
    pub(super) fn of(whole: &'a Table, names: Vec<&'a str>) -> Self {
        let columns: Vec<_> = names.iter().filter_map(|name| whole.column(name)).collect();
        let is_there = |&row: &usize| columns.iter().all(|column| !is_missing(column, row));
        let rows: Vec<usize> = (0..whole.n_rows).filter(is_there).collect();
        let are_all = rows.len() == whole.n_rows;
        let table =
            if are_all { Cow::Borrowed(whole) } else { Cow::Owned(chosen_rows(whole, &rows)) };
        Self { whole, names, rows: (!are_all).then_some(rows), table }
    }

    /// Applies a formula to these rows, whose columns are `frame`. Rows of the result, and of errors, are those of the
    /// whole table, and what was left out is counted over all of it.
    ///
    /// # Errors
    /// Those of the formula.
    pub(super) fn built(&self, formula: &Formula, frame: &Frame) -> Result<FormulaData, Error> {
        let Some(rows) = &self.rows else { return Ok(FormulaData::new(formula, frame)?) };
        let built = FormulaData::new(formula, frame);
        let mut built = built.map_err(|error| Error::from(error).of_rows(rows))?;
        for row in &mut built.rows {
            *row = rows[*row as usize] as u32;
        }
        built.dropped.rows = self.whole.n_rows - built.rows.len();
        built.dropped.by_column = self.missing(formula);
        Ok(built)
    }

    /// Missing values by column, for the columns that have any.
    fn missing(&self, formula: &Formula) -> Vec<(String, usize)> {
        let mut names = formula.columns();
        let beside = self.names.iter().map(|name| (*name).to_owned());
        names.extend(beside.filter(|name| !formula.columns().contains(name)));
        let count = |name: String| {
            let column = self.whole.column(&name)?;
            let n = (0..self.whole.n_rows).filter(|&row| is_missing(column, row)).count();
            (n > 0).then_some((name, n))
        };
        names.into_iter().filter_map(count).collect()
    }
}
