//! Why a customising file cannot be used.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use seedtest_fault::FaultKind;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Line and column, both from 1; `None` = the file as a whole.
    pub at: Option<(usize, usize)>,
}

impl Place {
    /// A file as a whole.
    pub(super) fn of_file(path: &Path) -> Self {
        Self { path: path.to_owned(), at: None }
    }

    /// Where a byte of the text of a file stands.
    pub(super) fn of_byte(path: &Path, text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        Self { path: path.to_owned(), at: Some((line, before[start..].chars().count() + 1)) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

/// Why a customising file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CustomiseError {
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A file that is no TOML.
    #[error("{place}: {message}")]
    Toml {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// A key or a name that stands for nothing.
    #[error("{place}: {what} {name:?} is not known")]
    Unknown {
        /// Where.
        place: Place,
        /// What it would be: a key, a colour, a section, a text, a template.
        what: &'static str,
        /// The name.
        name: String,
        /// The known one that looks most like it.
        nearest: Option<String>,
    },
    /// A value of another kind than it must be.
    #[error("{place}: {key} is {found}, not {expected}")]
    Kind {
        /// Where.
        place: Place,
        /// Its key.
        key: String,
        /// What it is.
        found: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A logo, font or template that cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that the customising file names and that cannot be used.
    #[error("{place}: {error}")]
    Named {
        /// Where it is named.
        place: Place,
        /// What is wrong with it.
        error: Box<CustomiseError>,
    },
    /// A template that cannot be used.
    #[error("{place}: {reason}")]
    Template {
        /// Where: its file and line where they are known.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// Colours or texts that do not go together with the rest.
    #[error("{place}: {error}")]
    Report {
        /// Where.
        place: Place,
        /// What is wrong.
        error: Box<seedtest_report::Error>,
    },
}

impl CustomiseError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Read { .. } => "check the name of the file and who may read it".into(),
            Self::Toml { .. } => "see docs/reports.md for an example".into(),
            Self::Unknown { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            Self::Unknown { what, nearest: None, .. } => {
                format!("docs/reports.md lists what may be a {what}")
            }
            Self::Kind { .. } => "docs/reports.md shows what each key holds".into(),
            Self::File { .. } => {
                "a logo is a PNG, JPEG or SVG of 200 KiB at most, a template a text of 1 MiB at most, a font a \
                 TrueType or OpenType file (.ttf, .otf, .ttc) of 32 MiB at most"
                    .into()
            }
            Self::Template { .. } => {
                "compare the template with the one that ships with this version".into()
            }
            Self::Named { error, .. } => error.hint(),
            Self::Report { error, .. } => error.hint().into(),
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        FaultKind::Setting
    }
}
