//! Why a report could not be made, and what to do about it.

use seedtest_fault::FaultKind;

use crate::lang::Lang;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A number of the view model is NaN or infinite.
    #[error("{field} is {value}, not a finite number")]
    NotFinite {
        /// Path of the field, such as `weekly_accuracy[3].n`.
        field: String,
        /// The number.
        value: f64,
    },
    /// A number of the view model lies outside its range.
    #[error("{field} is {value}, outside {lowest}..{highest}")]
    OutOfRange {
        /// Path of the field.
        field: String,
        /// The number.
        value: f64,
        /// Smallest allowed value.
        lowest: f64,
        /// Largest allowed value.
        highest: f64,
    },
    /// More right answers than answers.
    #[error("{field} has {right} right answers out of {n}")]
    TooManyRight {
        /// Path of the field.
        field: String,
        /// Right answers.
        right: u32,
        /// Answers.
        n: u32,
    },
    /// A series that must ascend in time does not.
    #[error("{field} is not later than the entry before it")]
    NotAscending {
        /// Path of the field.
        field: String,
    },
    /// The catalogue of a language cannot be read.
    #[error("the text catalogue '{lang}' cannot be read")]
    Catalogue {
        /// Its language.
        lang: Lang,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A template cannot be rendered.
    #[error("the report template cannot be rendered")]
    Template(#[from] minijinja::Error),
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::NotFinite { .. }
            | Self::OutOfRange { .. }
            | Self::TooManyRight { .. }
            | Self::NotAscending { .. }
            | Self::Catalogue { .. }
            | Self::Template(_) => FaultKind::Internal,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotFinite { .. } => "give an unknown number as none, with its reason",
            Self::OutOfRange { .. } => "check the units: shares and probabilities are 0..1",
            Self::TooManyRight { .. } => "n counts the right and the wrong answers together",
            Self::NotAscending { .. } => "sort the series by date, one entry a date",
            Self::Catalogue { .. } => "the catalogue must be one flat object of texts",
            Self::Template(_) => "compare the template with the one that ships with this version",
        }
    }
}
