//! Why a calibration of several dimensions cannot start, with hints.

use seedtest_fault::FaultKind;

use super::lattice::MOST;
use super::result::Parameter;

/// Why a calibration of several dimensions cannot start. Items are named by code, dimensions are counted from 0 in
/// fields and from 1 in messages.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// What is wrong is not about dimensions.
    #[error(transparent)]
    Calibration(#[from] crate::error::Error),
    /// One dimension, or too many.
    #[error("{dimensions} dimensions; 2 to {MOST} can be fitted")]
    Dimensions {
        /// What was asked for.
        dimensions: usize,
    },
    /// A pattern names an item that does not exist.
    #[error("the loading pattern names item {item}, but there are {n_items} items")]
    PatternItem {
        /// The item.
        item: u32,
        /// Number of items declared.
        n_items: usize,
    },
    /// A pattern names an item twice.
    #[error("the loading pattern names item {item} twice")]
    DuplicateItem {
        /// The item.
        item: u32,
    },
    /// A pattern says nothing about an item with answers.
    #[error("item {item} has answers, but no row in the loading pattern")]
    MissingItem {
        /// The item.
        item: u32,
    },
    /// An item of a pattern loads on no dimension.
    #[error("item {item} loads on no dimension")]
    NoDimension {
        /// The item.
        item: u32,
    },
    /// A pattern names a dimension that does not exist.
    #[error("item {item} loads on dimension {}, but there are {dimensions}", dimension + 1)]
    PatternDimension {
        /// The item.
        item: u32,
        /// The dimension.
        dimension: usize,
        /// Number of dimensions.
        dimensions: usize,
    },
    /// No item that can be calibrated loads on a dimension.
    #[error("no item that can be calibrated loads on dimension {}", dimension + 1)]
    NoItems {
        /// The dimension.
        dimension: usize,
    },
    /// Items all of whose students answered nothing else: what they load on cannot be seen.
    #[error("items {items:?} were answered only by students who answered nothing else")]
    IsolatedItems {
        /// Item codes.
        items: Vec<u32>,
    },
    /// There are too few items, or too few in common, for these loadings.
    #[error("{items} items that can be calibrated do not determine {dimensions} dimensions")]
    FewItems {
        /// Items that can be calibrated.
        items: usize,
        /// Number of dimensions.
        dimensions: usize,
    },
    /// Different parameters under the pattern give the same answers.
    #[error("the loading pattern does not determine {}", first_names(parameters, &|item| item.to_string(), &|d| (d + 1).to_string()))]
    Unidentified {
        /// Parameters that others can stand for.
        parameters: Vec<Parameter>,
    },
}

/// The first names of parameters, and how many more there are.
pub(crate) fn first_names(
    parameters: &[Parameter],
    id: &dyn Fn(u32) -> String,
    dimension: &dyn Fn(usize) -> String,
) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<String> =
        parameters.iter().take(SHOWN).map(|parameter| parameter.name(id, dimension)).collect();
    match parameters.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Calibration(error) => error.kind(),
            Self::FewItems { .. } | Self::IsolatedItems { .. } => FaultKind::Data,
            _ => FaultKind::Setting,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Calibration(error) => error.hint(),
            Self::Dimensions { .. } => {
                "for one dimension leave dimensions and pattern out; more than 4 are beyond what the points of the \
                 integrals can do"
            }
            Self::PatternItem { .. } => "drop rows of items that are not in the data",
            Self::DuplicateItem { .. } => "keep one row an item, with 1 for each of its dimensions",
            Self::MissingItem { .. } => {
                "give the item a row with 1 for each of its dimensions, or leave its answers out"
            }
            Self::NoDimension { .. } => {
                "put 1 for at least one dimension of the item, or leave its answers out"
            }
            Self::PatternDimension { .. } => {
                "dimensions are counted from 0 to their number minus one"
            }
            Self::NoItems { .. } => {
                "drop the dimension, or let items with right and wrong answers load on it"
            }
            Self::IsolatedItems { .. } => "leave the answers to these items out",
            Self::FewItems { .. } => {
                "ask for fewer dimensions, or send answers to more items by the same students"
            }
            Self::Unidentified { .. } => {
                "let every dimension have at least two items of its own, or three where dimensions do not correlate"
            }
        }
    }

    /// The message with the ids of items and the names of dimensions in place of their codes.
    pub fn text_by_id(
        &self,
        id: &dyn Fn(u32) -> String,
        dimension: &dyn Fn(usize) -> String,
    ) -> String {
        match self {
            Self::DuplicateItem { item } => {
                format!("the loading pattern names item {} twice", id(*item))
            }
            Self::MissingItem { item } => {
                format!("item {} has answers, but no row in the loading pattern", id(*item))
            }
            Self::NoDimension { item } => format!("item {} loads on no dimension", id(*item)),
            Self::IsolatedItems { items } => {
                let ids: Vec<String> = items.iter().map(|&item| id(item)).collect();
                format!(
                    "items {} were answered only by students who answered nothing else",
                    ids.join(", ")
                )
            }
            Self::NoItems { dimension: of } => {
                format!("no item that can be calibrated loads on dimension {}", dimension(*of))
            }
            Self::Unidentified { parameters } => format!(
                "the loading pattern does not determine {}",
                first_names(parameters, id, dimension)
            ),
            _ => self.to_string(),
        }
    }
}
