//! Days and times of rows as seconds by the clock on the wall.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use seedtest_ingest::{MISSING_TEXT, TableColumn};

use super::error::SeriesError;

const DAYS: [&str; 3] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"];
const TIMES: [&str; 4] =
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
const ZONED: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];

/// Years have four digits: `25/3/1` may be of 2025, of 2001, or of the year 25.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;

/// A time with the zone it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Instant {
    /// Seconds since 1970-01-01 by the clock on the wall.
    seconds: i64,
    /// Seconds east of Greenwich; `None` where no zone is named.
    zone: Option<i32>,
    /// Whether no time of the day is written.
    is_day: bool,
}

/// Days or times of a column.
///
/// # Errors
/// For a cell that is none, and where zones, or days and times of the day, are mixed.
pub(super) fn times_of(name: &str, column: &TableColumn) -> Result<Vec<i64>, SeriesError> {
    let missing = |row| SeriesError::NoTime { row, column: name.to_owned() };
    match column {
        TableColumn::Numeric(numbers) => numbers
            .iter()
            .enumerate()
            .map(|(row, &number)| {
                if number.is_nan() {
                    return Err(missing(row));
                }
                let (column, text) = (name.to_owned(), number.to_string());
                day_of_number(number).ok_or(SeriesError::Time { row, column, text })
            })
            .collect(),
        TableColumn::Text { levels, codes } => {
            let months: Option<Vec<Instant>> = levels.iter().map(|text| month(text)).collect();
            let known: Vec<Option<Instant>> = match months {
                Some(months) => months.into_iter().map(Some).collect(),
                None => levels.iter().map(|text| instant(text)).collect(),
            };
            let mut first: Option<(usize, Option<i32>)> = None;
            let (mut day, mut clock) = (None, None);
            let mut times = Vec::with_capacity(codes.len());
            for (row, &code) in codes.iter().enumerate() {
                if code == MISSING_TEXT {
                    return Err(missing(row));
                }
                let text = || levels[code as usize].to_string();
                let Some(Instant { seconds, zone, is_day }) = known[code as usize] else {
                    let column = name.to_owned();
                    return Err(SeriesError::Time { row, column, text: text() });
                };
                let (other, of_other) = *first.get_or_insert((row, zone));
                if zone != of_other {
                    let (has, other_has) = (zone_text(zone), zone_text(of_other));
                    return Err(SeriesError::Zones { row, text: text(), has, other, other_has });
                }
                if is_day {
                    day = day.or(Some(row));
                } else if seconds.rem_euclid(86_400) != 0 {
                    clock = clock.or(Some(row));
                }
                times.push(seconds);
            }
            // Midnight of a day that has no time is a guess beside times that have one.
            if let (Some(row), Some(other)) = (day, clock) {
                let text = |row: usize| levels[codes[row] as usize].to_string();
                let (day, text) = (text(row), text(other));
                return Err(SeriesError::DayAmongTimes { row, day, other, text });
            }
            Ok(times)
        }
    }
}

/// One day or time.
pub(super) fn time_of(text: &str) -> Option<i64> {
    instant(text).map(|instant| instant.seconds)
}

/// Number of a day, counted from 1970-01-01.
pub(super) fn day_of(text: &str) -> Option<i64> {
    Some(day(text.trim())?.signed_duration_since(NaiveDate::default()).num_days())
}

/// A day in a usual form, the Korean ones (`2024년 1월 6일`, `2024. 1. 6.`) among them.
fn day(text: &str) -> Option<NaiveDate> {
    let read = |text: &str| {
        let day = DAYS.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok());
        day.filter(|day| YEARS.contains(&day.year()))
    };
    let squeezed = || -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    if let Some(rest) = squeezed().strip_suffix('일') {
        return read(&rest.replace(['년', '월'], "-"));
    }
    read(text).or_else(|| read(squeezed().trim_end_matches('.')))
}

/// The first day of a month that is written without a day: `2025-03`, `2025년 3월`.
fn month(text: &str) -> Option<Instant> {
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (year, month) = match squeezed.strip_suffix('월') {
        Some(rest) => rest.split_once('년')?,
        None => squeezed.split_once(['-', '/'])?,
    };
    day(&format!("{year}-{month}-1")).map(at_midnight)
}

fn at_midnight(day: NaiveDate) -> Instant {
    Instant { seconds: seconds(day.and_time(NaiveTime::MIN)), zone: None, is_day: true }
}

fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Some(day) = day(text) {
        return Some(at_midnight(day));
    }
    let local = |format: &&str| NaiveDateTime::parse_from_str(text, format).ok();
    if let Some(time) = TIMES.iter().find_map(local) {
        let instant = Instant { seconds: seconds(time), zone: None, is_day: false };
        return Some(instant).filter(|_| YEARS.contains(&time.year()));
    }
    let zoned = |format: &&str| DateTime::parse_from_str(text, format).ok();
    let time = DateTime::parse_from_rfc3339(text).ok();
    let time = time.or_else(|| ZONED.iter().find_map(zoned))?;
    if !YEARS.contains(&time.year()) {
        return None;
    }
    let zone = Some(time.offset().local_minus_utc());
    Some(Instant { seconds: seconds(time.naive_local()), zone, is_day: false })
}

