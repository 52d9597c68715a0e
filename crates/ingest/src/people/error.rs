//! Why a roster or a table of names cannot be read.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use seedtest_fault::FaultKind;

use crate::reject::list_names;

/// Why a roster or a table of names cannot be read; nothing of the file is used then.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The file cannot be opened or read.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is no table that can be read.
    #[error(transparent)]
    File {
        /// Why.
        source: Box<crate::error::Error>,
    },
    /// The zip file is damaged.
    #[error("{}: cannot be read as a zip file: {message}", path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A row cannot be read, or has more or fewer cells than the header.
    #[error("{table}: {message}")]
    Table {
        /// The file, or the table in a package.
        table: String,
        /// What is wrong with it, with the line.
        message: String,
    },
    /// A table has a header and no rows, or not even that.
    #[error("{table}: holds no rows")]
    Empty {
        /// The file, or the table in a package.
        table: String,
    },
    /// A column is missing.
    #[error("{table}: no {wanted} column among: {}", list_names(found))]
    NoColumn {
        /// The file, or the table in a package.
        table: String,
        /// Names that would be taken.
        wanted: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// A cell that is needed is empty.
    #[error("{table}: row {row}: {column} is empty")]
    NoValue {
        /// The file, or the table in a package.
        table: String,
        /// Line of the file, from 1.
        row: u64,
        /// The column.
        column: String,
    },
    /// A cell holds a word that means nothing.
    #[error("{table}: row {row}: {column} is {value:?}, not {expected}")]
    BadValue {
        /// The file, or the table in a package.
        table: String,
        /// Line of the file, from 1.
        row: u64,
        /// The column.
        column: String,
        /// The text.
        value: String,
        /// What would be taken.
        expected: &'static str,
    },
    /// Two rows say different things of the same id.
    #[error(
        "{table}: row {row}: {column} of {id:?} is {value:?}, but {before:?} in an earlier row"
    )]
    Contradiction {
        /// The file, or the table in a package.
        table: Box<str>,
        /// Line of the file, from 1.
        row: u64,
        /// The column.
        column: Box<str>,
        /// Whose.
        id: Box<str>,
        /// The text.
        value: Box<str>,
        /// The earlier text.
        before: Box<str>,
    },
    /// A row names an id that its own table lacks.
    #[error("{table}: row {row}: {column} {id:?} is in no row of {missing_from}")]
    Unknown {
        /// The table in the package.
        table: String,
        /// Line of the table, from 1.
        row: u64,
        /// The column.
        column: String,
        /// The id.
        id: String,
        /// The table that should have it.
        missing_from: &'static str,
    },
    /// A package lacks a table that is needed.
    #[error("{}: holds no {table}", path.display())]
    NoTable {
        /// The folder or the zip file.
        path: PathBuf,
        /// The table.
        table: &'static str,
    },
}

impl PeopleError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Io { .. } => FaultKind::Files,
            Self::File { source } => source.kind(),
            _ => FaultKind::Data,
        }
    }

    /// What to do about it, in one line.
    pub fn hint(&self) -> Cow<'static, str> {
        if let Self::File { source } = self {
            return Cow::Owned(source.hint());
        }
        Cow::Borrowed(self.fixed_hint())
    }

    fn fixed_hint(&self) -> &'static str {
        match self {
            Self::File { .. } => "",
            Self::Io { .. } => "check the path, and that the file may be read",
            Self::Zip { .. } => "fetch the file again, or unpack it and name the folder",
            Self::Table { .. } => "save the table with as many cells in each row as in the header",
            Self::Empty { .. } => "write a header line and at least one row",
            Self::NoColumn { .. } => "name a column so, or rename the one that holds it",
            Self::NoValue { .. } => "fill the cell, or take the row out",
            Self::BadValue { .. } => "correct the cell, or take the row out",
            Self::Contradiction { .. } => "let both rows say the same",
            Self::Unknown { .. } => "export the tables together: one of them is older or was cut",
            Self::NoTable { .. } => {
                "a OneRoster package has users.csv, classes.csv, enrollments.csv and orgs.csv; a plain \
                 roster is one CSV file with a student_id column"
            }
        }
    }
}
