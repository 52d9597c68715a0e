//! Times as the text SQLite stores: `YYYY-MM-DDTHH:MM:SS.ffffffZ`, of fixed width, so that text
//! order is time order.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

/// Years that fit the fixed width; both engines hold them.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// Whether both engines can store this instant.
pub(crate) fn is_storable(at: DateTime<Utc>) -> bool {
    YEARS.contains(&at.year())
}

/// The stored text of an instant, cut to microseconds.
pub(crate) fn to_text(at: DateTime<Utc>) -> String {
    let mut text = String::with_capacity(27);
    push_date(&mut text, at.date_naive());
    let time = at.time();
    for (before, number) in [('T', time.hour()), (':', time.minute()), (':', time.second())] {
        text.push(before);
        push_digits(&mut text, number, 2);
    }
    text.push('.');
    push_digits(&mut text, time.nanosecond() % 1_000_000_000 / 1000, 6);
    text.push('Z');
    text
}

/// The instant a stored text stands for; other RFC 3339 spellings are understood too.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    parse_fixed(text.as_bytes())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()))
}

fn push_date(text: &mut String, date: NaiveDate) {
    push_digits(text, date.year().unsigned_abs(), 4);
    text.push('-');
    push_digits(text, date.month(), 2);
    text.push('-');
    push_digits(text, date.day(), 2);
}

fn push_digits(text: &mut String, number: u32, width: u32) {
    for power in (0..width).rev() {
        let digit = number / 10_u32.pow(power) % 10;
        text.push(char::from(b'0' + digit as u8));
    }
}

fn parse_fixed(text: &[u8]) -> Option<DateTime<Utc>> {
    const SEPARATORS: [(usize, u8); 7] =
        [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (26, b'Z')];
    if text.len() != 27 || SEPARATORS.iter().any(|&(at, byte)| text[at] != byte) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(
        digits(&text[0..4])? as i32,
        digits(&text[5..7])?,
        digits(&text[8..10])?,
    )?;
    let time = date.and_hms_micro_opt(
        digits(&text[11..13])?,
        digits(&text[14..16])?,
        digits(&text[17..19])?,
        digits(&text[20..26])?,
    )?;
    Some(time.and_utc())
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0_u32, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_has_the_documented_shape() {
        let at = DateTime::from_timestamp_micros(1_700_000_000_000_042).unwrap();
        assert_eq!(to_text(at), "2023-11-14T22:13:20.000042Z");
    }

    #[test]
    fn other_spellings_are_read() {
        let at = DateTime::from_timestamp_micros(1_700_000_000_000_000).unwrap();
        assert_eq!(parse("2023-11-15T07:13:20+09:00"), Some(at));
        assert_eq!(parse("2023-11-14T22:13:20.000000Q"), None);
        assert_eq!(parse("2023-13-14T22:13:20.000000Z"), None);
    }

    proptest! {
        #[test]
        fn a_time_survives_and_sorts_as_text(
            a in -62_135_596_800_000_000_i64..253_402_300_800_000_000,
            b in -62_135_596_800_000_000_i64..253_402_300_800_000_000,
        ) {
            let (a, b) = (
                DateTime::from_timestamp_micros(a).unwrap(),
                DateTime::from_timestamp_micros(b).unwrap(),
            );
            prop_assert_eq!(parse(&to_text(a)), Some(a));
            prop_assert_eq!(a.cmp(&b), to_text(a).cmp(&to_text(b)));
        }
    }
}
