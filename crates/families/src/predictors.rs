//! Columns of a formula that hold something else than it seems.

use chrono::NaiveDate;
use seedtest_formula::Formula;
use seedtest_ingest::{Table, TableColumn};

use crate::error::Error;

/// How dates are written that are told from other texts.
const FORMATS: [&str; 5] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y"];
/// The same where the month is a word, or spaces are part of the date.
const WRITTEN_OUT: [&str; 8] = [
    "%B %d %Y",
    "%B %d, %Y",
    "%d %B %Y",
    "%d. %B %Y",
    "%d-%B-%Y",
    "%a %B %d %Y",
    "%Y년 %m월 %d일",
    "%Y. %m. %d.",
];
/// Years of which weeks are counted.
const YEARS: std::ops::Range<i32> = 1900..2101;
/// What is wrong with weeks of years that are numbers.
const NO_DISTANCES: &str =
    "weeks of years written as numbers are no distances in time, since they jump at new year";

/// Numbers beside which a text is odd: so many, and one text in so many cells at most.
const AMONG_NUMBERS: (usize, usize) = (10, 20);

/// Refuses columns that would become categories without a word: a predictor of dates, a predictor of numbers with a
/// few texts among them (`3o`, `absent`), a response with a text among numbers. `factor(column)` says that a
/// column is one of categories, and so does its name among the `factors`.
pub(crate) fn refuse_accidental_categories<'a>(
    table: &'a Table,
    formula: &Formula,
    factors: &[String],
    find: impl Fn(&'a Table, &str) -> Option<&'a TableColumn>,
) -> Result<(), Error> {
    let text: String = formula.to_string().split_whitespace().collect();
    let names = if formula.has_dot() {
        table.columns.iter().map(|(name, _)| name.clone()).collect()
    } else {
        formula.predictor_columns()
    };
    for name in names {
        if factors.contains(&name) || text.contains(&format!("factor({name})")) {
            continue;
        }
        let Some(column) = find(table, &name) else { continue };
        if let Some((example, fate)) = date_in(column).or_else(|| weeks_of_years_in(column)) {
            return Err(Error::Dates { column: name, example, fate });
        }
        if let Some((row, text)) = number_of_people(column) {
            let wanted = "number as programs write it (1234.5)";
            return Err(Error::BadCell { row, column: name, text, wanted });
        }
        let Some(found) = Mixture::of(column) else { continue };
        let (fewest, share) = AMONG_NUMBERS;
        if found.numbers >= fewest && found.others * share <= found.numbers + found.others {
            return Err(found.refused(name));
        }
    }
    // What is compared may be texts and numbers at once.
    let is_compared = ["==", "!="].iter().any(|sign| text.contains(sign));
    let response = if is_compared { Vec::new() } else { formula.response_columns() };
    for name in response {
        if let Some(found) = find(table, &name).and_then(Mixture::of) {
            return Err(found.refused(name));
        }
    }
    Ok(())
}

/// The first cell of a column of texts that is no finite number: its row and what it says.
pub(crate) fn first_text(column: &TableColumn) -> Option<(usize, String)> {
    let TableColumn::Text { levels, codes } = column else { return None };
    let text = |(row, code): (usize, &u32)| {
        let level = levels.get(*code as usize)?;
        (!is_number(level)).then(|| (row, level.to_string()))
    };
    codes.iter().enumerate().find_map(text)
}

