//! A view model, ready for its template: every number is already text.

mod attention;
mod card;
mod class;
mod facts;
mod items;
mod roster;
mod student;

pub(crate) use class::ClassPage;
pub(crate) use student::StudentPage;