fn seconds(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp()
}

/// A day written as the number YYYYMMDD.
fn day_of_number(number: f64) -> Option<i64> {
    if number.fract() != 0.0 || !(10_000_101.0..=99_991_231.0).contains(&number) {
        return None;
    }
    let number = number as u32;
    let day = NaiveDate::from_ymd_opt((number / 10_000) as i32, number / 100 % 100, number % 100)?;
    Some(seconds(day.and_time(NaiveTime::MIN)))
}

fn zone_text(zone: Option<i32>) -> String {
    match zone {
        None => "has no time zone".to_owned(),
        Some(0) => "is in UTC".to_owned(),
        Some(east) => {
            let sign = if east < 0 { '-' } else { '+' };
            let minutes = east.abs() / 60;
            format!("is in UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::TableColumn;
    use seedtest_responses::Texts;

    use super::{SeriesError, times_of};

    fn texts(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push(Some(*cell));
        }
        texts.into()
    }

    #[test]
    fn days_and_times_are_read_in_every_usual_form() {
        let day = 1_736_121_600;
        let forms =
            ["2025-01-06", "2025/01/06", "2025.01.06", "2025-01-06T00:00:00", "2025-01-06 00:00"];
        for form in forms {
            assert_eq!(times_of("ds", &texts(&[form])), Ok(vec![day]), "{form}");
        }
        let column = TableColumn::Numeric(vec![20_250_106.0]);
        assert_eq!(times_of("ds", &column), Ok(vec![day]));
        let zoned = texts(&["2025-01-06T09:00:00+09:00", "2025-01-06 10:00:00+09:00"]);
        assert_eq!(times_of("ds", &zoned), Ok(vec![day + 9 * 3600, day + 10 * 3600]));
    }

    #[test]
    fn korean_days_are_read() {
        let day = 1_736_121_600;
        for form in
            ["2025년 1월 6일", "2025년1월6일", "2025년 01월 06일", "2025. 1. 6.", "2025. 01. 06"]
        {
            assert_eq!(times_of("날짜", &texts(&[form])), Ok(vec![day]), "{form}");
        }
        for form in ["2025년", "1월 6일", "2025년 13월 1일", "6일"] {
            assert!(times_of("날짜", &texts(&[form])).is_err(), "{form}");
        }
    }

    #[test]
    fn months_are_their_first_days() {
        let days = vec![1_735_689_600, 1_738_368_000];
        for forms in [["2025-01", "2025-02"], ["2025/1", "2025/2"], ["2025년 1월", "2025년 02월"]]
        {
            assert_eq!(times_of("ds", &texts(&forms)), Ok(days.clone()), "{forms:?}");
        }
        for forms in [["2025-01", "2025-02-03"], ["2025-01", "2025-13"], ["25-01", "25-02"]] {
            assert!(times_of("ds", &texts(&forms)).is_err(), "{forms:?}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_refused() {
        for form in [
            "25/3/1",
            "25-03-01",
            "25. 3. 1.",
            "25년 3월 1일",
            "25-03-01 09:00",
            "0025-03-01T09:00:00Z",
        ] {
            let error = times_of("ds", &texts(&[form])).unwrap_err();
            assert!(error.hint().contains("four digits"), "{form}: {error}");
        }
    }

    #[test]
    fn what_is_no_time_is_named() {
        let error = times_of("ds", &texts(&["2025-01-06", "soon"])).unwrap_err().to_string();
        assert!(error.starts_with("row 2: `ds` is \"soon\""), "{error}");
        assert!(times_of("ds", &TableColumn::Numeric(vec![3.0])).is_err());
        assert!(times_of("ds", &TableColumn::Numeric(vec![20_250_230.0])).is_err());
    }

    #[test]
    fn a_day_beside_a_time_with_a_zone_is_refused() {
        let mixed = texts(&["2025-01-06", "2025-01-07T00:00:00Z"]);
        let error = times_of("ds", &mixed).unwrap_err();
        assert!(matches!(error, SeriesError::Zones { row: 1, other: 0, .. }), "{error}");
        let two = texts(&["2025-01-06T00:00:00+09:00", "2025-01-07T00:00:00Z"]);
        let error = times_of("ds", &two).unwrap_err().to_string();
        assert!(error.contains("is in UTC, row 1 is in UTC+09:00"), "{error}");
    }

    #[test]
    fn a_day_beside_a_time_of_the_day_is_refused() {
        let mixed = texts(&["2025-01-06T09:00:00", "2025-01-07", "2025-01-08T09:00:00"]);
        let error = times_of("ds", &mixed).unwrap_err().to_string();
        let expected = "row 2: \"2025-01-07\" is a day without a time, row 1 is the time \"2025-01-06T09:00:00\"";
        assert_eq!(error, expected);
        // Midnights are days.
        assert!(times_of("ds", &texts(&["2025-01-06T00:00:00", "2025-01-07"])).is_ok());
    }
}
