//! Model matrices.

/// A model matrix, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelMatrix {
    /// Names of the columns as R prints them: `(Intercept)`, `groupB`, `x:groupB`, `I(x^2)`.
    pub names: Vec<String>,
    /// Term of every column: 0 for the intercept, otherwise the position in `terms` plus one.
    pub assign: Vec<usize>,
    /// Labels of the terms, without the intercept.
    pub terms: Vec<String>,
    /// Number of rows.
    pub n_rows: usize,
    /// Values, `n_rows` for every column, one column after the other.
    pub values: Vec<f64>,
}

impl ModelMatrix {
    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.names.len()
    }

    /// Values of column `j`.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.n_rows..(j + 1) * self.n_rows]
    }

    /// The matrix without the column of the intercept, if it has one.
    #[must_use]
    pub fn without_intercept(mut self) -> Self {
        if self.assign.first() == Some(&0) {
            self.names.remove(0);
            self.assign.remove(0);
            self.values.drain(..self.n_rows);
        }
        self
    }
}
