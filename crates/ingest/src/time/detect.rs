//! Which format a column of times has.

use super::instant::{self, Moment, from_epoch_float};
use super::numbers::{Epoch, Kind, TimeUnit, compact, kind};
use super::written::{DateOrder, Written};
use crate::reject::RejectReason;

/// How the times of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// Each says by itself what it is: RFC 3339, `YYYY-MM-DD`, a number since 1970.
    Plain,
    /// As people and office programs write them, numbers of a date in this order where it matters.
    Written(Option<DateOrder>),
    /// `YYYYMMDD`, with hours, minutes and seconds or without.
    Compact,
    /// Serial numbers of a spreadsheet.
    Serial(Epoch),
    /// Since 1970, in a unit that the user names.
    SinceEpoch(TimeUnit),
    /// A count since a start that the file does not name; without a unit only its order is known.
    SinceStart(Option<TimeUnit>),
    /// A time of day, whose date stands elsewhere.
    Clock,
}

/// What a cell says under a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeValue {
    /// A point in time.
    At(Moment),
    /// Microseconds since the start; a bare count where no unit is known.
    SinceStart(i64),
    /// Microseconds since midnight.
    OfDay(i64),
}

/// What a column turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Detected {
    /// No cell holds anything.
    Empty,
    /// The format, and how many of the cells it does not read.
    Format(TimeFormat, u64),
    /// Dates that two orders read, each otherwise.
    Ambiguous {
        /// One of them.
        example: String,
        /// The orders.
        orders: Vec<DateOrder>,
    },
    /// No format reads enough of them.
    Unknown {
        /// One of them.
        example: String,
    },
}

impl TimeFormat {
    /// What to call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "ISO 8601 or numbers since 1970",
            Self::Written(None) => "dates as people write them",
            Self::Written(Some(DateOrder::YearMonthDay)) => "year, month, day",
            Self::Written(Some(DateOrder::DayMonthYear)) => "day, month, year",
            Self::Written(Some(DateOrder::MonthDayYear)) => "month, day, year",
            Self::Compact => "YYYYMMDD",
            Self::Serial(Epoch::Windows1900) => "Excel serial numbers, counted from 1900",
            Self::Serial(Epoch::Mac1904) => "Excel serial numbers, counted from 1904",
            Self::SinceEpoch(TimeUnit::Seconds) => "seconds since 1970",
            Self::SinceEpoch(TimeUnit::Milliseconds) => "milliseconds since 1970",
            Self::SinceEpoch(TimeUnit::Microseconds) => "microseconds since 1970",
            Self::SinceEpoch(TimeUnit::Days) => "days since 1970",
            Self::SinceStart(Some(TimeUnit::Days)) => "days since a start",
            Self::SinceStart(None) => "a count from a start that the file does not name",
            Self::SinceStart(Some(TimeUnit::Seconds)) => "seconds since a start",
            Self::SinceStart(Some(TimeUnit::Milliseconds)) => "milliseconds since a start",
            Self::SinceStart(Some(TimeUnit::Microseconds)) => "microseconds since a start",
            Self::Clock => "times of day",
        }
    }

    /// Reads a text that is not blank.
    pub(crate) fn read(self, text: &str) -> Result<TimeValue, RejectReason> {
        if self == Self::Plain {
            return instant::parse(text).map(TimeValue::At);
        }
        match self {
            Self::Plain | Self::Written(_) => self.written(text),
            Self::Compact => compact(text).map(TimeValue::At).ok_or(RejectReason::BadTime),
            Self::Clock => Written::parse(text)
                .filter(Written::is_clock_alone)
                .and_then(|written| written.clock())
                .map(TimeValue::OfDay)
                .ok_or(RejectReason::BadTime),
            Self::Serial(_) | Self::SinceEpoch(_) | Self::SinceStart(_) => {
                self.number(text.parse().map_err(|_| RejectReason::BadTime)?)
            }
        }
    }

    /// Reads a number.
    pub(crate) fn number(self, number: f64) -> Result<TimeValue, RejectReason> {
        let at = |moment| TimeValue::At(moment);
        match self {
            Self::Plain | Self::Written(_) => {
                from_epoch_float(number).map(|micros| at(Moment::Instant(micros)))
            }
            Self::Serial(epoch) => epoch.moment(number).map(at),
            Self::SinceEpoch(unit) => {
                let micros = unit.micros(number).ok_or(RejectReason::BadTime)?;
                Moment::Instant(micros).in_range().map(at)
            }
            Self::SinceStart(unit) => {
                let micros = unit.unwrap_or(TimeUnit::Microseconds).micros(number);
                let known = micros.filter(|micros| *micros >= 0);
                known.map(TimeValue::SinceStart).ok_or(RejectReason::BadTime)
            }
            Self::Compact if number.fract() == 0.0 && number.abs() < 1e17 => {
                let text = format!("{number:.0}");
                compact(&text).map(at).ok_or(RejectReason::BadTime)
            }
            // A spreadsheet keeps a time of day as the share of a day.
            Self::Clock if (0.0..1.0).contains(&number) => {
                Ok(TimeValue::OfDay((number * 86_400_000.0).round() as i64 * 1_000))
            }
            Self::Compact | Self::Clock => Err(RejectReason::BadTime),
        }
    }

    fn written(self, text: &str) -> Result<TimeValue, RejectReason> {
        let Self::Written(order) = self else { return Err(RejectReason::BadTime) };
        if let Some(moment) = Written::parse(text).and_then(|written| written.moment(order)) {
            return moment.in_range().map(TimeValue::At);
        }
        instant::parse(text).map(TimeValue::At)
    }
}

