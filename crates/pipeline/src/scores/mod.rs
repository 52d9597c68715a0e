//! Weekly scores of every student from what is stored, for the growth model.

mod progress;
mod scale;
mod source;
pub(crate) mod targets;

pub use targets::{ScoreScale, Targets};

pub(crate) use progress::{ProgressRows, load_progress};
pub(crate) use scale::Scale;
pub(crate) use source::{
    ABILITIES, ATTEMPT, AnswersOf, WeeklyScores, abilities_of, accuracies_of, load, weeks_between,
};
pub(crate) use targets::Goal;
