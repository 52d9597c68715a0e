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
    let (date, time) = (at.date_naive(), at.time());
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    put_digits(&mut text[0..4], date.year().unsigned_abs());
    put_digits(&mut text[5..7], date.month());
    put_digits(&mut text[8..10], date.day());
    put_digits(&mut text[11..13], time.hour());
    put_digits(&mut text[14..16], time.minute());
    put_digits(&mut text[17..19], time.second());
    put_digits(&mut text[20..26], time.nanosecond() % 1_000_000_000 / 1000);
    // Nothing but ASCII is in it.
    String::from_utf8(text.to_vec()).unwrap_or_default()
}

/// The instant a stored text stands for; other RFC 3339 spellings are understood too.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    parse_fixed(text.as_bytes())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()))
}

/// Fills a place with the last digits of a number.
fn put_digits(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
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
