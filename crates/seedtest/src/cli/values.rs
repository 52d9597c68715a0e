//! What flags take beside what clap reads by itself. Each says what would be accepted; blank counts as not said
//! where the flag may be left out.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use seedtest_pipeline::{RiskReaders, Role, read_cron};
use seedtest_responses::TimeZone;
use seedtest_store::{AnswerSource, SchemaName};

/// A whole number in a range.
pub(super) fn whole<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let read = text.trim().parse().ok().filter(|number| range.contains(number));
        read.ok_or_else(|| format!("a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A number in a range.
pub(super) fn number(
    range: RangeInclusive<f64>,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let read = text.trim().parse().ok().filter(|number| range.contains(number));
        read.ok_or_else(|| format!("a number from {} to {}", range.start(), range.end()))
    }
}

/// Where to listen: HOST:PORT or :PORT.
pub(super) fn address(text: &str) -> Result<String, String> {
    let text = text.trim();
    let host_and_port = text.rsplit_once(':');
    let fits = host_and_port.is_some_and(|(host, port)| {
        let is_one =
            !host.contains([':', '/', ' ']) || (host.starts_with('[') && host.ends_with(']'));
        is_one && port.parse::<u16>().is_ok()
    });
    let expected = "an address as 127.0.0.1:8000, or :8000 for every address of this machine";
    if fits { Ok(text.to_owned()) } else { Err(expected.to_owned()) }
}

/// The name of a time zone.
pub(super) fn zone(text: &str) -> Result<String, String> {
    let name = text.trim();
    if !name.is_empty() {
        name.parse::<TimeZone>().map_err(|error| error.to_string())?;
    }
    Ok(text.to_owned())
}

/// An address of the web, without what comes after its path.
pub(super) fn web(text: &str) -> Result<String, String> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_graphic() && !b"?#@\\\"<>".contains(&c))
    });
    if fits || text.is_empty() {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("an address as https://seedtest.school.example".to_owned())
}

/// Roles with commas between them, or none.
pub(super) fn risk_readers(text: &str) -> Result<RiskReaders, String> {
    let roles = Role::ALL.map(Role::name).join(", ");
    text.trim().parse().map_err(|_| format!("none, or some of {roles} with commas between them"))
}

/// A cron expression of five fields.
pub(super) fn cron(text: &str) -> Result<String, String> {
    if !text.trim().is_empty() {
        read_cron(text)?;
    }
    Ok(text.to_owned())
}

/// The name of a schema.
pub(super) fn schema(text: &str) -> Result<String, String> {
    if !text.trim().is_empty() {
        SchemaName::parse(text.trim()).map_err(|error| error.to_string())?;
    }
    Ok(text.to_owned())
}

/// The name of a table or a view.
pub(super) fn relation(text: &str) -> Result<String, String> {
    if !text.trim().is_empty() {
        AnswerSource::relation(text).map_err(|error| error.to_string())?;
    }
    Ok(text.to_owned())
}

/// A query.
pub(super) fn query(text: &str) -> Result<String, String> {
    if !text.trim().is_empty() {
        AnswerSource::query(text).map_err(|error| error.to_string())?;
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port() {
        for text in ["127.0.0.1:8000", ":8000", "localhost:0", "[::1]:80"] {
            assert!(address(text).is_ok(), "{text}");
        }
        for text in
            ["5", "", "8000", "127.0.0.1", ":70000", ":-1", "http://a:80", "::1:80", "a b:1"]
        {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_of_the_web_name_no_person_and_no_query() {
        for text in ["https://a.example", "http://127.0.0.1:8000", "https://a.example/school/"] {
            assert!(web(text).is_ok_and(|read| !read.ends_with('/')), "{text}");
        }
        for text in
            ["a.example", "ftp://a", "https://", "https://a?x", "https://b@a", "https://a b"]
        {
            assert!(web(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_out_of_their_range_are_refused_with_it() {
        let threads = whole(0..=1024_u32);
        assert_eq!(threads("16"), Ok(16));
        for text in ["-1", "1025", "many", "1.5", ""] {
            assert_eq!(threads(text).unwrap_err(), "a whole number from 0 to 1024", "{text}");
        }
        let rate = number(0.0..=1e6);
        assert!(rate("NaN").is_err() && rate("-1").is_err() && rate("inf").is_err());
    }

    #[test]
    fn points_of_time_and_zones_exist() {
        assert!(zone("Asia/Seoul").is_ok() && zone("").is_ok() && zone("Mars").is_err());
        assert!(cron("0 3 * * TUE-SUN").is_ok() && cron(" ").is_ok());
        for text in ["99 3 * * *", "0 99 * * *", "at three", "0 3 30 2 *", "* *"] {
            assert!(cron(text).is_err(), "{text}");
        }
    }
}
