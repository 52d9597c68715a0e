//! Why a calibration of scored answers cannot start, with hints.

use seedtest_fault::FaultKind;

use super::categories::MOST_CATEGORIES;
use super::model::ItemModel;

/// Why a calibration of scored answers cannot start. Fields count rows from 0, messages from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// What is wrong is not about categories.
    #[error(transparent)]
    Calibration(#[from] crate::error::Error),
    /// Not every item has a maximum.
    #[error("{maxima} highest scores given for {n_items} items")]
    Maxima {
        /// Length of the list.
        maxima: usize,
        /// Number of items declared.
        n_items: usize,
    },
    /// A score is above the highest of its item.
    #[error("row {}: score {score} on item {item}, whose highest score is {maximum}", row + 1)]
    AboveMaximum {
        /// Row of the answer, from 0.
        row: usize,
        /// Item of the answer.
        item: u32,
        /// The score found.
        score: u8,
        /// Highest score of the item.
        maximum: u8,
    },
    /// An item has too many different scores to be categories.
    #[error(
        "item {item} has {categories} different scores, at most {MOST_CATEGORIES} can be categories"
    )]
    TooManyCategories {
        /// The item.
        item: u32,
        /// Its different scores.
        categories: usize,
    },
    /// A model of two categories was asked for an item with more.
    #[error("item {item} has {categories} categories, the model {model} has two")]
    TwoCategories {
        /// The item.
        item: u32,
        /// Its categories.
        categories: usize,
        /// What was asked for.
        model: ItemModel,
    },
    /// A list of models names an item that does not exist.
    #[error("a model for item {item}, but there are {n_items} items")]
    ModelItem {
        /// The item.
        item: u32,
        /// Number of items declared.
        n_items: usize,
    },
    /// Known curves are not what the model of their item has.
    #[error("known curves of item {item}: {what}")]
    Anchor {
        /// The item.
        item: u32,
        /// What is wrong.
        what: String,
    },
    /// An answer to an item with known curves has a score that is none of its categories.
    #[error("item {item} was answered with score {score}, which its known curves do not have")]
    UnknownScore {
        /// The item.
        item: u32,
        /// The score found.
        score: u8,
    },
    /// Items that are to share a slope cannot.
    #[error("items {first} and {second} cannot share a slope: {reason}")]
    SharedSlope {
        /// The one.
        first: u32,
        /// The other.
        second: u32,
        /// Why not.
        reason: &'static str,
    },
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Calibration(error) => error.kind(),
            Self::TwoCategories { .. } | Self::ModelItem { .. } | Self::SharedSlope { .. } => {
                FaultKind::Setting
            }
            Self::Maxima { .. }
            | Self::AboveMaximum { .. }
            | Self::TooManyCategories { .. }
            | Self::Anchor { .. }
            | Self::UnknownScore { .. } => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Calibration(error) => error.hint(),
            Self::Maxima { .. } => "give the highest score of every item, by code",
            Self::AboveMaximum { .. } => "correct the score or the highest score of the item",
            Self::TooManyCategories { .. } => {
                "put neighbouring scores together, such as 0 to 4, 5 to 9, …"
            }
            Self::TwoCategories { .. } => {
                "use grm, gpcm, pcm, rsm or nrm for items with more than two"
            }
            Self::ModelItem { .. } => "drop models of items that are not in the data",
            Self::Anchor { .. } => "correct the stored curves or leave the item out",
            Self::UnknownScore { .. } => {
                "leave the item out of the anchors, or give curves for all of its scores"
            }
            Self::SharedSlope { .. } => "let items with slopes of their own share them",
        }
    }
}
