//! Columns of a formula that hold something else than it seems.

use chrono::NaiveDate;
use seedtest_formula::Formula;
use seedtest_ingest::{Table, TableColumn};

use crate::error::Error;

/// How dates are written that are told from other texts.
const FORMATS: [&str; 5] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y"];

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
        if let Some((example, fate)) = date_in(column) {
            return Err(Error::Dates { column: name, example, fate });
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

/// The first cell of a column of texts that is no number: its row and what it says.
pub(crate) fn first_text(column: &TableColumn) -> Option<(usize, String)> {
    let TableColumn::Text { levels, codes } = column else { return None };
    let is_number = |level: &str| level.trim().parse::<f64>().is_ok();
    let text = |(row, code): (usize, &u32)| {
        let level = levels.get(*code as usize)?;
        (!is_number(level)).then(|| (row, level.to_string()))
    };
    codes.iter().enumerate().find_map(text)
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
        let is_number: Vec<bool> =
            levels.iter().map(|level| level.trim().parse::<f64>().is_ok()).collect();
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

/// Whether a number is a day as 20250301, of the years 1900 to 2100.
fn is_day_number(value: f64) -> bool {
    let is_of_time = (19_000_101.0..21_010_101.0).contains(&value) && value.fract() == 0.0;
    is_of_time && NaiveDate::parse_from_str(&value.to_string(), "%Y%m%d").is_ok()
}

/// Whether a text is a date, or begins with one and a time of day.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    FORMATS.iter().any(|format| NaiveDate::parse_from_str(day, format).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{is_date, is_day_number};

    #[test]
    fn dates_are_told_from_other_texts() {
        for date in
            ["2025-03-01", "2025-03-01T08:00:00Z", "2025/3/1", "1.3.2025", "03/01/2025 08:00"]
        {
            assert!(is_date(date), "{date}");
        }
        assert!(is_day_number(20_250_301.0) && !is_day_number(20_251_301.0));
        assert!(!is_day_number(20_250_301.5) && !is_day_number(2_025.0));
        for other in ["week 1", "2025", "1.3", "A-1-2", "2025-13-01", ""] {
            assert!(!is_date(other), "{other}");
        }
    }
}
