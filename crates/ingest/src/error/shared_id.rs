//! Two students under one id.

use crate::grid::SHEET_COLUMN;
use crate::reject::shortened;

/// An id that two students seem to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedId {
    /// The column of the id.
    pub column: String,
    /// The id.
    pub value: String,
    /// Lines of two rows with it, the first of the file being 1.
    pub lines: (u64, u64),
    /// A column in which the rows differ.
    pub differs: Option<String>,
    /// An item that the rows answer differently.
    pub item: Option<String>,
}

impl SharedId {
    pub(super) fn what(&self) -> String {
        match (&self.differs, &self.item) {
            (Some(column), _) => format!("but differ in {}", shortened(column)),
            (None, Some(item)) => format!("and answer {} differently", shortened(item)),
            (None, None) => "and nothing tells whether they are one student's".to_owned(),
        }
    }

    pub(super) fn hint(&self) -> String {
        let column = &self.column;
        if self.differs.as_deref() == Some(SHEET_COLUMN) {
            return format!(
                "two students: --id '{SHEET_COLUMN},{column}'; one student, with other items on each sheet: read one \
                 sheet after the other, --sheet NAME"
            );
        }
        if self.item.is_some() {
            return format!(
                "two students: add a column that tells them apart, as the class, and name both, --id 'CLASS,{column}'; one \
                 student who answered again: --id '{column}'"
            );
        }
        let join = match &self.differs {
            Some(differs) => format!("--id '{differs},{column}'"),
            None => {
                format!("add a column that tells them apart and name both, --id '{column},OTHER'")
            }
        };
        format!("two students: {join}; one student: --id '{column}'")
    }
}
