//! Terms, exam weeks and public holidays, read from a small table that a school can edit.

use serde::{Deserialize, Serialize};

use crate::date::{DAY, Date};
use crate::error::Error;
use crate::spec::Holiday;

/// What a line of the calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A public holiday.
    Holiday,
    /// Days of exams.
    Exam,
    /// Days without lessons.
    Break,
    /// Days with lessons.
    Term,
}

/// A span of days with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name; entries of one name share an effect.
    pub name: String,
    /// First day, counted from 1970-01-01.
    pub first: i64,
    /// Last day.
    pub last: i64,
    /// What it is.
    pub kind: Kind,
}

/// A calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolCalendar {
    /// Its entries, in the order of the table.
    pub entries: Vec<Entry>,
}

/// Public holidays of the Republic of Korea from 2018 to 2032 by the law as of 2026: fixed ones, the
/// lunar ones (Seollal, Buddha's birthday, Chuseok), substitutes and elections known by then.
const KOREAN_HOLIDAYS: &str = include_str!("korean_holidays.csv");
/// Longest span of one line: a mistyped year would be a feature of every row.
const LONGEST: i64 = 400;

impl SchoolCalendar {
    /// Korean public holidays, 2018 to 2032.
    pub fn korean_holidays() -> Result<Self, Error> {
        Self::parse(KOREAN_HOLIDAYS)
    }

    /// Reads lines `name,first day,last day,kind`, days as YYYY-MM-DD, kind one of holiday, exam, break
    /// and term. A first line of column names, empty lines and lines that start with # are passed over.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            let is_header = number == 1 && line.starts_with("name,");
            if line.is_empty() || line.starts_with('#') || is_header {
                continue;
            }
            let entry = entry(line).map_err(|reason| Error::Calendar { line: number, reason })?;
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// The entries of another calendar too.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    /// Effects of holidays, exams and breaks, for [`crate::Spec::holidays`]: the named days, or for a
    /// series whose points stand for `days_a_point` days from `first_day` on, the points that hold one.
    /// Names without a day in the series are left out.
    pub fn holidays(&self, first_day: i64, last_day: i64, days_a_point: i64) -> Vec<Holiday> {
        let width = days_a_point.max(1);
        let mut holidays: Vec<Holiday> = Vec::new();
        for entry in self.entries.iter().filter(|e| e.kind != Kind::Term) {
            let inside = entry.first.max(first_day)..=entry.last.min(last_day + width - 1);
            let mut days: Vec<i64> =
                inside.map(|day| first_day + (day - first_day).div_euclid(width) * width).collect();
            days.dedup();
            if days.is_empty() {
                continue;
            }
            match holidays.iter_mut().find(|h| h.name == entry.name) {
                Some(holiday) => holiday.days.extend(days),
                None => holidays.push(Holiday {
                    name: entry.name.clone(),
                    days,
                    lower_window: 0,
                    upper_window: 0,
                    prior_scale: None,
                }),
            }
        }
        for holiday in &mut holidays {
            holiday.days.sort_unstable();
            holiday.days.dedup();
        }
        holidays
    }

    /// Whether each time (seconds since 1970-01-01) is in a term and not in a break: a condition for a
    /// seasonality of lessons.
    pub fn in_term(&self, time: &[i64]) -> Vec<bool> {
        let within = |day: i64, kind: Kind| {
            let mut of_kind = self.entries.iter().filter(|e| e.kind == kind);
            of_kind.any(|e| (e.first..=e.last).contains(&day))
        };
        time.iter()
            .map(|t| t.div_euclid(DAY))
            .map(|day| within(day, Kind::Term) && !within(day, Kind::Break))
            .collect()
    }
}

fn entry(line: &str) -> Result<Entry, String> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [name, first, last, kind] = fields[..] else {
        return Err(format!("{} fields instead of 4", fields.len()));
    };
    let day = |text: &str| {
        Date::parse(text).map(Date::number).ok_or_else(|| format!("`{text}` is not a day"))
    };
    let (first, last) = (day(first)?, day(last)?);
    let kind = match kind {
        "holiday" => Kind::Holiday,
        "exam" => Kind::Exam,
        "break" => Kind::Break,
        "term" => Kind::Term,
        other => return Err(format!("`{other}` is none of holiday, exam, break, term")),
    };
    if name.is_empty() {
        return Err("the name is empty".to_string());
    }
    if last < first || last - first > LONGEST {
        return Err("the last day is before the first, or more than 400 days after it".to_string());
    }
    Ok(Entry { name: name.to_string(), first, last, kind })
}

#[cfg(test)]
mod tests {
    use super::{Kind, SchoolCalendar};
    use crate::date::Date;

    fn day(text: &str) -> i64 {
        Date::parse(text).unwrap().number()
    }

    #[test]
    fn the_lunar_holidays_are_where_they_were() {
        let calendar = SchoolCalendar::korean_holidays().unwrap();
        // Dates as printed in the wall calendars of these years.
        for (name, date) in [
            ("lunar_new_year", "2024-02-10"),
            ("chuseok", "2024-09-17"),
            ("chuseok", "2025-10-06"),
            ("lunar_new_year", "2026-02-17"),
            ("buddhas_birthday", "2026-05-24"),
        ] {
            let inside =
                |e: &&super::Entry| e.name == name && (e.first..=e.last).contains(&day(date));
            assert_eq!(calendar.entries.iter().filter(inside).count(), 1, "{name} {date}");
        }
    }

    #[test]
    fn a_school_writes_its_own() {
        let text = "name,first day,last day,kind\n# spring\nspring,2025-03-03,2025-07-18,term\n\nmidterm,2025-04-28,2025-05-02,exam\nsummer,2025-07-10,2025-07-18,break\n";
        let calendar = SchoolCalendar::parse(text).unwrap();
        assert_eq!(calendar.entries[1].kind, Kind::Exam);
        let monday = day("2025-04-21");
        let holidays = calendar.holidays(monday, monday + 21, 7);
        assert_eq!(holidays.len(), 1);
        assert_eq!(holidays[0].days, [day("2025-04-28")]);
        let time = ["2025-02-28", "2025-04-28", "2025-07-14"].map(|d| day(d) * 86_400);
        assert_eq!(calendar.in_term(&time), [false, true, false]);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for text in [
            "a,2025-01-01,holiday",
            "a,2025-02-30,2025-02-30,holiday",
            "a,2025-01-02,2025-01-01,exam",
            "a,2025-01-01,2025-01-01,party",
        ] {
            let error = SchoolCalendar::parse(text).unwrap_err().to_string();
            assert!(error.starts_with("line 1 of the calendar: "), "{error}");
        }
    }
}
