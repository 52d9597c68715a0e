//! Rows that have not the shape of their table.

/// Why a row is none of a table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowFault {
    /// It is longer than any row.
    #[error("is longer than {limit} bytes")]
    TooLong {
        /// Longest row that is read, in bytes.
        limit: usize,
    },
    /// It has more or fewer cells than the header.
    #[error("has {found} cells, not {expected}")]
    Cells {
        /// Its cells.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// It opens a quote that nobody closes, so that it goes on over the next rows.
    #[error("opens a quote that is not closed")]
    OpenQuote,
    /// It is not UTF-8.
    #[error("is not UTF-8 text")]
    Encoding,
    /// It is no JSON object.
    #[error("is no JSON object: {message}")]
    NotAnObject {
        /// What the parser said.
        message: String,
    },
    /// It holds an array or an object where a cell should be.
    #[error(transparent)]
    Nested(BadValue),
}

/// A JSON value that fits no column. The field counts rows from 0, the message from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("row {}: `{column}` is {found}, not a number, a text or null", row + 1)]
pub struct BadValue {
    /// Row, from 0.
    pub row: usize,
    /// Key.
    pub column: String,
    /// What stands there.
    pub found: &'static str,
}

impl RowFault {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "check that the file has line breaks and its quotes are closed",
            Self::Cells { .. } => {
                "every row has one cell for each column; quote cells that hold the delimiter"
            }
            Self::OpenQuote => "close the quoted cell, and double the quotes inside it",
            Self::Encoding => "save the file as UTF-8",
            Self::NotAnObject { .. } => "write one JSON object a line",
            Self::Nested(_) => "write one flat object a line, or leave the key out",
        }
    }
}