/// How many cells can be what.
#[derive(Debug, Default)]
struct Tally<'a> {
    n: u64,
    plain: u64,
    since_epoch: u64,
    compact: u64,
    serial: u64,
    count: u64,
    clock: u64,
    /// Dates, whatever the order.
    dates: u64,
    /// Dates by the orders that read them.
    by_order: [u64; 3],
    /// Dates that are the same under every order.
    certain: u64,
    /// A date that says otherwise under one order than under another.
    uncertain: Option<&'a str>,
    first: Option<&'a str>,
}

/// Finds the format of a column from cells that are not blank.
pub(crate) fn detect<'a>(cells: impl Iterator<Item = &'a str>) -> Detected {
    detect_within(cells, |day| Moment::Day(day).in_range().is_ok())
}

/// The same where an order of the numbers counts that makes a day of them which is `plausible`, counted from
/// 1970-01-01.
pub(super) fn detect_within<'a>(
    cells: impl Iterator<Item = &'a str>,
    is_plausible: fn(i64) -> bool,
) -> Detected {
    let mut tally = Tally::default();
    cells.for_each(|cell| tally.see(cell.trim(), is_plausible));
    tally.verdict()
}

impl<'a> Tally<'a> {
    fn see(&mut self, cell: &'a str, is_plausible: fn(i64) -> bool) {
        self.n += 1;
        self.first.get_or_insert(cell);
        if let Some(kind) = kind(cell) {
            match kind {
                Kind::SinceEpoch => self.since_epoch += 1,
                Kind::Compact => self.compact += 1,
                Kind::Serial => self.serial += 1,
                Kind::Count => self.count += 1,
            }
            return;
        }
        if instant::parse(cell).is_ok() {
            self.plain += 1;
            self.dates += 1;
            self.certain += 1;
            self.by_order.iter_mut().for_each(|n| *n += 1);
            return;
        }
        let Some(written) = Written::parse(cell) else { return };
        if written.is_clock_alone() {
            self.clock += 1;
            return;
        }
        self.dates += 1;
        self.certain += u64::from(written.is_certain());
        let days = written.days();
        let read = days.map(|day| day.is_some_and(is_plausible));
        for (n, reads) in self.by_order.iter_mut().zip(read) {
            *n += u64::from(reads);
        }
        let distinct =
            |one: usize, other: usize| read[one] && read[other] && days[one] != days[other];
        if distinct(0, 1) || distinct(0, 2) || distinct(1, 2) {
            self.uncertain.get_or_insert(cell);
        }
    }

    fn verdict(&self) -> Detected {
        let Some(first) = self.first else { return Detected::Empty };
        let numbers = self.since_epoch + self.compact + self.serial + self.count;
        let most = self.dates.max(numbers).max(self.clock);
        // Texts and numbers that each say what they are may stand in one column.
        let plain = self.plain + self.since_epoch;
        if self.plain > 0 && self.plain == self.dates && plain * 2 > self.n {
            return Detected::Format(TimeFormat::Plain, self.n - plain);
        }
        // Less than half of a column does not say what the column is.
        if most * 2 <= self.n {
            return Detected::Unknown { example: first.to_owned() };
        }
        if most == self.clock {
            return Detected::Format(TimeFormat::Clock, self.n - self.clock);
        }
        if most == self.dates { self.dates_verdict() } else { self.numbers_verdict() }
    }

