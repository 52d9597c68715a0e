//! Weeks that are dates, in every way in which files with answers write them.

use std::sync::Arc;

use chrono::NaiveDate;
use seedtest_ingest::{MISSING_TEXT, TableColumn, WallFormat};
use seedtest_responses::{Texts, date_of_day};

use crate::error::Error;
use crate::predictors::{date_in, is_day_number, iso_week};

const SECONDS_PER_DAY: i64 = 86_400;

/// The texts of a column of weeks as days.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Days {
    /// The day of each level; `None` where it is none.
    pub(super) of_levels: Vec<Option<NaiveDate>>,
    /// Whether the column is one of dates: most of its cells are, if any.
    pub(super) are_dates: bool,
}

impl Days {
    /// The days of a column.
    ///
    /// # Errors
    /// [`Error::AmbiguousDates`] where nothing says whether the day or the month comes first.
    pub(super) fn of(column: &str, levels: &[Arc<str>], codes: &[u32]) -> Result<Self, Error> {
        let mut is_used = vec![false; levels.len()];
        for &code in codes.iter().filter(|code| **code != MISSING_TEXT) {
            if let Some(used) = is_used.get_mut(code as usize) {
                *used = true;
            }
        }
        // Levels that no cell has need not be days, and what is a number is none of a date's.
        let used = levels.iter().zip(&is_used).filter(|(_, used)| **used);
        let written = used.map(|(text, _)| text.trim()).filter(|text| !is_number(text));
        let format = WallFormat::of(written, None).map_err(|found| Error::AmbiguousDates {
            column: column.to_owned(),
            example: found.example,
            orders: found.orders.join(" or "),
        })?;
        let of_levels: Vec<Option<NaiveDate>> =
            levels.iter().map(|text| day_in(text.trim(), format)).collect();
        let cells = |is_meant: &dyn Fn(usize) -> bool| {
            codes.iter().filter(|code| is_meant(**code as usize)).count()
        };
        let dates = cells(&|at| of_levels.get(at).is_some_and(Option::is_some));
        let numbers = cells(&|at| levels.get(at).is_some_and(|text| is_number(text.trim())));
        Ok(Self { of_levels, are_dates: dates > 0 && dates >= numbers })
    }
}

/// A column of numbers that are days, as 20250106, as the texts that it was read from.
pub(super) fn written_days(column: &TableColumn) -> Option<TableColumn> {
    let TableColumn::Numeric(numbers) = column else { return None };
    date_in(column)?;
    let mut texts = Texts::default();
    for number in numbers {
        let text = (!number.is_nan()).then(|| number.to_string());
        texts.push(text.as_deref());
    }
    Some(texts.into())
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|number| !is_day_number(number))
}

/// The day of a text: a date, one with a time of day, or the Monday of a week of a year as 2026-W03.
fn day_in(text: &str, format: WallFormat) -> Option<NaiveDate> {
    if is_number(text) {
        return None;
    }
    if let Some((year, week)) = iso_week(text) {
        return NaiveDate::from_isoywd_opt(year, week, chrono::Weekday::Mon);
    }
    // By the clock on the wall: the day is the one that is written.
    let time = format.read(text)?;
    Some(date_of_day(time.seconds.div_euclid(SECONDS_PER_DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(cells: &[&str]) -> Result<Vec<String>, Error> {
        let levels: Vec<Arc<str>> = cells.iter().map(|cell| Arc::from(*cell)).collect();
        let codes: Vec<u32> = (0..levels.len() as u32).collect();
        let days = Days::of("week", &levels, &codes)?;
        let shown = |day: &Option<NaiveDate>| day.map_or("-".into(), |day| day.to_string());
        Ok(days.of_levels.iter().map(shown).collect())
    }

    #[test]
    fn dates_are_read_as_files_write_them() {
        for cells in [
            ["2025-01-06", "2025-01-13"],
            ["2025/01/06", "2025/1/13"],
            ["06.01.2025", "13.01.2025"],
            ["6/1/2025", "13/1/2025"],
            ["1/6/2025", "1/13/2025"],
            ["2025년 1월 6일", "2025. 1. 13."],
            ["2025-01-06T23:30:00+09:00", "2025-01-13 00:30"],
            ["20250106", "20250113"],
            ["2025-W02", "2025-W03"],
            ["2025-W02-1", "2025w03-5"],
        ] {
            assert_eq!(days(&cells).unwrap(), ["2025-01-06", "2025-01-13"], "{cells:?}");
        }
        assert_eq!(days(&["2025-03", "2025-04"]).unwrap(), ["2025-03-01", "2025-04-01"]);
        assert_eq!(days(&["2025-01-06", "soon", "3"]).unwrap(), ["2025-01-06", "-", "-"]);
    }

    #[test]
    fn an_order_that_nothing_says_is_asked_for() {
        let error = days(&["1/6/2025", "2/6/2025"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column week holds dates such as \"1/6/2025\" that can be dmy or mdy"
        );
        assert!(error.hint().unwrap().contains("YYYY-MM-DD"), "{error:?}");
    }

    #[test]
    fn a_column_is_what_most_of_its_cells_are() {
        let of = |cells: &[&str]| {
            let levels: Vec<Arc<str>> = cells.iter().map(|cell| Arc::from(*cell)).collect();
            let codes: Vec<u32> = (0..levels.len() as u32).collect();
            Days::of("week", &levels, &codes).unwrap().are_dates
        };
        assert!(of(&["2025-01-06", "soon"]) && of(&["2025-01-06", "1"]));
        assert!(!of(&["1", "2", "2025-01-06"]) && !of(&["soon"]) && !of(&[]));
    }
}
