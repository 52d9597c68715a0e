//! Tables of named columns.

use crate::error::Error;
use crate::factor::{Factor, MISSING};

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; NaN is missing.
    Numeric(Vec<f64>),
    /// Categories.
    Categorical(Factor),
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical(factor) => factor.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Numeric(values) => values[row].is_nan(),
            Self::Categorical(factor) => factor.codes()[row] == MISSING,
        }
    }
}

/// A table of named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Frame {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column.
    pub fn push(&mut self, name: impl Into<String>, column: Column) -> Result<(), Error> {
        let name = name.into();
        if self.names.contains(&name) {
            return Err(Error::DuplicateColumn { name });
        }
        if let Some(first) = self.columns.first().filter(|first| first.len() != column.len()) {
            let (found, expected) = (column.len(), first.len());
            return Err(Error::Length { name, found, expected });
        }
        self.names.push(name);
        self.columns.push(column);
        Ok(())
    }

    /// Adds a column of numbers, NaN for missing.
    pub fn push_numeric(&mut self, name: impl Into<String>, values: Vec<f64>) -> Result<(), Error> {
        self.push(name, Column::Numeric(values))
    }

    /// Adds a column of categories from text.
    pub fn push_text(&mut self, name: impl Into<String>, values: &[&str]) -> Result<(), Error> {
        let factor = Factor::from_text(values.iter().map(|v| Some(*v)));
        self.push(name, Column::Categorical(factor))
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// Names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Result<&Column, Error> {
        let at = self.names.iter().position(|n| n == name);
        at.map(|at| &self.columns[at]).ok_or_else(|| Error::UnknownColumn {
            name: name.to_owned(),
            available: self.names.clone(),
        })
    }
}
