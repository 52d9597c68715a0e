//! Segments of learners: what they are made of, and what became of those of the last run.

mod features;
mod last_run;

pub(crate) use features::StudentFeatures;
pub(crate) use last_run::LastRun;