fn is_number(level: &str) -> bool {
    level.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

/// What is wrong with a column of texts where numbers are needed: the first cell that is none, where others are.
pub(crate) fn text_among_numbers(column: &TableColumn, name: &str) -> Error {
    match Mixture::of(column) {
        Some(found) => found.refused(name.to_owned()),
        None => Error::TextColumn { name: name.to_owned() },
    }
}

/// The first cell of a column of texts that are all numbers as people write them, with thousands set apart, a comma
/// before the fraction or in per cent: each would be a category.
fn number_of_people(column: &TableColumn) -> Option<(usize, String)> {
    let TableColumn::Text { levels, codes } = column else { return None };
    let is_plain = |level: &str| level.trim().parse::<f64>().is_ok();
    let is_written = |level: &str| {
        let digits = level.trim().trim_end_matches('%').trim().trim_start_matches(['-', '+']);
        let digits = digits.replace([',', '\'', ' ', '\u{a0}', '\u{202f}'], "");
        digits.starts_with(|c: char| c.is_ascii_digit()) && is_plain(&digits)
    };
    if !levels.iter().all(|level| is_written(level)) {
        return None;
    }
    let row = codes
        .iter()
        .position(|&code| levels.get(code as usize).is_some_and(|level| !is_plain(level)))?;
    Some((row, levels[codes[row] as usize].to_string()))
}

/// Numbers with texts among them.
struct Mixture {
    numbers: usize,
    others: usize,
    /// The first text: its row and what it says.
    first: (usize, String),
}

impl Mixture {
    /// `None` where a column holds no numbers, or nothing else.
    fn of(column: &TableColumn) -> Option<Self> {
        let TableColumn::Text { levels, codes } = column else { return None };
        let is_number: Vec<bool> = levels.iter().map(|level| is_number(level)).collect();
        let kinds = || codes.iter().filter_map(|&code| is_number.get(code as usize));
        let numbers = kinds().filter(|is_number| **is_number).count();
        let others = kinds().count() - numbers;
        let first = first_text(column)?;
        (numbers > 0).then_some(Self { numbers, others, first })
    }

    fn refused(self, column: String) -> Error {
        let (row, text) = self.first;
        Error::BadCell { row, column, text, wanted: "number" }
    }
}

/// The first date of a column of nothing but dates, and what would become of them.
pub(crate) fn date_in(column: &TableColumn) -> Option<(String, &'static str)> {
    match column {
        TableColumn::Text { levels, .. } => {
            let first = levels.first()?.to_string();
            let are_dates = levels.iter().all(|level| is_date(level));
            are_dates.then_some((first, "each would be taken for a category"))
        }
        TableColumn::Numeric(values) => {
            let mut known = values.iter().copied().filter(|value| !value.is_nan());
            let first = known.next()?;
            let differ = known.clone().any(|value| value.to_bits() != first.to_bits());
            let are_dates = differ && is_day_number(first) && known.all(is_day_number);
            are_dates
                .then(|| (first.to_string(), "written as numbers they are no distances in time"))
        }
    }
}

/// The first number of a column of weeks of years, as 202603, and what is wrong with it. Where all are of one year
/// their distances are right.
fn weeks_of_years_in(column: &TableColumn) -> Option<(String, &'static str)> {
    let TableColumn::Numeric(values) = column else { return None };
    let year = |value: &f64| (value / 100.0).floor();
    let mut known = values.iter().filter(|value| !value.is_nan());
    let first = known.next()?;
    known.any(|value| year(value) != year(first)).then(|| week_of_year_in(column)).flatten()
}

/// The same of a column that is said to hold weeks: those of one year are no better, for a later one may follow.
pub(crate) fn week_of_year_in(column: &TableColumn) -> Option<(String, &'static str)> {
    let TableColumn::Numeric(values) = column else { return None };
    let mut known = values.iter().copied().filter(|value| !value.is_nan());
    let first = known.next()?;
    let is_week = |value: f64| {
        let (year, week) = ((value / 100.0).floor(), value % 100.0);
        value.fract() == 0.0 && YEARS.contains(&(year as i32)) && (1.0..=53.0).contains(&week)
    };
    (is_week(first) && known.all(is_week)).then(|| (first.to_string(), NO_DISTANCES))
}

/// Year and week of a text as 2026-W03 or 2026W03, with a day of the week or without.
pub(crate) fn iso_week(text: &str) -> Option<(i32, u32)> {
    let (year, rest) = text.split_once(['W', 'w'])?;
    let year = year.strip_suffix('-').unwrap_or(year);
    let (week, day) = rest.split_once('-').unwrap_or((rest, "1"));
    let is_of = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_of(year, 4) || !is_of(week, 2) || !is_of(day, 1) {
        return None;
    }
    let (year, week) = (year.parse().ok()?, week.parse().ok()?);
    (YEARS.contains(&year) && (1..=53).contains(&week)).then_some((year, week))
}

/// Whether a number is a day as 20250301, of the years 1900 to 2100.
pub(crate) fn is_day_number(value: f64) -> bool {
    let is_of_time = (19_000_101.0..21_010_101.0).contains(&value) && value.fract() == 0.0;
    is_of_time && NaiveDate::parse_from_str(&value.to_string(), "%Y%m%d").is_ok()
}

/// Whether a text is a date, or begins with one and a time of day, or is a week of a year.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    let is_written = |text: &str, formats: &[&str]| {
        formats.iter().any(|format| NaiveDate::parse_from_str(text, format).is_ok())
    };
    is_written(day, &FORMATS)
        || is_written(text.trim(), &WRITTEN_OUT)
        || iso_week(text.trim()).is_some()
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::TableColumn;

    use seedtest_responses::Texts;

    use super::{
        is_date, is_day_number, iso_week, number_of_people, week_of_year_in, weeks_of_years_in,
    };

    #[test]
    fn dates_are_told_from_other_texts() {
        for date in
            ["2025-03-01", "2025-03-01T08:00:00Z", "2025/3/1", "1.3.2025", "03/01/2025 08:00"]
        {
            assert!(is_date(date), "{date}");
        }
        assert!(is_day_number(20_250_301.0) && !is_day_number(20_251_301.0));
        assert!(!is_day_number(20_250_301.5) && !is_day_number(2_025.0));
        for written in [
            "Jan 05 2026",
            "January 5, 2026",
            "5 Jan 2026",
            "05-Jan-2026",
            "2026년 1월 5일",
            "2026-W03",
        ] {
            assert!(is_date(written), "{written}");
        }
        for other in ["week 1", "2025", "1.3", "A-1-2", "2025-13-01", "", "May", "W03", "2026-W3x"]
        {
            assert!(!is_date(other), "{other}");
        }
    }
    #[test]
    fn weeks_of_years_are_told_from_other_numbers() {
        let column = |values: &[f64]| TableColumn::Numeric(values.to_vec());
        let two = column(&[202_551.0, 202_552.0, f64::NAN, 202_601.0]);
        assert!(weeks_of_years_in(&two).is_some() && week_of_year_in(&two).is_some());
        // Of one year they are as far apart as they seem.
        let one = column(&[202_501.0, 202_512.0]);
        assert!(weeks_of_years_in(&one).is_none() && week_of_year_in(&one).is_some());
        for other in [
            [202_501.0, 202_601.5],
            [202_501.0, 202_654.0],
            [202_500.0, 202_601.0],
            [1.0, 40.0],
            [20_250_301.0, 20_260_301.0],
            [250_101.0, 260_101.0],
        ] {
            assert!(week_of_year_in(&column(&other)).is_none(), "{other:?}");
        }
        assert_eq!(
            (iso_week("2026-W03"), iso_week("2026w53-5")),
            (Some((2026, 3)), Some((2026, 53)))
        );
        assert_eq!((iso_week("2026-W54"), iso_week("26-W03")), (None, None));
    }
    #[test]
    fn numbers_as_people_write_them_are_told_from_categories() {
        let first = |cells: &[&str]| {
            let mut texts = Texts::default();
            for cell in cells {
                texts.push(Some(*cell));
            }
            number_of_people(&texts.into()).map(|(row, _)| row)
        };
        assert_eq!(first(&["950", "1,234", "2,001"]), Some(1));
        assert_eq!(first(&["0,5", "1,25"]), Some(0));
        assert_eq!(first(&["50%", "75 %"]), Some(0));
        for other in [&["1", "2"][..], &["a", "1,234"], &["7-1", "7-2"], &["1,2,x", "3"]] {
            assert_eq!(first(other), None, "{other:?}");
        }
    }
}
