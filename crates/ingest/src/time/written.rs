//! Dates and times as people and office programs write them.

use super::instant::{
    MICROS_PER_SECOND, Moment, SECONDS_PER_DAY, days_from_civil, micros_of, seconds_of_day,
};
use super::words::{Unit, Word, meaning};

/// In which order the numbers of a date stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DateOrder {
    /// `25/3/1`
    YearMonthDay,
    /// `1/3/25`
    DayMonthYear,
    /// `3/1/25`
    MonthDayYear,
}

impl DateOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::YearMonthDay, Self::DayMonthYear, Self::MonthDayYear];

    /// As `--date-format` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::YearMonthDay => "ymd",
            Self::DayMonthYear => "dmy",
            Self::MonthDayYear => "mdy",
        }
    }
}

/// The half of a day of twelve hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Forenoon,
    Afternoon,
}

/// What a text says of a date and a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    date: Date,
    /// Microseconds since midnight.
    clock: Option<i64>,
    /// Seconds east of UTC.
    offset: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Date {
    /// There is none.
    None,
    /// Days since 1970-01-01, whatever the order: the year has four digits and comes first, or the month
    /// is a word.
    Certain(i64),
    /// Days since 1970-01-01 by order, where the order makes a date of it.
    ByOrder([Option<i64>; 3]),
}

impl Written {
    /// Reads a text; `None` where it is no date and no time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut scan = Scan::default();
        scan.read(text)?;
        scan.finish()
    }

    /// Whether there is a time of day and no date.
    pub(super) fn is_clock_alone(&self) -> bool {
        self.date == Date::None
    }

    /// Whether the date is the same under every order.
    pub(super) fn is_certain(&self) -> bool {
        matches!(self.date, Date::Certain(_))
    }

    /// Microseconds since midnight.
    pub(super) fn clock(&self) -> Option<i64> {
        self.clock
    }

    /// The days under each order; the same three where the order does not matter.
    pub(super) fn days(&self) -> [Option<i64>; 3] {
        match self.date {
            Date::None => [None; 3],
            Date::Certain(day) => [Some(day); 3],
            Date::ByOrder(days) => days,
        }
    }

    /// Days since 1970-01-01, where the date is certain or `order` is given and makes a date of it.
    pub(super) fn day(&self, order: Option<DateOrder>) -> Option<i64> {
        match self.date {
            Date::None => None,
            Date::Certain(day) => Some(day),
            Date::ByOrder(days) => days[order? as usize],
        }
    }

    /// Seconds east of UTC, where the text names a zone.
    pub(super) fn offset(&self) -> Option<i64> {
        self.offset
    }

    /// The point in time, where the date is certain or `order` is given and makes a date of it.
    pub(super) fn moment(&self, order: Option<DateOrder>) -> Option<Moment> {
        let day = self.day(order)?;
        let Some(clock) = self.clock else { return Some(Moment::Day(day)) };
        let shown = day * SECONDS_PER_DAY * MICROS_PER_SECOND + clock;
        Some(match self.offset {
            Some(offset) => Moment::Instant(shown - offset * MICROS_PER_SECOND),
            None => Moment::Local(shown),
        })
    }
}

/// What a text says of the time of day.
enum TimeOfDay {
    None,
    /// Microseconds since midnight.
    At(i64),
    /// There is no such time.
    Wrong,
}

/// A number of the text that is no part of a time with colons.
#[derive(Debug, Clone, Copy, Default)]
struct Number {
    value: i64,
    digits: usize,
    /// Whether a point stands between it and the number before.
    after_point: bool,
}

const MOST_NUMBERS: usize = 4;
const LONGEST: usize = 80;

/// What was found so far, from left to right.
#[derive(Debug, Default)]
struct Scan {
    numbers: [Number; MOST_NUMBERS],
    n_numbers: usize,
    month: Option<u32>,
    half: Option<(Half, usize)>,
    clock: Option<(i64, i64, i64, i64)>,
    offset: Option<i64>,
    by_unit: [Option<i64>; 6],
    saw_point: bool,
}

impl Scan {
    fn read(&mut self, text: &str) -> Option<()> {
        if text.len() > LONGEST {
            return None;
        }
        let mut rest = text;
        let mut after_number = false;
        while let Some(first) = rest.chars().next() {
            if first.is_ascii_digit() {
                rest = self.number(rest)?;
                after_number = true;
                continue;
            }
            if first.is_alphabetic() {
                let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                self.word(&rest[..end].to_lowercase(), after_number)?;
                rest = &rest[end..];
            } else if first == '(' {
                rest = rest.split_once(')')?.1;
            } else if let Some(behind) = self.signed_offset(rest) {
                rest = behind;
            } else if is_separator(first) {
                self.saw_point |= first == '.';
                rest = &rest[first.len_utf8()..];
            } else {
                return None;
            }
            after_number = false;
        }
        Some(())
    }

