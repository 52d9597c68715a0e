//! Why rows of features cannot be read.

use seedtest_fault::FaultKind;

/// Why rows of features cannot be read. Rows are counted from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowsError {
    /// A student with two rows.
    #[error("rows {first} and {second} are of one student, {student:?}")]
    Repeated {
        /// A row.
        first: usize,
        /// The other.
        second: usize,
        /// The student.
        student: String,
    },
    /// Rows without a column of numbers.
    #[error("no column holds features: {found}")]
    NoFeatures {
        /// What there is.
        found: String,
    },
    /// A value that is missing where nothing says what to put there.
    #[error("row {row}: `{column}` is missing, and `scaling` does not say its mean")]
    Missing {
        /// The row.
        row: usize,
        /// The column.
        column: String,
    },
    /// A centre that lacks a feature.
    #[error("centre {centre} has no `{feature}`")]
    CentreLacks {
        /// Which, from 1.
        centre: usize,
        /// The feature.
        feature: String,
    },
}

impl RowsError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Repeated { .. }
            | Self::NoFeatures { .. }
            | Self::Missing { .. }
            | Self::CentreLacks { .. } => FaultKind::Data,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Repeated { .. } => "give one row a student, or rename the column of the student",
            Self::NoFeatures { .. } => "give columns of numbers beside the student",
            Self::Missing { .. } => "send the `scaling` of the fit, or give every value",
            Self::CentreLacks { .. } => "give the same features in every centre",
        }
    }
}
