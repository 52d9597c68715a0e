//! Times that are written as one number.

use super::instant::{
    MICROS_PER_SECOND, Moment, SECONDS_PER_DAY, days_from_civil, from_epoch_float, in_range,
    seconds_of_day,
};
use crate::reject::RejectReason;

/// Which day a spreadsheet calls 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Epoch {
    /// 1899-12-30: Excel for Windows, LibreOffice.
    Windows1900,
    /// 1904-01-01: workbooks from an old Mac.
    Mac1904,
}

impl Epoch {
    /// Days since 1970-01-01.
    fn day(self) -> f64 {
        match self {
            Self::Windows1900 => -25_569.0,
            Self::Mac1904 => -24_107.0,
        }
    }

    /// The time of a spreadsheet's serial number, to the nearest millisecond: its binary fraction has no more.
    pub(crate) fn moment(self, serial: f64) -> Result<Moment, RejectReason> {
        const MILLIS_PER_DAY: f64 = 86_400_000.0;
        if !serial.is_finite() {
            return Err(RejectReason::BadTime);
        }
        let days = serial + self.day();
        if days.abs() > 1e6 {
            return Err(RejectReason::TimeOutOfRange);
        }
        if days.fract() == 0.0 {
            return Moment::Day(days as i64).in_range();
        }
        let millis = (days * MILLIS_PER_DAY).round() as i64;
        Moment::Local(millis * 1_000).in_range()
    }
}

/// What a plain number of a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Days.
    Days,
}

impl TimeUnit {
    /// A count in microseconds; `None` beyond some 100 000 years.
    pub(crate) fn micros(self, count: f64) -> Option<i64> {
        let micros = match self {
            Self::Seconds => count * 1e6,
            Self::Milliseconds => count * 1e3,
            Self::Microseconds => count,
            Self::Days => count * 86_400e6,
        };
        (micros.is_finite() && micros.abs() < 4e18).then_some(micros.round() as i64)
    }
}

/// What a number can be as a time; where it can be several, the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Seconds to nanoseconds since 1970, within the years 1990 to 2100.
    SinceEpoch,
    /// Eight, twelve, fourteen or seventeen digits that spell a date and a time.
    Compact,
    /// Days of a spreadsheet from 1990 to 2100.
    Serial,
    /// A count from a start that it does not name.
    Count,
}

/// What the number in `text` can be; `None` where there is no number that is at least 0.
pub(super) fn kind(text: &str) -> Option<Kind> {
    let is_number = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let number: f64 = text.parse().ok().filter(|_| is_number)?;
    if from_epoch_float(number).is_ok() {
        return Some(Kind::SinceEpoch);
    }
    if compact(text).is_some() {
        return Some(Kind::Compact);
    }
    if Epoch::Windows1900.moment(number).is_ok() {
        return Some(Kind::Serial);
    }
    number.is_finite().then_some(Kind::Count)
}

/// `YYYYMMDD`, and behind it `HHMM`, `HHMMSS` or `HHMMSSmmm`.
pub(super) fn compact(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    if !matches!(bytes.len(), 8 | 12 | 14 | 17) || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |from: usize, to: usize| {
        bytes.get(from..to).map_or(0, |digits| {
            digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
        })
    };
    let day = days_from_civil(part(0, 4), part(4, 6), part(6, 8))?;
    if bytes.len() == 8 {
        return Moment::Day(day).in_range().ok();
    }
    let clock = seconds_of_day(part(8, 10), part(10, 12), part(12, 14))?;
    let shown = (day * SECONDS_PER_DAY + clock) * MICROS_PER_SECOND + part(14, 17) * 1_000;
    in_range(shown).ok().map(Moment::Local)
}

#[cfg(test)]
mod tests {
    use seedtest_responses::TimeZone;

    use super::*;

    fn shown(moment: Moment) -> String {
        let micros = moment.in_zone(&TimeZone::default());
        let time = chrono::DateTime::from_timestamp_micros(micros).unwrap();
        time.format("%Y-%m-%d %H:%M:%S%.f").to_string()
    }

    #[test]
    fn digits_that_spell_a_date() {
        for (text, expected) in [
            ("20250301", "2025-03-01 00:00:00"),
            ("202503010915", "2025-03-01 09:15:00"),
            ("20250301091507", "2025-03-01 09:15:07"),
            ("20250301091507250", "2025-03-01 09:15:07.250"),
        ] {
            assert_eq!(compact(text).map(shown).as_deref(), Some(expected), "{text}");
            assert_eq!(kind(text), Some(Kind::Compact), "{text}");
        }
        for text in ["20251301", "20250230", "202503012515", "2025030", "19891231", "2025-3-1"] {
            assert_eq!(compact(text), None, "{text}");
        }
    }

    #[test]
    fn serials_are_those_of_spreadsheets() {
        // What LibreOffice 7.4 shows for these numbers under either start of days.
        for (serial, epoch, expected) in [
            (45_717.0, Epoch::Windows1900, "2025-03-01 00:00:00"),
            (45_717.375, Epoch::Windows1900, "2025-03-01 09:00:00"),
            (44_255.5, Epoch::Mac1904, "2025-03-01 12:00:00"),
            (45_717.385_416_666_664, Epoch::Windows1900, "2025-03-01 09:15:00"),
        ] {
            assert_eq!(epoch.moment(serial).map(shown).as_deref(), Ok(expected));
        }
        assert_eq!(Epoch::Windows1900.moment(1.0), Err(RejectReason::TimeOutOfRange));
        assert_eq!(Epoch::Windows1900.moment(f64::INFINITY), Err(RejectReason::BadTime));
    }

    #[test]
    fn a_number_is_of_one_kind() {
        for (text, expected) in [
            ("1725235310", Some(Kind::SinceEpoch)),
            ("1725235310.5", Some(Kind::SinceEpoch)),
            ("1565096190868", Some(Kind::SinceEpoch)),
            ("45717.375", Some(Kind::Serial)),
            ("0", Some(Kind::Count)),
            ("56943", Some(Kind::Serial)),
            ("118363", Some(Kind::Count)),
            ("-5", None),
            ("nan", None),
            ("1e3", Some(Kind::Count)),
            ("2025-03-01", None),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