    /// A count from a start has small and large numbers, and may have some that look like other kinds.
    fn numbers_verdict(&self) -> Detected {
        let kinds = [
            (self.since_epoch, TimeFormat::Plain),
            (self.compact, TimeFormat::Compact),
            (self.serial, TimeFormat::Serial(Epoch::Windows1900)),
        ];
        let numbers: u64 = kinds.iter().map(|(n, _)| n).sum::<u64>() + self.count;
        let of_kind = kinds.iter().find(|(n, _)| n * 20 >= numbers * 19);
        let format = of_kind.map_or(TimeFormat::SinceStart(None), |(_, format)| *format);
        let read = of_kind.map_or(numbers, |(n, _)| *n);
        Detected::Format(format, self.n - read)
    }

    fn dates_verdict(&self) -> Detected {
        if self.plain == self.dates {
            return Detected::Format(TimeFormat::Plain, self.n - self.plain - self.since_epoch);
        }
        if self.certain == self.dates {
            return Detected::Format(TimeFormat::Written(None), self.n - self.dates);
        }
        let most = self.by_order.into_iter().max().unwrap_or(0);
        let orders = |fits: fn(u64, u64) -> bool| -> Vec<DateOrder> {
            let all = DateOrder::ALL.into_iter();
            all.filter(|&order| fits(self.by_order[order as usize], most)).collect()
        };
        let ambiguous = |orders| {
            let example = self.uncertain.or(self.first).unwrap_or_default().to_owned();
            Detected::Ambiguous { example, orders }
        };
        // Dates of both orders in one column: a spreadsheet has turned some of them round.
        if (self.dates - most) * 20 > self.dates {
            return ambiguous(orders(|n, _| n > 0));
        }
        let best = orders(|n, most| n == most);
        if best.len() > 1 && self.uncertain.is_some() {
            return ambiguous(best);
        }
        Detected::Format(TimeFormat::Written(Some(best[0])), self.n - most)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(cells: &[&str]) -> Detected {
        detect(cells.iter().copied())
    }

    fn format(cells: &[&str]) -> TimeFormat {
        match of(cells) {
            Detected::Format(format, 0) => format,
            other => panic!("{cells:?}: {other:?}"),
        }
    }

    #[test]
    fn every_format_is_found() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        use TimeFormat::{Clock, Compact, Plain, Serial, SinceStart, Written};
        for (cells, expected) in [
            (&["2025-03-01 09:00:00", "2025-03-02"][..], Plain),
            (&["1725235310", "1725235311"], Plain),
            (&["1565096190868"], Plain),
            (&["2025/3/1 9:00", "2025-03-01T00:00:00Z"], Plain),
            (&["9/1/2025 8:02", "9/13/2025 8:02"], Written(Some(MonthDayYear))),
            (&["1/9/2025 8:02", "13/9/2025 8:02"], Written(Some(DayMonthYear))),
            (&["9/1/25 8:02", "9/30/25 8:02"], Written(Some(MonthDayYear))),
            (&["31/12/99", "01/12/99"], Written(Some(DayMonthYear))),
            (&["99/12/31", "99/12/01", "99/11/30"], Written(Some(YearMonthDay))),
            (&["01.09.2025 08:02", "02.09.2025 08:02"], Written(None)),
            (&["2025. 3. 1. 오전 9:00:00"], Written(None)),
            (&["2025-09-01 오전 8:02", "2025-09-01 08:02:00"], Written(None)),
            (&["3 March 2025, 9:00 AM"], Written(None)),
            (&["2025/09/01 8:02:11 오전 GMT+9", "2025/09/01 3:40:00 오후 GMT+9"], Written(None)),
            (&["5/5/2025", "6/6/2025"], Written(Some(DayMonthYear))),
            (&["20250301", "20250302"], Compact),
            (&["20250301091500"], Compact),
            (&["45717.375", "45718"], Serial(Epoch::Windows1900)),
            (&["0", "56943", "118363"], SinceStart(None)),
            (&["0", "0"], SinceStart(None)),
            (&["09:15", "9:15 PM"], Clock),
        ] {
            assert_eq!(format(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn what_two_orders_read_is_asked_for() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        let orders = |cells: &[&str]| match of(cells) {
            Detected::Ambiguous { orders, example } => (orders, example),
            other => panic!("{cells:?}: {other:?}"),
        };
        let pair = vec![DayMonthYear, MonthDayYear];
        assert_eq!(orders(&["1/3/2025", "2/3/2025"]), (pair.clone(), "1/3/2025".into()));
        assert_eq!(orders(&["5/5/2025", "1/3/2025"]), (pair.clone(), "1/3/2025".into()));
        assert_eq!(orders(&["1/3/2025 9:00 PM"]).0, pair);
        assert_eq!(orders(&["1/2/03"]).0, [YearMonthDay, DayMonthYear, MonthDayYear]);
        // A spreadsheet with US dates has turned the days up to 12 of a German file round.
        assert_eq!(orders(&["13/3/2025", "3/14/2025", "1/3/2025", "15/3/2025"]).0, pair);
    }

    #[test]
    fn cells_without_a_time_are_counted() {
        assert_eq!(
            of(&["2025-03-01", "2025-03-02", "yesterday"]),
            Detected::Format(TimeFormat::Plain, 1)
        );
        assert_eq!(
            of(&["13/3/2025", "14/3/2025", "?"]),
            Detected::Format(TimeFormat::Written(Some(DateOrder::DayMonthYear)), 1)
        );
        assert_eq!(of(&["lunch", "2025-03-01"]), Detected::Unknown { example: "lunch".into() });
        assert_eq!(of(&["soon"]), Detected::Unknown { example: "soon".into() });
        assert_eq!(of(&[]), Detected::Empty);
    }

    #[test]
    fn one_slip_does_not_turn_a_column_round() {
        let mut cells = vec!["13/3/2025"; 60];
        cells.push("3/14/2025");
        assert_eq!(
            of(&cells),
            Detected::Format(TimeFormat::Written(Some(DateOrder::DayMonthYear)), 1)
        );
    }

    #[test]
    fn numbers_of_cells_with_a_type_are_read_too() {
        assert_eq!(TimeFormat::Compact.number(20_250_301.0), TimeFormat::Compact.read("20250301"));
        assert_eq!(
            TimeFormat::Clock.number(0.385_416_666_666_666_6),
            Ok(TimeValue::OfDay(33_300_000_000))
        );
        assert_eq!(
            TimeFormat::SinceStart(Some(TimeUnit::Milliseconds)).read("1500"),
            Ok(TimeValue::SinceStart(1_500_000))
        );
        assert!(TimeFormat::SinceStart(None).read("-5").is_err());
        assert!(TimeFormat::Serial(Epoch::Mac1904).read("x").is_err());
    }

    proptest! {
        /// Whatever stands in a column, every cell that the format found counts as read is read.
        #[test]
        fn a_format_reads_what_it_was_found_by(cells in prop::collection::vec("[0-9/.: -]{1,12}", 1..20)) {
            let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|c| !c.is_empty()).collect();
            if let Detected::Format(format, unread) = of(&cells) {
                let failed = cells.iter().filter(|cell| format.read(cell).is_err()).count() as u64;
                prop_assert!(failed <= unread, "{:?} {:?}", cells, format);
            }
        }

        /// A column of dates in one order, one of them beyond the twelfth, is never read in another.
        #[test]
        fn the_order_of_a_column_is_that_of_its_dates(
            days in prop::collection::vec(10_000i64..30_000, 1..30), order in 0usize..2,
        ) {
            let form = ["%d/%m/%Y", "%m/%d/%Y"][order];
            let expected = [DateOrder::DayMonthYear, DateOrder::MonthDayYear][order];
            let date = |day: &i64| chrono::DateTime::from_timestamp(day * 86_400, 0).unwrap();
            let cells: Vec<String> = days.iter().map(|day| date(day).format(form).to_string()).collect();
            match detect(cells.iter().map(String::as_str)) {
                Detected::Ambiguous { orders, .. } => prop_assert!(orders.contains(&expected)),
                Detected::Format(format, 0) => {
                    for (cell, day) in cells.iter().zip(&days) {
                        prop_assert_eq!(format.read(cell), Ok(TimeValue::At(Moment::Day(*day))));
                    }
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
