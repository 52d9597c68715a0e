//! Times of a series, of any year, as the clock on the wall showed them.

use super::detect::{Detected, TimeFormat, TimeValue, detect_within};
use super::instant::{MICROS_PER_SECOND, Moment, SECONDS_PER_DAY, days_from_civil};
use super::words::{Word, meaning};
use super::written::{DateOrder, Written};
use crate::options::DateFormat;

/// Days of the years 1000 to 9999, counted from 1970-01-01.
const DAYS: std::ops::RangeInclusive<i64> = -354_285..=2_932_896;

/// A time as the clock on the wall showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallTime {
    /// Seconds since 1970-01-01 by that clock.
    pub seconds: i64,
    /// Seconds east of Greenwich; `None` where no zone is named.
    pub zone: Option<i64>,
    /// Whether no time of the day is written.
    pub is_day: bool,
}

/// How the times of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallFormat(Form);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Months without a day, which stand for their first.
    Months,
    /// Weeks of ISO 8601, which stand for their Mondays.
    Weeks,
    /// `YYYYMMDD`, of any year.
    Digits,
    Written(Option<DateOrder>),
    Numbers(TimeFormat),
}

/// Dates that two orders of their numbers read, each otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbiguousTimes {
    /// One of them.
    pub example: String,
    /// The orders, as `--date-format` has them.
    pub orders: Vec<&'static str>,
}

impl WallFormat {
    /// What the times of a column are written in, from its cells, none of which is blank; `given`: what the user says
    /// of it.
    ///
    /// ```
    /// use seedtest_ingest::WallFormat;
    /// let days = ["31.12.2024", "01.01.2025"];
    /// let format = WallFormat::of(days.into_iter(), None).unwrap();
    /// assert_eq!(format.read(days[1]).unwrap().seconds, 20_089 * 86_400);
    /// assert!(WallFormat::of(["1/2/2025"].into_iter(), None).is_err());
    /// ```
    ///
    /// # Errors
    /// [`AmbiguousTimes`] where nothing says whether the day or the month comes first.
    pub fn of<'a>(
        cells: impl Iterator<Item = &'a str> + Clone,
        given: Option<DateFormat>,
    ) -> Result<Self, AmbiguousTimes> {
        let given = given.map(|format| match format {
            DateFormat::Order(order) => Form::Written(Some(order)),
            DateFormat::Excel(epoch) => Form::Numbers(TimeFormat::Serial(epoch)),
            DateFormat::SinceEpoch(unit) => Form::Numbers(TimeFormat::SinceEpoch(unit)),
            DateFormat::SinceStart(unit) => Form::Numbers(TimeFormat::SinceStart(Some(unit))),
        });
        if let Some(form) = given {
            return Ok(Self(form));
        }
        if cells.clone().all(|cell| first_of_month(cell).is_some()) {
            return Ok(Self(Form::Months));
        }
        if cells.clone().all(|cell| monday(cell).is_some()) {
            return Ok(Self(Form::Weeks));
        }
        if cells.clone().all(|cell| day_of_digits(cell).is_some()) {
            return Ok(Self(Form::Digits));
        }
        Ok(Self(match detect_within(cells, |day| DAYS.contains(&day)) {
            Detected::Format(TimeFormat::Written(order), _) => Form::Written(order),
            Detected::Format(format @ (TimeFormat::Serial(_) | TimeFormat::Compact), _) => {
                Form::Numbers(format)
            }
            Detected::Ambiguous { example, orders } => {
                let orders = orders.into_iter().map(DateOrder::name).collect();
                return Err(AmbiguousTimes { example, orders });
            }
            _ => Form::Written(None),
        }))
    }

    /// Reads a cell; `None` where it is no time of this format.
    pub fn read(self, text: &str) -> Option<WallTime> {
        let text = text.trim();
        match self.0 {
            Form::Months => first_of_month(text).and_then(whole_day),
            Form::Weeks => monday(text).and_then(whole_day),
            Form::Digits => day_of_digits(text).and_then(whole_day),
            Form::Written(order) => {
                written(text, order).or_else(|| number(text, TimeFormat::Plain))
            }
            Form::Numbers(format) => number(text, format),
        }
    }

    /// Whether a whole number of days is the midnight of a day, as among serial numbers.
    pub fn has_midnights(self) -> bool {
        matches!(self.0, Form::Numbers(TimeFormat::Serial(_)))
    }

    /// The order of the numbers of a date, where it matters.
    pub fn order(self) -> Option<DateOrder> {
        if let Form::Written(order) = self.0 { order } else { None }
    }

    /// What to say of a format that is not the usual one.
    pub fn note(self) -> Option<&'static str> {
        match self.0 {
            Form::Months | Form::Weeks | Form::Digits | Form::Written(None) => None,
            Form::Written(order) => Some(TimeFormat::Written(order).name()),
            Form::Numbers(format) => Some(format.name()),
        }
    }
}

