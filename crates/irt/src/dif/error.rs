//! Why groups cannot be compared, with hints.

use seedtest_fault::FaultKind;

use crate::polytomous;

/// Why groups cannot be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DifError {
    /// The calibrations behind the comparison cannot start.
    #[error(transparent)]
    Calibration(#[from] polytomous::Error),
    /// Not every student has a group, or a group does not exist.
    #[error(transparent)]
    Groups(#[from] crate::error::Error),
    /// There are not two groups.
    #[error("{n} groups, two or more are compared")]
    OneGroup {
        /// Number of groups.
        n: usize,
    },
    /// A group has too few students with answers.
    #[error("group {group} has {n} students with answers, at least {needed} are needed")]
    SmallGroup {
        /// Its code.
        group: u32,
        /// Its students with answers.
        n: usize,
        /// Fewest students.
        needed: usize,
    },
    /// A number of the specification is out of range.
    #[error("{field} is {value}, it must be {required}")]
    Spec {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// An anchor names an item that cannot carry the comparison.
    #[error("item {item} cannot be an anchor: {reason}")]
    Anchor {
        /// The item.
        item: u32,
        /// Why not.
        reason: &'static str,
    },
    /// Too few items that both groups answered.
    #[error("{items} items with answers of both groups, at least {needed} are needed")]
    FewItems {
        /// Number of them.
        items: usize,
        /// Fewest items.
        needed: usize,
    },
}

impl DifError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Calibration(error) => error.kind(),
            Self::Groups(error) => error.kind(),
            Self::Spec { .. } => FaultKind::Setting,
            Self::OneGroup { .. }
            | Self::SmallGroup { .. }
            | Self::Anchor { .. }
            | Self::FewItems { .. } => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Calibration(error) => error.hint(),
            Self::Groups(error) => error.hint(),
            Self::OneGroup { .. } => "name a column that tells two groups apart",
            Self::SmallGroup { .. } => {
                "join small groups, or leave them out: of few students every comparison is chance"
            }
            Self::Spec { .. } => "leave the field out to get its default",
            Self::Anchor { .. } => "name items that students of both groups answered",
            Self::FewItems { .. } => "let both groups answer more of the same items",
        }
    }
}
