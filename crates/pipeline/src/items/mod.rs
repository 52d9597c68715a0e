//! Item parameters: stored ones, and how they moved.

mod bank;
mod calibrated;
mod drift;
mod drift_window;

pub(crate) use bank::{
    NO_GROUP, Populations, irt_of, item_parameters, student_group, with_question_bank,
};
pub(crate) use calibrated::{answers_of, duplicates_of, since};
pub(crate) use drift::{drift, report_drift};
pub(crate) use drift_window::drift_window;
