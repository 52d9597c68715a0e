//! Why answers cannot be scored, with hints.

use seedtest_fault::FaultKind;
use seedtest_numerics::Interrupted;

use crate::error::Error;

/// Why answers cannot be scored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// The answers are not in order.
    #[error(transparent)]
    Responses(#[from] Error),
    /// Scores or known curves of categories are not in order.
    #[error(transparent)]
    Categories(Box<crate::polytomous::Error>),
    /// The list of items is shorter or longer than the responses say.
    #[error("parameters for {items} items, but the responses name {n_items}")]
    Items {
        /// Length of the list.
        items: usize,
        /// Items of the responses.
        n_items: usize,
    },
    /// An item parameter is out of range.
    #[error("item {item}: {field} is {value}, it must be {required}")]
    Parameter {
        /// Item code.
        item: u32,
        /// Name of the parameter.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// A prior is not a proper normal distribution.
    #[error("prior with mean {mean} and standard deviation {sd}")]
    Prior {
        /// Mean given.
        mean: f64,
        /// Standard deviation given.
        sd: f64,
    },
    /// Priors per student do not match the students.
    #[error("{priors} priors for {n_students} students")]
    Priors {
        /// Length of the list.
        priors: usize,
        /// Students of the responses.
        n_students: usize,
    },
    /// Topics per answer do not match the answers.
    #[error("{topics} topics for {answers} answers")]
    Topics {
        /// Length of the list.
        topics: usize,
        /// Number of answers.
        answers: usize,
    },
    /// Nobody waits any more.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The text is not the name of a method.
    #[error("unknown scoring method `{0}`")]
    UnknownMethod(String),
    /// The number of grid points is out of range.
    #[error("{points} grid points, 11 to 1 001 are possible")]
    Points {
        /// What was asked for.
        points: usize,
    },
}

impl ScoreError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Interrupted(_) => FaultKind::Deadline,
            Self::Responses(_)
            | Self::Categories(_)
            | Self::Items { .. }
            | Self::Parameter { .. }
            | Self::Prior { .. }
            | Self::Priors { .. }
            | Self::Topics { .. }
            | Self::UnknownMethod(_)
            | Self::Points { .. } => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Interrupted(_) => "allow more with max_seconds, or send fewer answers",
            Self::Responses(e) => e.hint(),
            Self::Categories(e) => e.hint(),
            Self::Items { .. } => {
                "give one entry per item code, `None` for items without parameters"
            }
            Self::Parameter { .. } => "give `None` for this item so that its answers are left out",
            Self::Prior { .. } => "give a finite mean and a positive finite standard deviation",
            Self::Priors { .. } => "give one prior per student code",
            Self::Topics { .. } => "give one topic code per answer",
            Self::UnknownMethod(_) => "use EAP, MAP, ML or WLE",
            Self::Points { .. } => "61 suits most tests",
        }
    }
}
