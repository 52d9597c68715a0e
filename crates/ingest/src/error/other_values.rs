//! Values of a column of correctness that say neither right nor wrong.

use crate::scoring::NeitherKind;

/// What a column holds that should say right or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherValues {
    /// Line of the first such value, the header being line 1.
    pub line: u64,
    /// That value.
    pub value: String,
    /// What its values look like.
    pub kind: NeitherKind,
    /// Its values.
    pub values: Vec<String>,
    /// Cells that are neither right nor wrong.
    pub unread: u64,
    /// All cells with something in them.
    pub cells: u64,
}
