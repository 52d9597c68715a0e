//! One answer as a file row holds it.

use crate::reading::Points;

/// One answer of one student to one item, as a file row holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt<'a> {
    /// Line of the file, the header being line 1; row number for Parquet.
    pub line: u64,
    /// Canonical text id of the student, never empty.
    pub student: &'a str,
    /// Text id of the item, never empty.
    pub item: &'a str,
    /// Topic (skill).
    pub topic: Option<&'a str>,
    /// Sitting in which the answer was given.
    pub session: Option<&'a str>,
    /// Subject or exam.
    pub subject: Option<&'a str>,
    /// Group of the student.
    pub group: Option<&'a str>,
    /// Completion time, microseconds since 1970-01-01 UTC.
    pub at: Option<i64>,
    /// Right, wrong, or not known.
    pub outcome: Option<bool>,
    /// Response time in milliseconds; never 0, which sources write for "not recorded".
    pub response_time_ms: Option<u32>,
    /// Hints used; 1 where the source only says that there was one.
    pub hints: Option<u32>,
    /// Points, where the file has more than right and wrong.
    pub points: Option<Points>,
}
