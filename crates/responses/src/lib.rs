#![doc = include_str!("../README.md")]

mod answers;
mod builder;
mod interner;
mod log;
mod student_groups;
mod texts;
mod time_zone;
mod truth;

pub use answers::{Answers, Duplicates};
pub use builder::{LogRow, ResponseLogBuilder};
pub use interner::Interner;
pub use log::{Outcome, ResponseLog, UNKNOWN_HINTS};
pub use student_groups::{GroupConflict, StudentGroups};
pub use texts::Texts;
pub use time_zone::{DaysOf, MICROS_PER_DAY, TimeZone, UnknownTimeZone, date_of_day, day_number};
pub use truth::{is_true, logical, truth};
