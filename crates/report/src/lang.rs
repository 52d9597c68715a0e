//! The languages of a report.

use std::fmt;
use std::str::FromStr;

/// Language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    /// Korean.
    #[default]
    Ko,
    /// English.
    En,
}

/// A language reports are not written in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown report language '{given}'")]
pub struct UnknownLang {
    /// The language as given.
    pub given: String,
}

impl UnknownLang {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        "use ko or en"
    }
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Ko, Self::En];

    /// The BCP 47 tag: `ko` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(given))
            .ok_or_else(|| UnknownLang { given: given.to_owned() })
    }
}
