//! The calendar of this crate: days of a time zone as instants and as numbers. Weeks and windows are
//! those of `seedtest_kpi`.

use chrono::{DateTime, Days, NaiveDate, Utc};
use seedtest_responses::TimeZone;

/// The first instant of a day.
pub(crate) fn midnight(zone: &TimeZone, date: NaiveDate) -> DateTime<Utc> {
    let micros = zone.day_start(date);
    let fallback = if micros < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_micros(micros).unwrap_or(fallback)
}

/// The first instant after a day.
pub(crate) fn end_of(zone: &TimeZone, date: NaiveDate) -> DateTime<Utc> {
    midnight(zone, date.succ_opt().unwrap_or(date))
}

/// The same in microseconds since 1970-01-01.
pub(crate) fn end_micros(zone: &TimeZone, date: NaiveDate) -> i64 {
    zone.day_start(date.succ_opt().unwrap_or(date))
}

/// The day of an instant.
pub(crate) fn day_at(zone: &TimeZone, at: DateTime<Utc>) -> NaiveDate {
    zone.date_of(at.timestamp_micros())
}

/// Date and time as the clocks of a zone show them, with the zone.
pub fn clock_time(zone: &TimeZone, at: DateTime<Utc>) -> String {
    let shown = DateTime::from_timestamp_micros(zone.local(at.timestamp_micros())).unwrap_or(at);
    format!("{} ({zone})", shown.format("%Y-%m-%d %H:%M"))
}

/// Days of a week.
pub(crate) const DAYS_OF_WEEK: u32 = 7;

/// The day `days` days earlier, or the first there is.
pub(crate) fn days_before(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}
