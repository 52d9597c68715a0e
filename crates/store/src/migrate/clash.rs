//! Existing tables and columns that do not fit the schema.

use std::fmt;

/// Something in an existing database that does not fit the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// Table or view.
    pub table: String,
    /// Column, when the clash is about one.
    pub column: Option<String>,
    /// What is there.
    pub found: String,
    /// What the schema needs.
    pub needed: String,
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table)?;
        if let Some(column) = &self.column {
            write!(f, ".{column}")?;
        }
        write!(f, " is {}, needed {}", self.found, self.needed)
    }
}
