//! When somebody may be told.

use chrono::{DateTime, Days, NaiveDateTime, NaiveTime, SubsecRound, Utc};
use seedtest_responses::TimeZone;

/// Hours in which nobody is told anything, from the first time of the clock to the second, over midnight where the
/// first is the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuietHours {
    from: NaiveTime,
    to: NaiveTime,
}

impl QuietHours {
    /// `HH:MM-HH:MM`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (from, to) = (time(from)?, time(to)?);
        (from != to).then_some(Self { from, to })
    }

    /// Their end, where a time of the clock lies in them.
    fn end(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let Self { from, to } = self;
        let time = local.time();
        let is_quiet =
            if from < to { from <= time && time < to } else { from <= time || time < to };
        let ends_tomorrow = from > to && from <= time;
        let day = local.date().checked_add_days(Days::new(u64::from(ends_tomorrow)))?;
        is_quiet.then(|| day.and_time(to))
    }
}

/// A time of the clock, as `HH:MM`.
pub(crate) fn time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()
}

/// What comes together in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    /// What was found since the run before.
    Run,
    /// What was found in a day, at this time of the clock.
    Day(NaiveTime),
    /// Nothing: a message an alert.
    Single,
}

/// When a message goes out that is written now.
pub(crate) fn due(
    now: DateTime<Utc>,
    zone: &TimeZone,
    digest: Digest,
    quiet: Option<QuietHours>,
) -> DateTime<Utc> {
    // The database keeps microseconds.
    let now = now.trunc_subsecs(6);
    let local = local(zone, now);
    let wanted = match digest {
        Digest::Run | Digest::Single => None,
        Digest::Day(time) => {
            let today = local.date().and_time(time);
            let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
            Some(if today > local { today } else { tomorrow })
        }
    };
    let at = wanted.unwrap_or(local);
    let late = quiet.and_then(|quiet| quiet.end(at)).or(wanted);
    late.map_or(now, |late| instant(zone, late).max(now))
}

fn local(zone: &TimeZone, at: DateTime<Utc>) -> NaiveDateTime {
    let shown = DateTime::from_timestamp_micros(zone.local(at.timestamp_micros()));
    shown.unwrap_or(at).naive_utc()
}

fn instant(zone: &TimeZone, local: NaiveDateTime) -> DateTime<Utc> {
    let micros = zone.instant_of(local.and_utc().timestamp_micros());
    DateTime::from_timestamp_micros(micros).unwrap_or_else(|| local.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(now: &str, zone: &str, digest: Digest, quiet: &str) -> String {
        let quiet = QuietHours::read(quiet);
        let due = due(now.parse().unwrap(), &zone.parse().unwrap(), digest, quiet);
        due.format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn quiet_hours_are_those_of_the_school_and_may_lie_over_midnight() {
        let of = |now| told(now, "Asia/Seoul", Digest::Run, "20:00-07:00");
        // 03:00 in Seoul, 23:30, 07:00, 19:59 and 20:00.
        assert_eq!(of("2025-06-15T18:00:00Z"), "2025-06-15T22:00Z");
        assert_eq!(of("2025-06-16T14:30:00Z"), "2025-06-16T22:00Z");
        assert_eq!(of("2025-06-15T22:00:00Z"), "2025-06-15T22:00Z");
        assert_eq!(of("2025-06-16T10:59:00Z"), "2025-06-16T10:59Z");
        assert_eq!(of("2025-06-16T11:00:00Z"), "2025-06-16T22:00Z");
        let noon = |now| told(now, "Asia/Seoul", Digest::Single, "12:00-13:00");
        assert_eq!(noon("2025-06-16T03:30:00Z"), "2025-06-16T04:00Z");
        assert_eq!(noon("2025-06-16T04:00:00Z"), "2025-06-16T04:00Z");
        assert_eq!(
            told("2025-06-15T18:00:00Z", "Asia/Seoul", Digest::Run, ""),
            "2025-06-15T18:00Z"
        );
    }

    #[test]
    fn a_daily_message_goes_out_at_the_next_time_of_the_clock_that_is_not_quiet() {
        let at = |hour| Digest::Day(NaiveTime::from_hms_opt(hour, 0, 0).unwrap());
        let of = |now, hour| told(now, "Asia/Seoul", at(hour), "20:00-07:00");
        assert_eq!(of("2025-06-15T18:00:00Z", 8), "2025-06-15T23:00Z");
        assert_eq!(of("2025-06-15T23:00:00Z", 8), "2025-06-16T23:00Z", "the next one, not this");
        assert_eq!(of("2025-06-15T18:00:00Z", 5), "2025-06-15T22:00Z", "when the quiet hours end");
    }

    #[test]
    fn a_time_that_daylight_saving_leaves_out_is_one_of_the_clock_after_it() {
        // 30 March 2025 in Berlin has no 02:00 to 03:00.
        let of = told("2025-03-29T23:30:00Z", "Europe/Berlin", Digest::Run, "22:00-02:30");
        assert_eq!(of, "2025-03-30T01:30Z");
    }

    #[test]
    fn what_is_no_span_is_none() {
        for text in ["", "none", "20:00", "20:00-20:00", "25:00-07:00", "8-9"] {
            assert_eq!(QuietHours::read(text), None, "{text}");
        }
    }
}
