//! Why rows of features cannot be read.

use seedtest_fault::FaultKind;

/// Why rows of features cannot be read. Fields count rows from 0, messages from 1 without a header.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowsError {
    /// A student with two rows.
    #[error("data rows {} and {} are of one student, {student:?}", first + 1, second + 1)]
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
    #[error("data row {}: `{column}` is missing, and `scaling` does not say its mean", row + 1)]
    Missing {
        /// The row.
        row: usize,
        /// The column.
        column: String,
    },
    /// Centres as lists of numbers that nothing says the features of.
    #[error(
        "the centers are lists of {width} numbers, and `features` does not say of which features"
    )]
    UnnamedCentres {
        /// Numbers of the first list.
        width: usize,
    },
    /// Rows without a column to assign them by.
    #[error("`features` is empty: nothing says how far a row is from a centre")]
    NamelessCentres,
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
            | Self::UnnamedCentres { .. }
            | Self::NamelessCentres
            | Self::CentreLacks { .. } => FaultKind::Data,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Repeated { .. } => "give one row a student, or rename the column of the student",
            Self::NoFeatures { .. } => "give columns of numbers beside the student",
            Self::Missing { .. } => "send the `scaling` of the fit, or give every value",
            Self::UnnamedCentres { .. } => {
                "send `features` (the `feature_names` of the fit), or each centre as an object by feature"
            }
            Self::NamelessCentres => "name the features of the centers in `features`",
            Self::CentreLacks { .. } => "give the same features in every centre",
        }
    }
}
