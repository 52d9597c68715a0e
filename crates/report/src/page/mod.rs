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

pub use block::Link;
pub(crate) use block::{Block, Line};
pub(crate) use calibration::CalibrationPage;
pub(crate) use class::{ClassPage, SchoolPage, overview_blocks};
pub(crate) use frame::PARTS;
pub use monday::Talk;
pub(crate) use monday::talks;
pub(crate) use operator::OperatorPage;
pub(crate) use student::{Advice, Finding, GoalBox, StudentPage};
