//! Times as they are typed: a day, a minute or a second stands for all of it.

use chrono::{DateTime, Utc};
use seedtest_ingest::{Moment, parse_moment};
use seedtest_responses::TimeZone;
use seedtest_store::AnswerTime;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A time with what it leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TypedTime {
    at: Moment,
    open: Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Day,
    Minute,
    Second,
    Microsecond,
}

impl TypedTime {
    /// Reads a time as files have it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let at = parse_moment(text).map_err(|_| {
            "no time, as 2025-03-12 09:30, 2025-03-12T09:30:00Z, or 2025-03-12 for all of the day"
                .to_owned()
        })?;
        let open = match at {
            Moment::Day(_) => Open::Day,
            Moment::Local(_) | Moment::Instant(_) => open_of(text),
        };
        Ok(Self { at, open })
    }

    /// From when to when it is where the clock shows the time of `zone`; `None` beyond what can be stored.
    pub(crate) fn in_zone(self, zone: &TimeZone) -> Option<AnswerTime> {
        let from = self.at.in_zone(zone);
        let until = match (self.open, self.at) {
            (Open::Day, Moment::Day(day)) => Moment::Day(day + 1).in_zone(zone),
            (Open::Minute, _) => from + 60 * MICROS_PER_SECOND,
            (Open::Second, _) => from + MICROS_PER_SECOND,
            (Open::Day | Open::Microsecond, _) => from + 1,
        };
        let instant = |micros| DateTime::<Utc>::from_timestamp_micros(micros);
        Some(AnswerTime { from: instant(from)?, until: instant(until)? })
    }
}

/// What a time of a day leaves open, by how far it is written.
fn open_of(text: &str) -> Open {
    let Some((_, clock)) = text.split_once(['T', 't', ' ']) else { return Open::Microsecond };
    let end = clock.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.'));
    let clock = &clock[..end.unwrap_or(clock.len())];
    match clock.matches(':').count() {
        1 => Open::Minute,
        _ if clock.contains('.') => Open::Microsecond,
        _ => Open::Second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_stands_for_what_it_leaves_open() {
        let seoul: TimeZone = "Asia/Seoul".parse().unwrap();
        let of = |text| {
            let time = TypedTime::parse(text).unwrap().in_zone(&seoul).unwrap();
            let micros = (time.until - time.from).num_microseconds().unwrap();
            format!("{} {micros}", time.from.format("%F %T%.6f"))
        };
        assert_eq!(of("2025-03-12"), "2025-03-11 15:00:00.000000 86400000000");
        assert_eq!(of("2025-03-12 09:30"), "2025-03-12 00:30:00.000000 60000000");
        assert_eq!(of("2025-03-12T09:30+09:00"), "2025-03-12 00:30:00.000000 60000000");
        assert_eq!(of("2025-03-12T09:30:00Z"), "2025-03-12 09:30:00.000000 1000000");
        assert_eq!(of("2025-03-12 09:30:00.25"), "2025-03-12 00:30:00.250000 1");
        assert_eq!(of("1741771800"), "2025-03-12 09:30:00.000000 1");
        assert!(TypedTime::parse("yesterday").unwrap_err().contains("2025-03-12 09:30"));
    }
}
