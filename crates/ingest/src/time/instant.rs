//! Points in time as sources write them, and as microseconds since 1970-01-01 UTC.

use std::fmt;

use seedtest_responses::{TimeZone, date_of_day};

use crate::reject::RejectReason;

pub(super) const MICROS_PER_SECOND: i64 = 1_000_000;
pub(super) const SECONDS_PER_DAY: i64 = 86_400;
const FIRST_YEAR: i64 = 1990;
const LAST_YEAR: i64 = 2100;
/// 1990-01-01 and 2101-01-01, seconds since 1970.
const RANGE: std::ops::Range<i64> = 631_152_000..4_133_980_800;

/// What a source says of a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// An instant: microseconds since 1970-01-01 UTC.
    Instant(i64),
    /// What the clock on the wall showed: microseconds since 1970-01-01 00:00 of the place.
    Local(i64),
    /// A day and no time: days since 1970-01-01.
    Day(i64),
}

impl Moment {
    /// The instant in microseconds since 1970-01-01 UTC, for a source from `zone`; of a day its
    /// beginning.
    pub fn in_zone(self, zone: &TimeZone) -> i64 {
        match self {
            Self::Instant(micros) => micros,
            Self::Local(micros) => zone.instant_of(micros),
            Self::Day(number) => zone.day_start(date_of_day(number)),
        }
    }
}

impl fmt::Display for Moment {
    /// As `2025-03-01`, `2025-03-01 09:00:00` or `2025-03-01T09:00:00Z`, with a fraction where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (micros, between, end) = match self {
            Self::Day(day) => return write!(f, "{}", date_of_day(*day)),
            Self::Local(micros) => (*micros, ' ', ""),
            Self::Instant(micros) => (*micros, 'T', "Z"),
        };
        let seconds = micros.div_euclid(MICROS_PER_SECOND);
        let (day, clock) =
            (seconds.div_euclid(SECONDS_PER_DAY), seconds.rem_euclid(SECONDS_PER_DAY));
        let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
        write!(f, "{}{between}{hour:02}:{minute:02}:{second:02}", date_of_day(day))?;
        match micros.rem_euclid(MICROS_PER_SECOND) {
            0 => {}
            fraction => write!(f, ".{fraction:06}")?,
        }
        f.write_str(end)
    }
}

impl Moment {
    /// Accepts a point in time of the years 1990 to 2100.
    pub(crate) fn in_range(self) -> Result<Self, RejectReason> {
        let micros = match self {
            Self::Instant(micros) | Self::Local(micros) => micros,
            Self::Day(number) => number.saturating_mul(SECONDS_PER_DAY * MICROS_PER_SECOND),
        };
        in_range(micros).map(|_| self)
    }
}