    /// A number, or the time that begins with it.
    fn number<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (value, digits, rest) = leading_number(text)?;
        if let Some(behind) = rest.strip_prefix(':') {
            return self.clock_of(value, behind);
        }
        if self.n_numbers == MOST_NUMBERS {
            return None;
        }
        let after_point = std::mem::take(&mut self.saw_point);
        self.numbers[self.n_numbers] = Number { value, digits, after_point };
        self.n_numbers += 1;
        Some(rest)
    }

    /// The minutes, seconds and their fraction behind `hour:`.
    fn clock_of<'a>(&mut self, hour: i64, text: &'a str) -> Option<&'a str> {
        let (minute, 2, mut rest) = leading_number(text)? else { return None };
        let (mut second, mut micros) = (0, 0);
        if let Some(behind) = rest.strip_prefix(':') {
            let (value, 2, behind) = leading_number(behind)? else { return None };
            (second, rest) = (value, behind);
            let fraction = rest.strip_prefix(['.', ',']).unwrap_or_default();
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if (1..=9).contains(&digits) {
                micros = micros_of(&fraction.as_bytes()[..digits])?;
                rest = &fraction[digits..];
            }
        }
        let first = self.clock.replace((hour, minute, second, micros)).is_none();
        first.then_some(rest)
    }

    /// `+09:00`, `-0500` or `+09` behind a time; behind the name of a zone `+9` and `+5:30`, too: Google Forms
    /// writes `GMT+9`.
    fn signed_offset<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        self.clock?;
        let sign = match text.as_bytes()[0] {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (value, digits, rest) = leading_number(&text[1..])?;
        let (hours, minutes, rest) = match digits {
            4 => (value / 100, value % 100, rest),
            1 | 2 if digits == 2 || self.offset.is_some() => {
                match rest.strip_prefix(':').and_then(leading_number) {
                    Some((minutes, 2, behind)) => (value, minutes, behind),
                    _ => (value, 0, rest),
                }
            }
            _ => return None,
        };
        let ends = rest.chars().next().is_none_or(char::is_whitespace);
        if hours > 23 || minutes > 59 || !ends {
            return None;
        }
        self.offset = Some(sign * (hours * 3_600 + minutes * 60));
        Some(rest)
    }

    fn word(&mut self, word: &str, after_number: bool) -> Option<()> {
        match meaning(word, after_number)? {
            Word::Filler => {}
            Word::Month(month) => {
                if self.month.replace(month).is_some() {
                    return None;
                }
            }
            Word::Half(half) => {
                // `오전 9시`: the hour follows; `9 AM`: it stands before.
                let hour =
                    if word.is_ascii() { self.n_numbers.wrapping_sub(1) } else { self.n_numbers };
                self.half = Some((half, hour));
            }
            Word::Unit(unit) => {
                self.n_numbers = self.n_numbers.checked_sub(1)?;
                let value = self.numbers[self.n_numbers].value;
                if self.by_unit[unit as usize].replace(value).is_some() {
                    return None;
                }
            }
            Word::Offset(seconds) => {
                self.offset.get_or_insert(seconds);
            }
        }
        Some(())
    }

    fn finish(mut self) -> Option<Written> {
        let clock = match self.time_of_day() {
            TimeOfDay::None => None,
            TimeOfDay::At(micros) => Some(micros),
            TimeOfDay::Wrong => return None,
        };
        let date = self.date()?;
        if date == Date::None && clock.is_none() {
            return None;
        }
        Some(Written { date, clock, offset: self.offset.filter(|_| clock.is_some()) })
    }

    /// The time of day, taken out of what was found.
    fn time_of_day(&mut self) -> TimeOfDay {
        let unit = |unit: Unit| self.by_unit[unit as usize];
        let by_unit = unit(Unit::Hour).map(|hour| {
            (hour, unit(Unit::Minute).unwrap_or(0), unit(Unit::Second).unwrap_or(0), 0)
        });
        let (hour, minute, second, micros) = match (self.clock.or(by_unit), self.half) {
            (Some(parts), _) => parts,
            (None, None) => return TimeOfDay::None,
            (None, Some((_, at))) if at >= self.n_numbers => return TimeOfDay::Wrong,
            (None, Some((_, at))) => {
                let hour = self.numbers[at].value;
                self.numbers.copy_within(at + 1.., at);
                self.n_numbers -= 1;
                (hour, 0, 0, 0)
            }
        };
        let hour = match self.half {
            None => hour,
            Some((Half::Forenoon, _)) if hour > 12 => return TimeOfDay::Wrong,
            Some((Half::Forenoon, _)) => hour % 12,
            Some((Half::Afternoon, _)) if hour >= 12 => hour,
            Some((Half::Afternoon, _)) => hour + 12,
        };
        seconds_of_day(hour, minute, second)
            .map_or(TimeOfDay::Wrong, |seconds| TimeOfDay::At(seconds * MICROS_PER_SECOND + micros))
    }

    fn date(&self) -> Option<Date> {
        let unit = |unit: Unit| self.by_unit[unit as usize];
        let numbers = &self.numbers[..self.n_numbers];
        if let (Some(year), Some(month), Some(day)) =
            (unit(Unit::Year), unit(Unit::Month), unit(Unit::Day))
        {
            let day = days_from_civil(year_of(year), month, day)?;
            return numbers.is_empty().then_some(Date::Certain(day));
        }
        match (self.month, numbers) {
            (None, []) => Some(Date::None),
            (Some(month), [one, other]) => {
                let (day, year) = if one.digits > 2 { (other, one) } else { (one, other) };
                Some(Date::Certain(days_from_civil(year.year(), i64::from(month), day.value)?))
            }
            (None, [first, second, third]) => date_of_numbers(first, second, third),
            _ => None,
        }
    }
}

