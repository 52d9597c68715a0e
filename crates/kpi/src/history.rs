//! Everything recorded of one student: answers and visits.

use std::ops::Range;

use chrono::NaiveDate;
use seedtest_responses::ResponseLog;

use crate::window::Window;

/// A sign of life that is not an answer: an exam document or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    /// Microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Session code of the log; sessions without an answer carry codes beyond the log's.
    pub session: Option<u32>,
}

/// Everything recorded of one student.
#[derive(Debug, Clone)]
pub struct History<'a> {
    /// The log that holds the answers.
    pub log: &'a ResponseLog,
    /// Rows of the student in it, oldest first; empty for a student without answers.
    pub rows: Range<usize>,
    /// Visits, oldest first.
    pub visits: &'a [Visit],
}

impl<'a> History<'a> {
    /// The answers of the student with this code.
    ///
    /// # Panics
    /// When `student` is not a code of the log.
    pub fn of(log: &'a ResponseLog, student: u32) -> Self {
        Self { log, rows: log.rows_of(student), visits: &[] }
    }

    /// Rows that lie in a window.
    pub fn rows_in(&self, window: Window) -> Range<usize> {
        let inside = window.positions(&self.log.at()[self.rows.clone()]);
        self.rows.start + inside.start..self.rows.start + inside.end
    }

    /// Visits that lie in a window.
    pub fn visits_in(&self, window: Window) -> &'a [Visit] {
        let from = self.visits.partition_point(|visit| visit.at < window.from);
        let to = self.visits.partition_point(|visit| visit.at < window.to);
        &self.visits[from..to]
    }

    /// Whether there is an answer or a visit in the `n_days` days that end with `as_of`.
    pub fn is_active(&self, as_of: NaiveDate, n_days: u32) -> bool {
        let window = Window::ending(self.log.time_zone(), as_of, n_days);
        !self.rows_in(window).is_empty() || !self.visits_in(window).is_empty()
    }
}
