//! A view model, ready for its template: every number is already text.

mod block;
mod calibration;
mod class;
mod facts;
mod frame;
mod items;
mod monday;
mod operator;
mod student;
mod table;

pub(crate) use block::{Block, Line};
pub(crate) use calibration::CalibrationPage;
pub(crate) use class::{ClassPage, SchoolPage};
pub(crate) use operator::OperatorPage;
pub(crate) use student::{Advice, Finding, GoalBox, StudentPage};
