//! ISO weeks, and windows of whole days of a time zone.

use chrono::{Datelike, Days, NaiveDate};
use seedtest_responses::{MICROS_PER_DAY, TimeZone};

/// Monday of the ISO week of `date`.
pub fn week_start(date: NaiveDate) -> NaiveDate {
    back(date, date.weekday().num_days_from_monday())
}

/// Sunday of the ISO week of `date`.
pub fn week_end(date: NaiveDate) -> NaiveDate {
    forward(week_start(date), 6)
}

/// Last day a weekly row may look at: the Sunday of its week, or today while the week runs.
pub fn as_of(date: NaiveDate, today: NaiveDate) -> NaiveDate {
    week_end(date).min(today)
}

/// A span of time in days of 24 hours.
pub(crate) fn days(micros: i64) -> f64 {
    micros as f64 / MICROS_PER_DAY as f64
}

fn back(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}

fn forward(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
}

/// A run of whole days of a time zone as a half-open interval of microseconds since 1970-01-01 UTC.
/// Days on which clocks change have 23 or 25 hours, so windows of as many days differ in length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First instant inside.
    pub from: i64,
    /// First instant after.
    pub to: i64,
}

impl Window {
    /// The `n_days` whole days of `zone` ending with `as_of`.
    pub fn ending(zone: &TimeZone, as_of: NaiveDate, n_days: u32) -> Self {
        let next_day = forward(as_of, 1);
        Self { from: zone.day_start(back(next_day, n_days)), to: zone.day_start(next_day) }
    }

    /// Positions of a sorted list of instants that lie inside.
    pub fn positions(self, at: &[i64]) -> std::ops::Range<usize> {
        at.partition_point(|&t| t < self.from)..at.partition_point(|&t| t < self.to)
    }
}

/// Two windows of as many days, one just before the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// The one that ends with the day of interest.
    pub recent: Window,
    /// The one before it.
    pub previous: Window,
}

impl Windows {
    /// The `n_days` whole days of `zone` ending with `as_of`, and as many before them.
    pub fn ending(zone: &TimeZone, as_of: NaiveDate, n_days: u32) -> Self {
        let recent = Window::ending(zone, as_of, n_days);
        let first = back(forward(as_of, 1), n_days.saturating_mul(2));
        Self { recent, previous: Window { from: zone.day_start(first), to: recent.from } }
    }
}