fn whole_day(day: i64) -> Option<WallTime> {
    let seconds = day * SECONDS_PER_DAY;
    DAYS.contains(&day).then_some(WallTime { seconds, zone: None, is_day: true })
}

fn written(text: &str, order: Option<DateOrder>) -> Option<WallTime> {
    let written = Written::parse(text)?;
    let midnight = whole_day(written.day(order)?)?;
    let Some(clock) = written.clock() else { return Some(midnight) };
    let seconds = midnight.seconds + clock.div_euclid(MICROS_PER_SECOND);
    Some(WallTime { seconds, zone: written.offset(), is_day: false })
}

fn number(text: &str, format: TimeFormat) -> Option<WallTime> {
    // A text of other characters than those of a number is none.
    text.parse::<f64>().ok()?;
    let TimeValue::At(moment) = format.read(text).ok()? else { return None };
    match moment {
        Moment::Day(day) => whole_day(day),
        Moment::Local(micros) => {
            let seconds = micros.div_euclid(MICROS_PER_SECOND);
            Some(WallTime { seconds, zone: None, is_day: false })
        }
        Moment::Instant(micros) => {
            let seconds = micros.div_euclid(MICROS_PER_SECOND);
            Some(WallTime { seconds, zone: Some(0), is_day: false })
        }
    }
}

/// The first day of a month that is written without a day: `2025-03`, `03/2025`, `2025년 3월`, `March 2025`.
fn first_of_month(text: &str) -> Option<i64> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '/' | '.' | '년' | '월');
    let mut words = text.split(is_between).filter(|word| !word.is_empty());
    let (Some(one), Some(other), None) = (words.next(), words.next(), words.next()) else {
        return None;
    };
    let is_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = |word: &str| word.len() == 4 && is_digits(word);
    let (year, month) = if is_year(one) { (one, other) } else { (other, one) };
    let month = if is_digits(month) {
        month.parse().ok()?
    } else {
        let Word::Month(month) = meaning(&month.to_lowercase(), false)? else { return None };
        i64::from(month)
    };
    if is_year(year) { days_from_civil(year.parse().ok()?, month, 1) } else { None }
}

/// The Monday of a week of ISO 8601, as `2025-W03`: the first week of a year has its fourth of January.
fn monday(text: &str) -> Option<i64> {
    let (year, week) = text.trim().split_once(['W', 'w'])?;
    let year = year.strip_suffix('-').unwrap_or(year);
    let is_digits =
        |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(year, 4) || !is_digits(week, 2) {
        return None;
    }
    let (year, week): (i64, i64) = (year.parse().ok()?, week.parse().ok()?);
    let first = |year: i64| {
        let fourth = days_from_civil(year, 1, 4)?;
        // 1970-01-01 was a Thursday.
        Some(fourth - (fourth + 3).rem_euclid(7))
    };
    let day = first(year)? + 7 * (week - 1);
    (week > 0 && day < first(year + 1)?).then_some(day)
}

