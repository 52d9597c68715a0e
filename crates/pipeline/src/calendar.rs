//! Dates as the instants the store asks for.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// The first instant of a UTC day.
pub(crate) fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// The first instant after a UTC day.
pub(crate) fn end_of(date: NaiveDate) -> DateTime<Utc> {
    midnight(date.succ_opt().unwrap_or(date))
}

/// The day `days` days earlier, or the first there is.
pub(crate) fn days_before(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}