/// Reads RFC 3339, `YYYY-MM-DD[ T]HH:MM[:SS[.f]][ ][Z|UTC|±HH[[:]MM]]` (local time where no offset is
/// given), `YYYY-MM-DD`, the same with slashes, or a number of seconds, milliseconds, microseconds
/// or nanoseconds since 1970 (told apart by magnitude: the ranges of 1990 to 2100 do not overlap).
pub fn parse(text: &str) -> Result<Moment, RejectReason> {
    let bytes = text.as_bytes();
    if let Some(micros) = parse_canonical(bytes) {
        return in_range(micros).map(Moment::Instant);
    }
    if let Some(micros) = parse_local(bytes) {
        return in_range(micros).map(Moment::Local);
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        let number = text.parse().map_err(|_| RejectReason::BadTime)?;
        return from_epoch_integer(number).map(Moment::Instant);
    }
    if let Some(number) = decimal(text) {
        return from_epoch_float(number).map(Moment::Instant);
    }
    let mut cursor = Cursor { rest: bytes };
    cursor.date_time()?.in_range()
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970.
pub(crate) fn from_epoch_integer(value: i64) -> Result<i64, RejectReason> {
    let in_unit = |per_second: i64| RANGE.contains(&value.div_euclid(per_second));
    if in_unit(1) {
        Ok(value * MICROS_PER_SECOND)
    } else if in_unit(1_000) {
        Ok(value * 1_000)
    } else if in_unit(MICROS_PER_SECOND) {
        Ok(value)
    } else if in_unit(1_000_000_000) {
        Ok(value.div_euclid(1_000))
    } else {
        Err(RejectReason::TimeOutOfRange)
    }
}

/// [`from_epoch_integer`] with a fraction, which only seconds and milliseconds keep.
pub(crate) fn from_epoch_float(value: f64) -> Result<i64, RejectReason> {
    if !value.is_finite() {
        return Err(RejectReason::BadTime);
    }
    let seconds = RANGE.start as f64..RANGE.end as f64;
    if seconds.contains(&value) {
        return in_range((value * 1e6).round() as i64);
    }
    if seconds.contains(&(value / 1e3)) {
        return in_range((value * 1e3).round() as i64);
    }
    from_epoch_integer(value.round() as i64)
}

/// Accepts an instant of the years 1990 to 2100.
pub(crate) fn in_range(micros: i64) -> Result<i64, RejectReason> {
    if RANGE.contains(&micros.div_euclid(MICROS_PER_SECOND)) {
        Ok(micros)
    } else {
        Err(RejectReason::TimeOutOfRange)
    }
}

fn decimal(text: &str) -> Option<f64> {
    let plain = |c: u8| c.is_ascii_digit() || matches!(c, b'.' | b'e' | b'E' | b'+');
    let starts_as_number = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    (starts_as_number && text.bytes().all(plain)).then(|| text.parse().ok())?
}

/// The fast path: `YYYY-MM-DDTHH:MM:SS[.ffffff]Z` and nothing else.
fn parse_canonical(bytes: &[u8]) -> Option<i64> {
    if bytes.len() < 20 || bytes[4] != b'-' || bytes[7] != b'-' || bytes[10] != b'T' {
        return None;
    }
    if bytes[13] != b':' || bytes[16] != b':' || bytes[bytes.len() - 1] != b'Z' {
        return None;
    }
    let two = |at: usize| Some(i64::from(digit(bytes[at])? * 10 + digit(bytes[at + 1])?));
    let year = two(0)? * 100 + two(2)?;
    let days = days_from_civil(year, two(5)?, two(8)?)?;
    let seconds = seconds_of_day(two(11)?, two(14)?, two(17)?)?;
    let micros = match &bytes[19..bytes.len() - 1] {
        [] => 0,
        [b'.', fraction @ ..] if (1..=6).contains(&fraction.len()) => micros_of(fraction)?,
        _ => return None,
    };
    Some((days * SECONDS_PER_DAY + seconds) * MICROS_PER_SECOND + micros)
}

/// The other fast path: `YYYY-MM-DD HH:MM:SS`, also with a `T`, and nothing else.
fn parse_local(bytes: &[u8]) -> Option<i64> {
    let is_shaped = bytes.len() == 19
        && [bytes[4], bytes[7], bytes[13], bytes[16]] == *b"--::"
        && matches!(bytes[10], b' ' | b'T');
    if !is_shaped {
        return None;
    }
    let two = |at: usize| Some(i64::from(digit(bytes[at])? * 10 + digit(bytes[at + 1])?));
    let days = days_from_civil(two(0)? * 100 + two(2)?, two(5)?, two(8)?)?;
    let seconds = seconds_of_day(two(11)?, two(14)?, two(17)?)?;
    Some((days * SECONDS_PER_DAY + seconds) * MICROS_PER_SECOND)
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

/// Microseconds of the digits after the point; digits beyond the sixth are cut off.
pub(super) fn micros_of(fraction: &[u8]) -> Option<i64> {
    let mut micros = 0;
    for at in 0..6 {
        let next = fraction.get(at).map_or(Some(0), |&byte| digit(byte))?;
        micros = micros * 10 + i64::from(next);
    }
    Some(micros)
}

/// A leap second (`:60`) is the first second of the next minute.
pub(super) fn seconds_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; `None` if there is no such
/// day. Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013),
/// `days_from_civil`, for years from 0 on.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads a date and time from left to right.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn date_time(&mut self) -> Result<Moment, RejectReason> {
        self.take(b'+');
        let year = self.year()?;
        let separator = if self.take(b'/') { b'/' } else { b'-' };
        if separator == b'-' {
            self.require(b'-')?;
        }
        let month = self.number(1, 2)?;
        self.require(separator)?;
        let day = self.number(1, 2)?;
        let days = days_from_civil(year, month, day).ok_or(RejectReason::BadTime)?;
        if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
            return Err(RejectReason::TimeOutOfRange);
        }
        if self.rest.is_empty() {
            return Ok(Moment::Day(days));
        }
        let shown = days * SECONDS_PER_DAY * MICROS_PER_SECOND + self.clock()?;
        Ok(match self.offset_seconds()? {
            Some(offset) => Moment::Instant(shown - offset * MICROS_PER_SECOND),
            None => Moment::Local(shown),
        })
    }

    /// Five or six digits are read too, so that the year 20225 is told from nonsense.
    fn year(&mut self) -> Result<i64, RejectReason> {
        self.number(4, 6)
    }

    fn clock(&mut self) -> Result<i64, RejectReason> {
        if !(self.take(b'T') || self.take(b't') || self.take(b' ')) {
            return Err(RejectReason::BadTime);
        }
        let hour = self.number(1, 2)?;
        self.require(b':')?;
        let minute = self.number(2, 2)?;
        let second = if self.take(b':') { self.number(2, 2)? } else { 0 };
        let micros = if self.take(b'.') || self.take(b',') { self.fraction()? } else { 0 };
        let seconds = seconds_of_day(hour, minute, second).ok_or(RejectReason::BadTime)?;
        Ok(seconds * MICROS_PER_SECOND + micros)
    }

    fn fraction(&mut self) -> Result<i64, RejectReason> {
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 9 {
            return Err(RejectReason::BadTime);
        }
        let (fraction, rest) = self.rest.split_at(digits);
        self.rest = rest;
        micros_of(fraction).ok_or(RejectReason::BadTime)
    }

    /// Seconds east of UTC; `None` where the text ends.
    fn offset_seconds(&mut self) -> Result<Option<i64>, RejectReason> {
        self.take(b' ');
        match self.rest {
            b"" => return Ok(None),
            b"Z" | b"z" | b"UTC" | b"GMT" => return Ok(Some(0)),
            _ => {}
        }
        let sign = match (self.take(b'+'), self.take(b'-')) {
            (true, false) => 1,
            (false, true) => -1,
            _ => return Err(RejectReason::BadTime),
        };
        let hours = self.number(2, 2)?;
        let has_minutes = self.take(b':') || !self.rest.is_empty();
        let minutes = if has_minutes { self.number(2, 2)? } else { 0 };
        if hours > 23 || minutes > 59 || !self.rest.is_empty() {
            return Err(RejectReason::BadTime);
        }
        Ok(Some(sign * (hours * 3600 + minutes * 60)))
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn require(&mut self, byte: u8) -> Result<(), RejectReason> {
        if self.take(byte) { Ok(()) } else { Err(RejectReason::BadTime) }
    }

    fn number(&mut self, least_digits: usize, most_digits: usize) -> Result<i64, RejectReason> {
        let digits = self.rest.iter().take(most_digits).take_while(|b| b.is_ascii_digit()).count();
        if digits < least_digits {
            return Err(RejectReason::BadTime);
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        Ok(number.iter().fold(0, |value, byte| value * 10 + i64::from(byte - b'0')))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;

    use super::*;

    /// What chrono, an implementation of its own, makes of an RFC 3339 text.
    fn by_chrono(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    fn in_utc(text: &str) -> Result<i64, RejectReason> {
        parse(text).map(|moment| moment.in_zone(&TimeZone::default()))
    }

    #[test]
    fn a_time_without_offset_is_of_the_place() {
        let seoul: TimeZone = "Asia/Seoul".parse().unwrap();
        let read = |text: &str| parse(text).unwrap().in_zone(&seoul);
        assert_eq!(read("2025-03-03 08:00:00"), by_chrono("2025-03-03T08:00:00+09:00"));
        assert_eq!(read("2025-03-03"), by_chrono("2025-03-03T00:00:00+09:00"));
        assert_eq!(read("2025-03-03T08:00:00Z"), by_chrono("2025-03-03T08:00:00Z"));
        assert_eq!(read("2025-03-03 08:00:00-05:00"), by_chrono("2025-03-03T08:00:00-05:00"));
        assert_eq!(read("1725235310"), by_chrono("2024-09-02T00:01:50Z"));
    }

    #[test]
    fn texts_agree_with_chrono() {
        for text in [
            "1990-01-01T00:00:00Z",
            "2100-12-31T23:59:59.999999Z",
            "2024-02-29T12:34:56Z",
            "2024-09-02T00:01:50.5Z",
            "2024-09-02T00:01:50.123456789Z",
            "2024-09-02T09:01:50+09:00",
            "2024-09-02 09:01:50.25-03:30",
            "2000-02-29t01:02:03z",
        ] {
            assert_eq!(parse(text), Ok(Moment::Instant(by_chrono(text))), "{text}");
        }
    }

    #[test]
    fn shorter_texts_mean_the_time_of_the_place() {
        for (short, full) in [
            ("2024-09-02 10:00", "2024-09-02T10:00:00Z"),
            ("2024-09-02 10:00:07", "2024-09-02T10:00:07Z"),
            ("2024-09-02T10:00:07.25", "2024-09-02T10:00:07.25Z"),
            ("2024-09-02", "2024-09-02T00:00:00Z"),
            ("2024/9/2 7:05", "2024-09-02T07:05:00Z"),
            ("2024-09-02 10:00:07 UTC", "2024-09-02T10:00:07Z"),
            ("2024-09-02 10:00:07+09", "2024-09-02T10:00:07+09:00"),
            ("2024-09-02 10:00:07+0930", "2024-09-02T10:00:07+09:30"),
            ("2024-09-02T10:00:07,25Z", "2024-09-02T10:00:07.25Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ] {
            assert_eq!(in_utc(short), Ok(by_chrono(full)), "{short}");
        }
    }

    #[test]
    fn numbers_are_told_apart_by_magnitude() {
        let micros = by_chrono("2024-09-02T00:01:50.123456Z");
        for (text, expected) in [
            ("1725235310", micros - 123_456),
            ("1725235310.123456", micros),
            ("1725235310123", micros - 456),
            ("1725235310123.456", micros),
            ("1725235310123456", micros),
            ("1725235310123456789", micros),
            ("1.725235310e9", micros - 123_456),
        ] {
            assert_eq!(parse(text), Ok(Moment::Instant(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_told_from_what_is_no_plausible_time() {
        for text in ["tomorrow", "12/31/2024", "2024-13-01", "2023-02-29", "2024-09-02T24:00:00Z"] {
            assert_eq!(parse(text), Err(RejectReason::BadTime), "{text}");
        }
        for text in ["2024-09-02T10", "2024-09-02T10:00:00ZZ", "2024-09-02 10:00:00.", "-5", "1e9e"]
        {
            assert_eq!(parse(text), Err(RejectReason::BadTime), "{text}");
        }
        for text in
            ["20225-01-01", "20225-01-01T10:00:00Z", "+020225-01-01", "1989-12-31", "0", "12"]
        {
            assert_eq!(parse(text), Err(RejectReason::TimeOutOfRange), "{text}");
        }
        assert_eq!(parse("2101-01-01T00:00:00Z"), Err(RejectReason::TimeOutOfRange));
        assert_eq!(parse("1989-12-31T23:59:59.9Z"), Err(RejectReason::TimeOutOfRange));
        assert_eq!(parse("1990-01-01T00:00:00+00:01"), Err(RejectReason::TimeOutOfRange));
    }

    #[test]
    fn the_range_ends_where_chrono_says() {
        let second =
            |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_time(chrono::NaiveTime::MIN);
        assert_eq!(RANGE.start, second(1990).and_utc().timestamp());
        assert_eq!(RANGE.end, second(2101).and_utc().timestamp());
    }

    proptest! {
        #[test]
        fn every_instant_survives_every_way_of_writing_it(micros in 631_152_000_000_000i64..4_133_980_800_000_000) {
            let time = DateTime::from_timestamp_micros(micros).unwrap();
            for format in ["%Y-%m-%dT%H:%M:%S%.6fZ", "%Y-%m-%d %H:%M:%S%.6f", "%Y-%m-%dT%H:%M:%S%.9f+00:00"] {
                prop_assert_eq!(in_utc(&time.format(format).to_string()), Ok(micros));
            }
            prop_assert_eq!(from_epoch_integer(micros), Ok(micros));
            prop_assert_eq!(from_epoch_integer(micros.div_euclid(1_000)), Ok(micros - micros.rem_euclid(1_000)));
        }

        #[test]
        fn every_calendar_day_agrees_with_chrono(year in 1990i64..=2100, month in 0i64..=13, day in 0i64..=32) {
            let expected = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32)
                .map(|date| date.signed_duration_since(NaiveDate::default()).num_days());
            prop_assert_eq!(days_from_civil(year, month, day), expected);
        }

        #[test]
        fn any_text_is_a_plausible_time_or_refused(text in "[0-9TZ:+./ -]{0,40}") {
            if let Ok(micros) = in_utc(&text) {
                prop_assert!(RANGE.contains(&micros.div_euclid(MICROS_PER_SECOND)));
            }
        }
    }
}
