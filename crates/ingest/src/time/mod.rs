//! Times: what a column of them is written in, and the points in time they mean.

mod detect;
mod instant;
mod numbers;
mod wall;
mod words;
mod written;

use crate::reject::RejectReason;

pub(crate) use detect::{Detected, TimeFormat, TimeValue, detect};
pub use instant::{Moment, parse};
pub use numbers::{Epoch, TimeUnit};
pub use wall::{AmbiguousTimes, WallFormat, WallTime};
pub use written::DateOrder;

/// The local time of a date (year, month, day) with a time of day (hour, minute, second) or without; `None`
/// where there is no such day or time.
pub(crate) fn date_and_time(
    date: [i64; 3],
    clock: Option<[i64; 3]>,
    millis: i64,
) -> Option<Moment> {
    let [year, month, day] = date;
    let day = instant::days_from_civil(year, month, day)?;
    let Some([hour, minute, second]) = clock else { return Moment::Day(day).in_range().ok() };
    let seconds = day * instant::SECONDS_PER_DAY + instant::seconds_of_day(hour, minute, second)?;
    Moment::Local(seconds * instant::MICROS_PER_SECOND + millis * 1_000).in_range().ok()
}

/// The instant of a number of seconds, milliseconds, microseconds or nanoseconds since 1970.
pub(crate) fn from_epoch(number: i64) -> Result<Moment, RejectReason> {
    instant::from_epoch_integer(number).map(Moment::Instant)
}

/// The same with a fraction.
pub(crate) fn from_epoch_float(number: f64) -> Result<Moment, RejectReason> {
    instant::from_epoch_float(number).map(Moment::Instant)
}
