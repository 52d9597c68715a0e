//! What the parts that several families share take.

use seedtest_formula::Size;
use seedtest_numerics::Cost;

/// Bytes of a number.
pub(crate) const NUMBER: f64 = 8.0;
/// Bytes of a number of an answer: in memory, and as the text that is sent.
pub(crate) const ANSWERED: f64 = 40.0;
/// Copies of a model matrix that are alive at once: as the formula makes it, standardised, in the order of
/// the computation, and that of the rows to predict.
const COPIES_OF_MATRIX: f64 = 4.0;
/// Copies of the matrix of rows to predict: by column, and by row.
const COPIES_OF_NEW_ROWS: f64 = 2.0;
/// Copies of a matrix of the covariance of all coefficients.
const COPIES_OF_COVARIANCE: f64 = 4.0;

/// What coding new rows into so many columns takes, and the answer for them.
pub(crate) fn of_new_rows(rows: usize, columns: f64) -> Cost {
    let rows = ("rows to predict", rows as f64);
    Cost::new()
        .and("a model matrix", &[rows, ("columns", columns)], COPIES_OF_NEW_ROWS * NUMBER)
        .and("predictions", &[rows], 3.0 * ANSWERED)
}

/// What the model matrix of a formula and the covariance of its coefficients take.
pub(crate) fn of_design(size: &Size) -> Cost {
    let (rows, columns) = (size.rows as f64, size.fixed);
    Cost::new()
        .and("a model matrix", &[("rows", rows), ("columns", columns)], COPIES_OF_MATRIX * NUMBER)
        .and(
            "a covariance",
            &[("columns", columns), ("columns again", columns)],
            COPIES_OF_COVARIANCE * NUMBER,
        )
}
