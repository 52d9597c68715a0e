//! Weekly scores of every student from what is stored, for the growth model.

mod scale;
mod source;

pub(crate) use scale::Scale;
pub(crate) use source::{WeeklyScores, load};
