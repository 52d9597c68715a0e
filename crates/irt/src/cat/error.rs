//! Why an adaptive test cannot go on, with hints.

use seedtest_fault::FaultKind;

/// Why an adaptive test cannot go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CatError {
    /// There is nothing to pick from.
    #[error("the bank has no item with parameters")]
    EmptyBank,
    /// Curves of an item cannot be used.
    #[error("item {item}: {what}")]
    Curves {
        /// Item code.
        item: u32,
        /// What is wrong.
        what: String,
    },
    /// An answer is to an item that is not in the bank.
    #[error("item {item} of the history, but the bank has {n_items} items")]
    Item {
        /// Item code.
        item: u32,
        /// Items of the bank.
        n_items: usize,
    },
    /// An answer is a category that its item does not have.
    #[error("category {category} of item {item}, which has {n_categories}")]
    Category {
        /// Item code.
        item: u32,
        /// The category, from 0.
        category: usize,
        /// Categories of the item.
        n_categories: usize,
    },
    /// An item was given twice.
    #[error("item {item} is in the history twice")]
    Repeated {
        /// Item code.
        item: u32,
    },
    /// A number of the specification is out of range.
    #[error("{field} is {value}, it must be {required}")]
    Setting {
        /// Name of the number.
        field: &'static str,
        /// The value given.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// A content area cannot be what it says.
    #[error("content area {area}: {what}")]
    Area {
        /// Its code.
        area: u32,
        /// What is wrong.
        what: &'static str,
    },
}

impl CatError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Setting { .. } | Self::Area { .. } => FaultKind::Setting,
            Self::EmptyBank
            | Self::Curves { .. }
            | Self::Item { .. }
            | Self::Category { .. }
            | Self::Repeated { .. } => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::EmptyBank => "calibrate the items first, or give their parameters",
            Self::Curves { .. } => "correct the parameters or leave the item out of the bank",
            Self::Item { .. } => "give answers to items of this bank only",
            Self::Category { .. } => "give scores that the item can have",
            Self::Repeated { .. } => "give each item once",
            Self::Setting { .. } => "correct the number",
            Self::Area { .. } => "correct the least, the most and the share of the area",
        }
    }
}
