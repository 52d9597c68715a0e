//! Weekly scores of every student from what is stored, for the growth model.

mod scale;
mod source;

pub(crate) use scale::Scale;
pub(crate) use source::{
    ABILITIES, ATTEMPT, Answers, WeeklyScores, abilities_of, accuracies_of, load, weeks_between,
};
