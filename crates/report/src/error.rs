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
    #[error("the template {name}{} cannot be rendered: {reason}", at_line(*.line))]
    Template {
        /// Its name.
        name: String,
        /// The line of the fault, from 1.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
        /// Whether the school brought it.
        is_own: bool,
    },
    /// A colour has a name that the style sheet does not know.
    #[error("{field} has no colour '{name}'")]
    UnknownColour {
        /// Of which scheme.
        field: &'static str,
        /// The name.
        name: String,
    },
    /// A colour is none.
    #[error("{field}.{name} is '{value}', not a colour such as #1d5c9e")]
    BadColour {
        /// Of which scheme.
        field: &'static str,
        /// The name.
        name: String,
        /// What was given.
        value: String,
    },
    /// A colour does not stand out from the paper.
    #[error(
        "{field}.{name} has a contrast of {found:.2} to the paper; {needed} is needed to be read"
    )]
    FaintColour {
        /// Of which scheme.
        field: &'static str,
        /// The name.
        name: String,
        /// The contrast.
        found: f64,
        /// What WCAG 2.1, level AA asks for.
        needed: f64,
    },
    /// A text has a key that the catalogue does not know.
    #[error("there is no text '{key}'")]
    UnknownText {
        /// The key.
        key: String,
    },
    /// A text has a placeholder that is never filled.
    #[error("the text '{key}' has a placeholder '{name}' that nothing fills")]
    UnknownPlaceholder {
        /// The key.
        key: String,
        /// The placeholder.
        name: String,
    },
    /// There is no section of that id.
    #[error("there is no section '{id}'")]
    UnknownSection {
        /// The id.
        id: String,
    },
    /// There is no template of that name.
    #[error("there is no template '{name}'")]
    UnknownTemplate {
        /// The name.
        name: String,
    },
    /// A page cannot be written as JSON.
    #[error("the page cannot be written for paper")]
    Sheet(#[source] serde_json::Error),
}

fn at_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(":{line}"))
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
            | Self::Template { is_own: false, .. }
            | Self::Sheet(_) => FaultKind::Internal,
            Self::Template { is_own: true, .. }
            | Self::UnknownColour { .. }
            | Self::BadColour { .. }
            | Self::FaintColour { .. }
            | Self::UnknownText { .. }
            | Self::UnknownPlaceholder { .. }
            | Self::UnknownSection { .. }
            | Self::UnknownTemplate { .. } => FaultKind::Setting,
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
            Self::UnknownColour { .. } => {
                "the names are those of the style sheet: accent, mark, ink, paper, …"
            }
            Self::BadColour { .. } => "write six hexadecimal digits after #",
            Self::FaintColour { .. } => {
                "take a darker colour in the light scheme, a lighter one in the dark scheme"
            }
            Self::UnknownText { .. } => {
                "the keys are those of the file of the language in crates/report/catalogue"
            }
            Self::UnknownPlaceholder { .. } => {
                "use the placeholders of the text that ships with this version"
            }
            Self::UnknownSection { .. } => {
                "the id of a section is what stands after # in its address on the page"
            }
            Self::UnknownTemplate { .. } => {
                "the names are those of the files in crates/report/templates"
            }
            Self::Sheet(_) => "report this as a fault of the program",
            Self::Template { .. } => {
                "compare the template with the one that ships with this version"
            }
        }
    }
}
