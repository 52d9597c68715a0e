//! Why two calibrations cannot be linked, with hints.

use seedtest_fault::FaultKind;
use seedtest_numerics::QuadratureError;

/// Why two calibrations cannot be linked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LinkError {
    /// Two constants need at least two anchors, one constant needs one.
    #[error("{anchors} common items, at least {needed} are needed to link")]
    TooFewAnchors {
        /// Common items given.
        anchors: usize,
        /// Fewest that are enough.
        needed: usize,
    },
    /// An item was given twice.
    #[error("item {item} was given twice")]
    DuplicateAnchor {
        /// The item.
        item: u32,
    },
    /// A parameter is out of range.
    #[error("item {item}: {field} on the {side} scale is {value}, it must be {required}")]
    Parameter {
        /// Item code.
        item: u32,
        /// `new` or `old`.
        side: &'static str,
        /// Name of the parameter.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// Curves of categories cannot carry a scale.
    #[error("item {item}: curves on the {side} scale: {what}")]
    Curves {
        /// Item code.
        item: u32,
        /// `new` or `old`.
        side: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A number of the drift test is out of range.
    #[error("{field} of the drift test is {value}, it must be {required}")]
    DriftTest {
        /// Name of the number.
        field: &'static str,
        /// The value given.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// The anchors do not determine a positive slope.
    #[error("the anchors do not determine a unit: {reason}")]
    NoUnit {
        /// What stands in the way.
        reason: &'static str,
    },
    /// The minimum of the characteristic-curve criterion was not found.
    #[error("the criterion was not minimised in {iterations} iterations")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
    },
    /// The text is not the name of a method.
    #[error("unknown linking method `{0}`")]
    UnknownMethod(String),
    /// The quadrature rule cannot be built.
    #[error(transparent)]
    Quadrature(#[from] QuadratureError),
}

impl LinkError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::TooFewAnchors { .. }
            | Self::DuplicateAnchor { .. }
            | Self::Parameter { .. }
            | Self::Curves { .. }
            | Self::DriftTest { .. }
            | Self::NoUnit { .. }
            | Self::NotConverged { .. }
            | Self::UnknownMethod(_)
            | Self::Quadrature(_) => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooFewAnchors { .. } => "calibrate both forms with more items in common",
            Self::DuplicateAnchor { .. } => "give each common item once",
            Self::Parameter { .. } | Self::Curves { .. } => "leave the item out of the linking",
            Self::DriftTest { .. } => "use a level of 0.01 and sizes of a tenth of a unit",
            Self::NoUnit { .. } => "use anchors that differ in difficulty and have positive a",
            Self::NotConverged { .. } => "look at the anchors' drift under mean_sigma first",
            Self::UnknownMethod(_) => "use mean_mean, mean_sigma, haebara or stocking_lord",
            Self::Quadrature(e) => e.hint(),
        }
    }
}