fn date_of_numbers(first: &Number, second: &Number, third: &Number) -> Option<Date> {
    let (a, b, c) = (first.value, second.value, third.value);
    if first.digits == 4 {
        return Some(Date::Certain(days_from_civil(a, b, c)?));
    }
    if first.digits > 2 || second.digits > 2 || third.digits == 3 {
        return None;
    }
    let full_year = third.digits == 4;
    // Nobody writes the month first before points.
    let points = second.after_point && third.after_point;
    if full_year && points {
        return Some(Date::Certain(days_from_civil(c, b, a)?));
    }
    let (year, last) = (first.year(), third.year());
    let days = [
        days_from_civil(year, b, c).filter(|_| !full_year),
        days_from_civil(last, b, a),
        days_from_civil(last, a, b).filter(|_| !points),
    ];
    days.iter().any(Option::is_some).then_some(Date::ByOrder(days))
}

impl Number {
    /// The year that it means.
    fn year(&self) -> i64 {
        if self.digits < 4 { year_of(self.value) } else { self.value }
    }
}

/// The year of a number; one of two digits is of the years 1970 to 2069.
fn year_of(number: i64) -> i64 {
    match number {
        0..70 => number + 2_000,
        70..100 => number + 1_900,
        _ => number,
    }
}

/// A number of at most nine digits, how many, and the rest.
fn leading_number(text: &str) -> Option<(i64, usize, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, digits, rest))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '/' | '-' | ',' | '\'' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seedtest_responses::TimeZone;

    use super::*;

    fn read(text: &str, order: Option<DateOrder>) -> Option<String> {
        let moment = Written::parse(text)?.moment(order)?;
        let micros = moment.in_zone(&TimeZone::default());
        let time = chrono::DateTime::from_timestamp_micros(micros).unwrap();
        let format = match moment {
            Moment::Day(_) => "%Y-%m-%d",
            Moment::Local(_) => "%Y-%m-%d %H:%M:%S%.f",
            Moment::Instant(_) => "%Y-%m-%d %H:%M:%S%.fZ",
        };
        Some(time.format(format).to_string())
    }

    #[test]
    fn dates_that_need_no_order() {
        for (text, expected) in [
            ("2025. 3. 1. 오전 9:00:00", "2025-03-01 09:00:00"),
            ("2025-09-01 오전 8:02", "2025-09-01 08:02:00"),
            ("2025-09-01 오후 12:02", "2025-09-01 12:02:00"),
            ("2025-09-01 오전 12:02", "2025-09-01 00:02:00"),
            ("2025년 3월 1일 오후 9시 5분", "2025-03-01 21:05:00"),
            ("2025년 03월 3일 (월) 오전 9:00", "2025-03-03 09:00:00"),
            ("2025年3月1日 午後9時", "2025-03-01 21:00:00"),
            ("2025.09.01", "2025-09-01"),
            ("2025.9.1 8:02", "2025-09-01 08:02:00"),
            ("01.09.2025 08:02", "2025-09-01 08:02:00"),
            ("3 March 2025  9:00 AM", "2025-03-03 09:00:00"),
            ("Monday, 3 March 2025, 9:00 PM", "2025-03-03 21:00:00"),
            ("Mar 3, 2025 9:00:01.5 p.m.", "2025-03-03 21:00:01.500"),
            ("3. März 2025 09:00 Uhr", "2025-03-03 09:00:00"),
            ("1-Sep-25", "2025-09-01"),
            ("1 sept. 2025 à 8:02", "2025-09-01 08:02:00"),
            ("3 de marzo de 2025", "2025-03-03"),
            ("Mon Mar 03 2025 09:00:00 GMT+0900 (Korean Standard Time)", "2025-03-03 00:00:00Z"),
            ("2025-03-03 09:00:00 KST", "2025-03-03 00:00:00Z"),
            ("2025/09/01 8:02:11 오전 GMT+9", "2025-08-31 23:02:11Z"),
            ("2025/09/01 12:02:11 오후 GMT+9", "2025-09-01 03:02:11Z"),
            ("2025/09/01 8:02:11 AM GMT+5:30", "2025-09-01 02:32:11Z"),
            ("2025/09/01 8:02:11 PM GMT-5", "2025-09-02 01:02:11Z"),
            ("2025/09/01 8:02:11 AM GMT+10", "2025-08-31 22:02:11Z"),
            ("2025/03/03 9:00 PM -05:00", "2025-03-04 02:00:00Z"),
            ("2025-03-03T09:00:00+09:00", "2025-03-03 00:00:00Z"),
            ("2025-03-03 9 AM", "2025-03-03 09:00:00"),
        ] {
            for order in [None, Some(DateOrder::DayMonthYear), Some(DateOrder::MonthDayYear)] {
                assert_eq!(read(text, order).as_deref(), Some(expected), "{text}");
            }
        }
    }

    #[test]
    fn dates_that_depend_on_their_order() {
        let all = |text| {
            assert_eq!(read(text, None), None, "{text}");
            DateOrder::ALL.map(|order| read(text, Some(order)).unwrap_or_default())
        };
        assert_eq!(
            all("9/1/2025 8:02 PM"),
            ["", "2025-01-09 20:02:00", "2025-09-01 20:02:00"].map(str::to_owned)
        );
        assert_eq!(all("13/3/2025"), ["", "2025-03-13", ""].map(str::to_owned));
        assert_eq!(all("3/13/25 8:02"), ["", "", "2025-03-13 08:02:00"].map(str::to_owned));
        assert_eq!(all("01-02-03"), ["2001-02-03", "2003-02-01", "2003-01-02"].map(str::to_owned));
        assert_eq!(all("25. 3. 1."), ["2025-03-01", "2001-03-25", ""].map(str::to_owned));
        assert_eq!(all("31.12.99"), ["", "1999-12-31", ""].map(str::to_owned));
    }

    #[test]
    fn a_time_alone_is_no_date() {
        for (text, micros) in [
            ("09:15", 33_300_000_000),
            ("9:15 PM", 76_500_000_000),
            ("오후 9시 15분", 76_500_000_000),
            ("9 AM", 32_400_000_000),
            ("09:15:01.25", 33_301_250_000),
        ] {
            let found = Written::parse(text).unwrap();
            assert!(found.is_clock_alone());
            assert_eq!((found.clock(), found.moment(None)), (Some(micros), None), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_and_no_time() {
        for text in [
            "",
            "yesterday",
            "12",
            "1/2",
            "13/13/2025",
            "2025-02-30",
            "25:00",
            "9:75",
            "1:2:3:4",
            "13:00 AM x",
            "99:99:99",
            "1 2 3 4 5",
            "Mar 2025",
            "2025-03-03 09:00 10:00",
            "PM",
            "14:00 AM",
            "(",
            "3월",
            "--",
            "1/1/2025 1/1/2025",
            "2025-1-1-1",
            "2025-03-03 09:00 +9",
            "2025-03-03 09:00 GMT+930",
        ] {
            assert_eq!(read(text, Some(DateOrder::DayMonthYear)), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,90}") {
            let _ = Written::parse(&text);
        }

        #[test]
        fn any_text_of_date_like_characters_is_read_or_refused(text in "[0-9/.: ,()'+오전PM월Z-]{0,40}") {
            if let Some(found) = Written::parse(&text) {
                let _ = found.moment(Some(DateOrder::MonthDayYear));
            }
        }

        #[test]
        fn what_a_spreadsheet_shows_is_read_back(
            day in 7_305i64..47_847, minute in 0i64..1_440, form in 0usize..6,
        ) {
            let time = chrono::DateTime::from_timestamp(day * 86_400 + minute * 60, 0).unwrap();
            let (form, order) = [
                ("%-m/%-d/%Y %-H:%M", DateOrder::MonthDayYear),
                ("%d.%m.%Y %H:%M", DateOrder::DayMonthYear),
                ("%d/%m/%Y %I:%M %p", DateOrder::DayMonthYear),
                ("%Y. %-m. %-d. %-H:%M", DateOrder::YearMonthDay),
                ("%d %B %Y, %I:%M %p", DateOrder::DayMonthYear),
                ("%Y년 %-m월 %-d일 %-H시 %-M분", DateOrder::YearMonthDay),
            ][form];
            let text = time.format(form).to_string();
            let found = Written::parse(&text).and_then(|written| written.moment(Some(order)));
            prop_assert_eq!(found, Some(Moment::Local(time.timestamp_micros())));
        }
    }
}
