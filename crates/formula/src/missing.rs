//! Rows with missing values.

use crate::error::Error;
use crate::frame::{Column, Frame};

/// Rows that a design leaves out because a value is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Number of rows left out.
    pub rows: usize,
    /// Missing values by column, for the columns that have any; a row that misses two columns is
    /// counted in both.
    pub by_column: Vec<(String, usize)>,
}

/// Rows of the table in which all of these columns are present.
pub(crate) fn complete_rows(frame: &Frame, names: &[&str]) -> Result<(Vec<u32>, Dropped), Error> {
    let n = frame.n_rows();
    let mut complete = vec![true; n];
    let mut by_column = Vec::new();
    for &name in names {
        let missing = mark_missing(frame.column(name)?, &mut complete);
        if missing > 0 {
            by_column.push((name.to_owned(), missing));
        }
    }
    let rows: Vec<u32> = (0..n as u32).filter(|&row| complete[row as usize]).collect();
    if rows.is_empty() && n > 0 {
        return Err(Error::NoCompleteRow { rows: n, missing: by_column });
    }
    let dropped = Dropped { rows: n - rows.len(), by_column };
    Ok((rows, dropped))
}

fn mark_missing(column: &Column, complete: &mut [bool]) -> usize {
    let mut missing = 0;
    for (row, complete) in complete.iter_mut().enumerate() {
        if column.is_missing(row) {
            *complete = false;
            missing += 1;
        }
    }
    missing
}
