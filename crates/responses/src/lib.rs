//! The columnar response log every model and KPI reads.
//!
//! One row is one answer of one student to one item. Text ids are interned to `u32` and ranked by
//! their bytes, rows are sorted by student and time, so the same set of rows gives the same log
//! (and, downstream, the same floating-point sums) whatever order a file or database returned them
//! in.

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
