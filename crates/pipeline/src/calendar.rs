//! The calendar of this crate: UTC days as instants, as microseconds and as numbers. Weeks and windows
//! are those of `seedtest_kpi`.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use seedtest_kpi::{MICROS_PER_DAY, date_of, day_start_micros};

/// The first instant of a UTC day.
pub(crate) fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// The first instant after a UTC day.
pub(crate) fn end_of(date: NaiveDate) -> DateTime<Utc> {
    midnight(date.succ_opt().unwrap_or(date))
}

/// The same in microseconds since 1970-01-01.
pub(crate) fn end_micros(date: NaiveDate) -> i64 {
    day_start_micros(date.succ_opt().unwrap_or(date))
}

/// Days of a week.
pub(crate) const DAYS_OF_WEEK: u32 = 7;

/// The day `days` days earlier, or the first there is.
pub(crate) fn days_before(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: NaiveDate) -> i64 {
    day_start_micros(date) / MICROS_PER_DAY
}

/// The date of a day number.
pub(crate) fn day_of(number: i64) -> NaiveDate {
    date_of(number.saturating_mul(MICROS_PER_DAY))
}