/// The day of eight digits, whatever the year.
fn day_of_digits(text: &str) -> Option<i64> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    days_from_civil(number / 10_000, number / 100 % 100, number % 100)
        .filter(|day| DAYS.contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn read(cells: &[&str], given: Option<&str>) -> Result<Vec<Option<WallTime>>, AmbiguousTimes> {
        let given = given.map(|name| DateFormat::parse(name).unwrap());
        let format = WallFormat::of(cells.iter().copied(), given)?;
        Ok(cells.iter().map(|cell| format.read(cell)).collect())
    }

    fn seconds(cells: &[&str], given: Option<&str>) -> Vec<Option<i64>> {
        let times = read(cells, given).unwrap();
        times.into_iter().map(|time| Some(time?.seconds)).collect()
    }

    #[test]
    fn the_years_end_where_the_calendar_says() {
        assert_eq!(days_from_civil(1000, 1, 1), Some(*DAYS.start()));
        assert_eq!(days_from_civil(9999, 12, 31), Some(*DAYS.end()));
    }

    #[test]
    fn days_are_those_of_every_way_to_write_them() {
        for cells in [
            ["2024-12-31", "2025-01-06"],
            ["31.12.2024", "06.01.2025"],
            ["12/31/2024", "1/6/2025"],
            ["31/12/2024", "6/1/2025"],
            ["2024년 12월 31일", "2025년 1월 6일"],
            ["2024. 12. 31.", "2025. 1. 6."],
            ["31 Dezember 2024", "6 Januar 2025"],
            ["20241231", "20250106"],
            ["45657", "45663"],
        ] {
            let expected = vec![Some(20_088 * DAY), Some(20_094 * DAY)];
            assert_eq!(seconds(&cells, None), expected, "{cells:?}");
        }
    }

    #[test]
    fn years_before_computers_are_read() {
        assert_eq!(
            seconds(&["01.01.1949", "01.02.1949"], None),
            [-7_670, -7_639].map(|d| Some(d * DAY))
        );
        assert_eq!(seconds(&["1/13/1949"], None), [Some(-7_658 * DAY)]);
        assert_eq!(seconds(&["19490101"], None), [Some(-7_670 * DAY)]);
        assert_eq!(seconds(&["0025-03-01", "2025-03-01"], None)[0], None, "no year of ours");
    }

    #[test]
    fn months_are_their_first_days() {
        for cells in [
            ["2025-01", "2025-02"],
            ["2025/1", "2025/2"],
            ["01/2025", "02/2025"],
            ["2025년 1월", "2025년 02월"],
            ["Jan 2025", "Feb 2025"],
            ["Januar 2025", "Februar 2025"],
        ] {
            assert_eq!(seconds(&cells, None), [20_089, 20_120].map(|d| Some(d * DAY)), "{cells:?}");
        }
        for cells in [["2025-01", "2025-02-03"], ["2025-01", "2025-13"], ["25-01", "25-02"]] {
            assert!(seconds(&cells, None).contains(&None), "{cells:?}");
        }
    }

    #[test]
    fn weeks_are_their_mondays() {
        // 2026-01-12, 2020-12-28, 2021-01-04.
        let cells = ["2026-W03", "2020-W53", "2021W01"];
        assert_eq!(seconds(&cells, None), [20_465, 18_624, 18_631].map(|d| Some(d * DAY)));
        assert_eq!(seconds(&["2021-W53"], None), [None], "2021 has 52 weeks");
    }

    #[test]
    fn an_order_is_asked_for_where_nothing_says_it() {
        let found = read(&["1/2/2025", "1/3/2025"], None).unwrap_err();
        assert_eq!(
            (found.example.as_str(), found.orders.as_slice()),
            ("1/2/2025", &["dmy", "mdy"][..])
        );
        assert_eq!(seconds(&["1/2/2025"], Some("dmy")), [Some(20_120 * DAY)]);
        assert_eq!(seconds(&["1/2/2025"], Some("mdy")), [Some(20_090 * DAY)]);
        for text in ["25/3/1", "25.03.01", "25-03-01 09:00"] {
            assert_eq!(read(&[text], None).unwrap_err().orders, ["ymd", "dmy"], "{text}");
        }
    }

    #[test]
    fn times_keep_the_zone_that_they_name() {
        let at = |text: &str| read(&[text], None).unwrap()[0].unwrap();
        let nine = WallTime { seconds: 20_094 * DAY + 9 * 3_600, zone: None, is_day: false };
        assert_eq!(at("2025-01-06 09:00"), nine);
        assert_eq!(at("2025-01-06 오전 9:00"), nine);
        for text in ["2025-01-06T09:00:00+09:00", "2025-01-06 09:00:00.5 +0900"] {
            assert_eq!(at(text), WallTime { zone: Some(9 * 3_600), ..nine }, "{text}");
        }
        assert_eq!(at("1736154000"), WallTime { zone: Some(0), ..nine });
        assert_eq!(at("45663.375"), nine);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for cells in [["soon", "2025-01-06"], ["3", "4"], ["2025년", "1월 6일"], ["09:00", "10:00"]]
        {
            assert_eq!(seconds(&cells, None)[0], None, "{cells:?}");
        }
        assert_eq!(seconds(&["20250230"], None), [None]);
    }
}
