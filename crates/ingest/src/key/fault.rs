//! What is wrong with what should say which option is right.

use std::fmt;

use crate::reject::shortened;

/// A cell of a key that does not say which option is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadKey {
    /// Where it stands, for people.
    pub place: String,
    /// The item.
    pub item: String,
    /// What the cell holds.
    pub value: String,
    /// What is wrong with it.
    pub fault: KeyFault,
}

/// Why a cell does not say which option is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// It names no option, or several without saying how they belong together.
    Unclear,
    /// It is a date, as spreadsheets make of `1/2`.
    Date,
    /// It is a text, and what was chosen are letters or numbers of options.
    NotChosen {
        /// What was chosen.
        chosen: String,
    },
}

impl BadKey {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self.fault {
            KeyFault::Date => {
                "format the cell as text and write the options again: 3, or 1,2 where each of them is right"
            }
            KeyFault::Unclear | KeyFault::NotChosen { .. } => {
                "write one option (3), several between commas (1,2), or `all` (전원정답) where everyone is right"
            }
        }
    }
}

impl RowsDiffer {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self.without {
            Some(_) => {
                "write that row into each sheet, or read one sheet after the other: --sheet NAME"
            }
            None => "keep the one that holds for these students",
        }
    }
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, item, value) = (&self.place, shortened(&self.item), shortened(&self.value));
        write!(f, "{place}: the right option of {item} is {value:?}, ")?;
        match &self.fault {
            KeyFault::Unclear => f.write_str("which does not say which option is right"),
            KeyFault::Date => f.write_str("a date, as a spreadsheet makes of 1/2"),
            KeyFault::NotChosen { chosen } => write!(f, "and what was chosen is {chosen}"),
        }
    }
}

/// Rows of right options, or of the points that can be had, that do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsDiffer {
    /// What the rows say, for people.
    pub what: &'static str,
    /// Where two of them stand, for people.
    pub places: [String; 2],
    /// The column in which they differ.
    pub column: String,
    /// The sheet that has no such row of its own; `None` where both rows are of one sheet.
    pub without: Option<String>,
}

impl fmt::Display for RowsDiffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = &self.places;
        let column = shortened(&self.column);
        if let Some(sheet) = &self.without {
            write!(f, "sheet {sheet:?} has no row of {}, and ", self.what)?;
        }
        write!(f, "those of {one} and {other} differ in {column}")?;
        if self.without.is_none() {
            write!(f, ": both say {}", self.what)?;
        }
        Ok(())
    }
}
