//! How a file is read.

use std::path::PathBuf;

use seedtest_responses::TimeZone;

use crate::column_map::ColumnMap;
use crate::field::Field;
use crate::missing::Missing;
use crate::time::{DateOrder, Epoch, Moment, TimeUnit};

/// How a file is read. What is not given is found out from the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Columns named by the user; the others are found through their names.
    pub map: ColumnMap,
    /// Columns that together are the id of the student; one alone stands in `map`.
    pub id: Vec<String>,
    /// Columns that are left alone.
    pub ignored: Vec<String>,
    /// Fields that are read; those a file cannot do without are read in any case.
    pub wanted: Wanted,
    /// Where the source is from: the zone of times without an offset, and of days.
    pub time_zone: TimeZone,
    /// How times are written.
    pub date_format: Option<DateFormat>,
    /// What counts from: relative times, the day of times of day, the first answer of a file without times.
    pub time_start: Option<Moment>,
    /// The newest time that an answer can have, microseconds since 1970-01-01 UTC; rows with a later one are
    /// rejected.
    pub latest: Option<i64>,
    /// What counts as missing.
    pub missing: Missing,
    /// From which share of the full points on an answer counts as right; without it, points are refused
    /// where no maximum is known, and full points count as right where one is.
    pub right_at: Option<f64>,
    /// Whether the caller takes points as they are.
    pub takes_points: bool,
    /// A file with the right options: a table of items and keys.
    pub key: Option<PathBuf>,
    /// How tables with one item a column are read.
    pub wide: WideOptions,
    /// The encoding of a text, as `cp949`.
    pub encoding: Option<String>,
    /// The sheet of a workbook: its name, or its number from 1; `all`: every sheet of the same columns.
    pub sheet: Option<String>,
    /// The row of the header, from 1.
    pub header_row: Option<u64>,
    /// The system that wrote the file.
    pub from: Option<crate::systems::System>,
    /// Rows per batch.
    pub batch_rows: usize,
    /// Longest row that is read, in bytes; longer ones become rejects and are never held in memory.
    pub max_row_bytes: usize,
    /// The same for exam documents, in bytes.
    pub max_document_bytes: usize,
}

/// Which of the optional fields a caller has use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Who answered what and how; of times only which came first.
    Answers,
    /// Everything, times where there are some.
    #[default]
    Everything,
    /// Everything, and a row without a time is none.
    Timed,
}

impl Wanted {
    /// Whether a field is read.
    pub(crate) fn has(self, field: Field) -> bool {
        match field {
            Field::ResponseTimeMs
            | Field::ResponseTimeS
            | Field::Hints
            | Field::Topic
            | Field::Session
            | Field::Subject => self != Self::Answers,
            _ => true,
        }
    }
}

/// How times are written, as a user says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFormat {
    /// Dates in this order.
    Order(DateOrder),
    /// Serial numbers of a spreadsheet.
    Excel(Epoch),
    /// Numbers since 1970.
    SinceEpoch(TimeUnit),
    /// Numbers since a start.
    SinceStart(TimeUnit),
}

impl DateFormat {
    /// The names, for messages.
    pub const NAMES: &str = "dmy, mdy, ymd, excel, excel1904, epoch-s, epoch-ms, epoch-us, relative-s, \
                             relative-ms, relative-us, relative-days";

    /// Reads a name, or a pattern such as `dd/mm/yyyy` or `%m/%d/%Y`.
    ///
    /// ```
    /// use seedtest_ingest::{DateFormat, DateOrder};
    /// let day_first = Some(DateFormat::Order(DateOrder::DayMonthYear));
    /// assert_eq!(DateFormat::parse("dmy"), day_first);
    /// assert_eq!(DateFormat::parse("%d/%m/%Y %H:%M"), day_first);
    /// assert_eq!(DateFormat::parse("next week"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        Some(match text.as_str() {
            "excel" | "excel1900" => Self::Excel(Epoch::Windows1900),
            "excel1904" => Self::Excel(Epoch::Mac1904),
            "epoch-s" => Self::SinceEpoch(TimeUnit::Seconds),
            "epoch-ms" => Self::SinceEpoch(TimeUnit::Milliseconds),
            "epoch-us" => Self::SinceEpoch(TimeUnit::Microseconds),
            "relative-s" => Self::SinceStart(TimeUnit::Seconds),
            "relative-ms" => Self::SinceStart(TimeUnit::Milliseconds),
            "relative-us" => Self::SinceStart(TimeUnit::Microseconds),
            "relative-days" => Self::SinceStart(TimeUnit::Days),
            pattern => Self::Order(order_of(pattern)?),
        })
    }
}

/// The order of the letters d, m and y of a pattern; what follows them is the time.
fn order_of(pattern: &str) -> Option<DateOrder> {
    let letters: String = pattern.chars().filter(char::is_ascii_alphabetic).collect();
    let mut order = String::new();
    for letter in letters.chars() {
        if !matches!(letter, 'd' | 'm' | 'y') || (order.len() == 3 && order.contains(letter)) {
            break;
        }
        if !order.ends_with(letter) {
            order.push(letter);
        }
    }
    match order.as_str() {
        "dmy" => Some(DateOrder::DayMonthYear),
        "mdy" => Some(DateOrder::MonthDayYear),
        "ymd" => Some(DateOrder::YearMonthDay),
        _ => None,
    }
}

/// How tables with one student a row and one item a column are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WideOptions {
    /// Names of item columns, with `*` for any characters; empty: found by shape and name.
    pub items: Vec<String>,
    /// Columns that are no items, likewise.
    pub not_items: Vec<String>,
    /// What an empty cell means.
    pub blank: Blank,
}

/// What an empty cell of an item means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blank {
    /// Nothing is known.
    #[default]
    Missing,
    /// A wrong answer.
    Wrong,
    /// Behind the last answer of a row the items that were not reached, before it wrong answers.
    NotReached,
}

impl Options {
    /// Whether a row without a time is none.
    pub(crate) fn require_time(&self) -> bool {
        self.wanted == Wanted::Timed
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            map: ColumnMap::default(),
            id: Vec::new(),
            ignored: Vec::new(),
            wanted: Wanted::default(),
            time_zone: TimeZone::default(),
            date_format: None,
            time_start: None,
            latest: None,
            missing: Missing::default(),
            right_at: None,
            takes_points: false,
            key: None,
            wide: WideOptions::default(),
            encoding: None,
            sheet: None,
            header_row: None,
            from: None,
            batch_rows: 50_000,
            max_row_bytes: 1 << 20,
            max_document_bytes: 8 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_say_the_order() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        for (text, order) in [
            ("dmy", DayMonthYear),
            ("DD/MM/YYYY", DayMonthYear),
            ("dd.mm.yyyy hh:mm", DayMonthYear),
            ("%m/%d/%Y", MonthDayYear),
            ("m/d/yy h:mm AM/PM", MonthDayYear),
            ("yyyy-mm-dd HH:MM:SS", YearMonthDay),
        ] {
            assert_eq!(DateFormat::parse(text), Some(DateFormat::Order(order)), "{text}");
        }
        for text in ["", "d", "dm", "ydm", "myd", "hh:mm", "excel1905"] {
            assert_eq!(DateFormat::parse(text), None, "{text}");
        }
        for name in DateFormat::NAMES.split(", ") {
            assert!(DateFormat::parse(name).is_some(), "{name}");
        }
    }
}
