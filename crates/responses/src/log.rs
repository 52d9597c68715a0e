//! The log: one array a column, sorted by student and time.

use std::ops::Range;
use std::sync::OnceLock;

use crate::student_groups::StudentGroups;
use crate::time_zone::TimeZone;

pub(crate) const NONE: u32 = u32::MAX;

/// Value of [`ResponseLog::hints`] where the number of hints is not recorded.
pub const UNKNOWN_HINTS: u8 = u8::MAX;

/// What is known about the correctness of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Outcome {
    /// The answer was wrong.
    Wrong,
    /// The answer was right.
    Right,
    /// Correctness was not recorded; such a row is an activity but never a 0.
    #[default]
    Unknown,
}

impl Outcome {
    /// `Some(true)` for right, `Some(false)` for wrong, `None` for unknown.
    pub fn correct(self) -> Option<bool> {
        match self {
            Self::Wrong => Some(false),
            Self::Right => Some(true),
            Self::Unknown => None,
        }
    }
}

impl From<Option<bool>> for Outcome {
    fn from(correct: Option<bool>) -> Self {
        match correct {
            Some(true) => Self::Right,
            Some(false) => Self::Wrong,
            None => Self::Unknown,
        }
    }
}

/// Answers in columns of equal length, sorted by student, then time, then item.
///
/// Codes in `student`, `item`, `topic` and `session` index the id lists, which are in byte order.
#[derive(Debug, Clone, Default)]
pub struct ResponseLog {
    pub(crate) students: Vec<Box<str>>,
    pub(crate) items: Vec<Box<str>>,
    pub(crate) topics: Vec<Box<str>>,
    pub(crate) sessions: Vec<Box<str>>,
    pub(crate) offsets: Vec<usize>,
    pub(crate) student: Vec<u32>,
    pub(crate) item: Vec<u32>,
    pub(crate) topic: Vec<u32>,
    pub(crate) session: Vec<u32>,
    pub(crate) at: Vec<i64>,
    pub(crate) outcome: Vec<Outcome>,
    pub(crate) response_time_ms: Vec<u32>,
    pub(crate) hints: Vec<u8>,
    pub(crate) time_zone: TimeZone,
    pub(crate) groups: Option<StudentGroups>,
    /// How many rows contradict others: counted once, asked for by all that tell of a log.
    pub(crate) conflicts: OnceLock<usize>,
}

impl ResponseLog {
    /// Groups of the students; `None` where no row names one.
    pub fn groups(&self) -> Option<&StudentGroups> {
        self.groups.as_ref()
    }

    /// The same log with the groups of its students from elsewhere.
    #[must_use]
    pub fn with_groups(self, groups: Option<StudentGroups>) -> Self {
        Self { groups, ..self }
    }

    /// The same log with its days counted in `time_zone`; a new log counts them in UTC.
    #[must_use]
    pub fn in_time_zone(self, time_zone: TimeZone) -> Self {
        Self { time_zone, ..self }
    }

    /// The zone in which days, weeks and windows of the log are counted.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether the log has no row.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Student ids in byte order.
    pub fn students(&self) -> &[Box<str>] {
        &self.students
    }

    /// Item ids in byte order.
    pub fn items(&self) -> &[Box<str>] {
        &self.items
    }

    /// Topic ids in byte order.
    pub fn topics(&self) -> &[Box<str>] {
        &self.topics
    }

    /// Session ids in byte order.
    pub fn sessions(&self) -> &[Box<str>] {
        &self.sessions
    }

    /// Code of the student with this id.
    pub fn student_code(&self, id: &str) -> Option<u32> {
        self.students.binary_search_by(|s| (**s).cmp(id)).ok().map(|i| i as u32)
    }

    /// Rows of one student, oldest first.
    ///
    /// # Panics
    /// When `student` is not a code of this log.
    pub fn rows_of(&self, student: u32) -> Range<usize> {
        self.offsets[student as usize]..self.offsets[student as usize + 1]
    }

    /// Student code of every row.
    pub fn student(&self) -> &[u32] {
        &self.student
    }

    /// Item code of every row.
    pub fn item(&self) -> &[u32] {
        &self.item
    }

    /// Completion time of every row, microseconds since 1970-01-01 UTC.
    pub fn at(&self) -> &[i64] {
        &self.at
    }

    /// Correctness of every row.
    pub fn outcome(&self) -> &[Outcome] {
        &self.outcome
    }

    /// Response time of every row in milliseconds; 0 = not recorded.
    pub fn response_time_ms(&self) -> &[u32] {
        &self.response_time_ms
    }

    /// Hints used in every row; [`UNKNOWN_HINTS`] = not recorded.
    pub fn hints(&self) -> &[u8] {
        &self.hints
    }

    /// Topic code of a row, if it carries a topic.
    pub fn topic(&self, row: usize) -> Option<u32> {
        Some(self.topic[row]).filter(|&t| t != NONE)
    }

    /// Session code of a row, if it carries a session.
    pub fn session(&self, row: usize) -> Option<u32> {
        Some(self.session[row]).filter(|&s| s != NONE)
    }

    /// Whether `row` repeats the answer of the row before it under another topic tag: same
    /// student, item and instant. Such rows count once wherever topics do not matter.
    pub fn is_retag(&self, row: usize) -> bool {
        row > 0
            && self.student[row] == self.student[row - 1]
            && self.item[row] == self.item[row - 1]
            && self.at[row] == self.at[row - 1]
    }

    /// How many rows contradict an earlier one of the same student, item and instant: one right and the
    /// other wrong, whatever their topics and sessions. Such a row counts as a repetition
    /// ([`Self::is_retag`]), so the first is used; whoever loads a log says how many there are.
    pub fn conflicts(&self) -> usize {
        *self.conflicts.get_or_init(|| self.count_conflicts())
    }

    fn count_conflicts(&self) -> usize {
        let mut first = None;
        let mut found = 0;
        for row in 0..self.len() {
            if !self.is_retag(row) {
                first = None;
            }
            let own = self.outcome[row].correct();
            found +=
                usize::from(first.zip(own).is_some_and(|(one, other): (bool, bool)| one != other));
            first = first.or(own);
        }
        found
    }
}
