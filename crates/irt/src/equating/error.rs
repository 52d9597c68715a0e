//! Why scores cannot be equated.

use seedtest_fault::FaultKind;

/// Why scores cannot be equated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EquatingError {
    /// There is no score.
    #[error("no scores on {form}")]
    NoScores {
        /// The form.
        form: &'static str,
    },
    /// A score is above the highest possible one.
    #[error("row {row}: the score {score} on {form} is above its highest score {highest}")]
    ScoreTooHigh {
        /// Row of the score, from 1.
        row: usize,
        /// The form.
        form: &'static str,
        /// The score.
        score: u32,
        /// The highest score there should be.
        highest: u32,
    },
    /// All scores are the same.
    #[error("all scores on {form} are the same")]
    NoSpread {
        /// The form.
        form: &'static str,
    },
    /// A smoothing degree that the scores cannot carry.
    #[error("a smoothing of degree {degree} over {scores} possible scores")]
    Degree {
        /// The degree.
        degree: usize,
        /// Number of possible scores.
        scores: usize,
    },
    /// The smoothing found no solution.
    #[error("the smoothing of degree {degree} does not converge")]
    Smoothing {
        /// The degree.
        degree: usize,
    },
    /// The two anchors have different numbers of items.
    #[error("the anchor runs to {first} in the first population and to {second} in the second")]
    Anchors {
        /// Highest anchor score of the first population.
        first: usize,
        /// Highest anchor score of the second population.
        second: usize,
    },
    /// Nobody of one population has an anchor score that occurs in the other.
    #[error("nobody in the {population} population has the anchor score {score}")]
    EmptyAnchorScore {
        /// `first` or `second`.
        population: &'static str,
        /// The score.
        score: usize,
    },
    /// A weight outside 0 to 1.
    #[error("the weight of the first population is {weight}")]
    Weight {
        /// The weight.
        weight: f64,
    },
}

impl EquatingError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Degree { .. } | Self::Smoothing { .. } | Self::Weight { .. } => {
                FaultKind::Setting
            }
            _ => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoScores { .. } => "give a file with at least one score on each form",
            Self::ScoreTooHigh { .. } => {
                "correct the score or give the number of items of the form"
            }
            Self::NoSpread { .. } => "equating needs scores that differ",
            Self::Degree { .. } => "use a degree from 1 to 10, below the number of possible scores",
            Self::Smoothing { .. } => "use a lower degree",
            Self::Anchors { .. } => "both populations must have taken the same anchor items",
            Self::EmptyAnchorScore { .. } => {
                "use chained equating, which needs no conditional distributions, or more students"
            }
            Self::Weight { .. } => "give a weight from 0 to 1",
        }
    }
}
