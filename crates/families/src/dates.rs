//! Columns of dates among those of a table.

use chrono::NaiveDate;
use seedtest_formula::Formula;
use seedtest_ingest::{Table, TableColumn};

use crate::error::Error;

/// How dates are written that are told from other texts.
const FORMATS: [&str; 5] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y"];

/// Refuses a column of dates that a formula uses as a predictor: each date would become a category without a word.
/// `factor(column)` says that it is to be one, and so does its name among the `factors`.
pub(crate) fn refuse_dates<'a>(
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
        let is_category = factors.contains(&name) || text.contains(&format!("factor({name})"));
        let example = find(table, &name).filter(|_| !is_category).and_then(date_in);
        if let Some(example) = example {
            return Err(Error::Dates { column: name, example });
        }
    }
    Ok(())
}

/// The first date of a column all of whose texts are dates.
fn date_in(column: &TableColumn) -> Option<String> {
    let TableColumn::Text { levels, .. } = column else { return None };
    let first = levels.first()?.to_string();
    levels.iter().all(|level| is_date(level)).then_some(first)
}

/// Whether a text is a date, or begins with one and a time of day.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    FORMATS.iter().any(|format| NaiveDate::parse_from_str(day, format).is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn dates_are_told_from_other_texts() {
        for date in
            ["2025-03-01", "2025-03-01T08:00:00Z", "2025/3/1", "1.3.2025", "03/01/2025 08:00"]
        {
            assert!(is_date(date), "{date}");
        }
        for other in ["week 1", "2025", "1.3", "A-1-2", "2025-13-01", ""] {
            assert!(!is_date(other), "{other}");
        }
    }
}
