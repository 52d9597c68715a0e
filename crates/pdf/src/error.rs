//! Why a report could not be set on paper.

use seedtest_fault::FaultKind;

/// Why a report could not be set on paper.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A font cannot be read.
    #[error("the font '{name}' cannot be read")]
    Font {
        /// Name of the file.
        name: String,
    },
    /// No threads to work on.
    #[error("no thread can be started: {reason}")]
    Threads {
        /// The operating system's answer.
        reason: String,
    },
    /// The template cannot be set.
    #[error("the template '{file}' cannot be set: {message}")]
    Template {
        /// Where the fault is: file, line and column where they are known.
        file: String,
        /// What Typst says of it.
        message: String,
    },
}

impl PdfError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Font { .. } => FaultKind::SetUp,
            Self::Threads { .. } | Self::Template { .. } => FaultKind::Internal,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Font { .. } => "give a TrueType or OpenType file (.ttf, .otf)",
            Self::Threads { .. } => "allow this process more threads or more memory",
            Self::Template { .. } => {
                "compare the template with the one that ships with this version"
            }
        }
    }
}
