//! The calendar: UTC days and ISO weeks, as dates, instants and windows.

use chrono::{Datelike, Days, NaiveDate};

/// Microseconds of a day.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Monday of the ISO week of `date`.
pub fn week_start(date: NaiveDate) -> NaiveDate {
    back(date, u64::from(date.weekday().num_days_from_monday()))
}

/// Sunday of the ISO week of `date`.
pub fn week_end(date: NaiveDate) -> NaiveDate {
    week_start(date).checked_add_days(Days::new(6)).unwrap_or(NaiveDate::MAX)
}

/// Last day a weekly row may look at: the Sunday of its week, or today while the week runs.
pub fn as_of(date: NaiveDate, today: NaiveDate) -> NaiveDate {
    week_end(date).min(today)
}

/// Microseconds from 1970-01-01 UTC to the start of `date`.
pub fn day_start_micros(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days() * MICROS_PER_DAY
}

/// The UTC date of an instant, microseconds since 1970-01-01.
pub fn date_of(micros: i64) -> NaiveDate {
    let days = micros.div_euclid(MICROS_PER_DAY);
    let epoch = NaiveDate::default();
    if days >= 0 {
        epoch.checked_add_days(Days::new(days as u64)).unwrap_or(NaiveDate::MAX)
    } else {
        back(epoch, days.unsigned_abs())
    }
}

pub(crate) fn days(micros: i64) -> f64 {
    micros as f64 / MICROS_PER_DAY as f64
}

fn back(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// A run of whole UTC days as a half-open interval of microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First instant inside.
    pub from: i64,
    /// First instant after.
    pub to: i64,
}

impl Window {
    /// The `n_days` whole UTC days ending with `as_of`.
    pub fn ending(as_of: NaiveDate, n_days: u32) -> Self {
        let to = day_start_micros(as_of) + MICROS_PER_DAY;
        Self { from: to - i64::from(n_days) * MICROS_PER_DAY, to }
    }

    /// The window of equal length just before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        Self { from: self.from - (self.to - self.from), to: self.from }
    }

    /// Positions of a sorted list of instants that lie inside.
    pub fn positions(self, at: &[i64]) -> std::ops::Range<usize> {
        at.partition_point(|&t| t < self.from)..at.partition_point(|&t| t < self.to)
    }
}
