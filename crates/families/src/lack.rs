//! Rows for which nothing is predicted, and why: one meaning and the same words for every family.

use std::borrow::Cow;
use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};
use seedtest_responses::logical;

use crate::rows::is_missing;

/// Why nothing is predicted for a row. The others are predicted all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Lack {
    /// Row of the table, from 0.
    pub row: usize,
    /// What stands in the way.
    pub obstacle: Obstacle,
}

/// What stands in the way of a prediction.
#[derive(Debug, Clone, PartialEq)]
pub enum Obstacle {
    /// The value of a column is missing.
    Missing {
        /// The column.
        column: String,
    },
    /// The fit has not seen a level or a stratum.
    Level {
        /// The term of the formula, or the column.
        term: String,
        /// The level.
        level: String,
    },
    /// A text where the fit had numbers.
    Text {
        /// The column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// A term computes to infinity or to no number at all.
    NotFinite {
        /// The term of the formula, or the column.
        term: String,
        /// What it computes to.
        value: f64,
    },
    /// A number that the column cannot have.
    Range {
        /// The column.
        column: String,
        /// What stands there.
        value: f64,
        /// What it has to be.
        required: &'static str,
    },
    /// No row of the stratum had the event in the fitted data, so that it has no baseline.
    NoEvents {
        /// What the strata are made of.
        term: String,
        /// The stratum.
        level: String,
    },
    /// The fit says nothing of such a time.
    NotObserved {
        /// The time up to which the prediction reaches.
        until: f64,
        /// Why not.
        reason: &'static str,
        /// The stratum, and what strata are made of; `None` without strata.
        stratum: Option<Box<(String, String)>>,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { column } => write!(f, "a value of `{column}` is missing"),
            Self::Level { term, level } => {
                write!(f, "`{term}` is `{level}`, which the fitted data do not have")
            }
            Self::Text { column, text } => write!(f, "{column} is {text:?}, which is no number"),
            Self::NotFinite { term, value } if value.is_nan() => {
                write!(f, "`{term}` is no number, and only finite numbers can be predicted from")
            }
            Self::NotFinite { term, value } => {
                write!(f, "`{term}` is {value}, and only finite numbers can be predicted from")
            }
            Self::Range { column, value, required } => {
                write!(f, "`{column}` is {value}, and has to be {required}")
            }
            Self::NoEvents { term, level } => {
                write!(f, "`{term}` is `{level}`, and no fitted row of that stratum had the event")
            }
            Self::NotObserved { until, reason, stratum: None } => {
                write!(f, "nothing is known of time {until}: {reason}")
            }
            Self::NotObserved { until, reason, stratum: Some(stratum) } => {
                let (level, term) = &**stratum;
                write!(f, "nothing is known of time {until} where `{term}` is `{level}`: {reason}")
            }
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row + 1, self.obstacle)
    }
}

impl Lack {
    /// What stands in the way of the prediction of a row, counted from 0.
    pub(crate) fn of(row: usize, obstacle: Obstacle) -> Self {
        Self { row, obstacle }
    }

    /// What rows with this obstacle have in common: its kind, and the column or term.
    fn kind(&self) -> (Discriminant<Obstacle>, &str) {
        let place: &str = match &self.obstacle {
            Obstacle::Missing { column: place }
            | Obstacle::Text { column: place, .. }
            | Obstacle::Range { column: place, .. }
            | Obstacle::Level { term: place, .. }
            | Obstacle::NotFinite { term: place, .. } => place,
            Obstacle::NoEvents { level, .. } => level,
            Obstacle::NotObserved { stratum, .. } => {
                stratum.as_ref().map_or("", |stratum| stratum.0.as_str())
            }
        };
        (discriminant(&self.obstacle), place)
    }
}

/// What is said of the rows without a prediction: how many there are for each obstacle, and the first of them.
pub(crate) fn warnings_of<'a>(lacks: impl IntoIterator<Item = &'a Lack>) -> Vec<String> {
    let mut found: Vec<(&Lack, usize)> = Vec::new();
    for lack in lacks {
        match found.iter_mut().find(|(first, _)| first.kind() == lack.kind()) {
            Some((_, n)) => *n += 1,
            None => found.push((lack, 1)),
        }
    }
    let line = |(first, n): (&Lack, usize)| match n {
        1 => format!("1 row has no prediction: {first}"),
        n => format!("{n} rows have no prediction, the first of them {first}"),
    };
    found.into_iter().map(line).collect()
}

/// Notes the rows that miss a value of a column, where nothing is known to stand in their way yet.
pub(crate) fn mark_missing(name: &str, column: &TableColumn, lacks: &mut [Option<Lack>]) {
    mark(lacks, |row| {
        is_missing(column, row).then(|| Obstacle::Missing { column: name.to_owned() })
    });
}

/// Notes what stands in the way of rows of which nothing is known to do so yet.
pub(crate) fn mark(lacks: &mut [Option<Lack>], find: impl Fn(usize) -> Option<Obstacle>) {
    for (row, lack) in lacks.iter_mut().enumerate().filter(|(_, lack)| lack.is_none()) {
        *lack = find(row).map(|obstacle| Lack::of(row, obstacle));
    }
}

/// The table with the columns of these names as numbers. A text in one of them stands in the way of its row and is
/// missing in the table that is given back.
pub(crate) fn with_numbers<'a>(
    table: &'a Table,
    names: &[String],
    lacks: &mut [Option<Lack>],
) -> Cow<'a, Table> {
    let is_text = |name: &str| matches!(table.column(name), Some(TableColumn::Text { .. }));
    if !names.iter().any(|name| is_text(name)) {
        return Cow::Borrowed(table);
    }
    let mut table = table.clone();
    for (name, column) in table.columns.iter_mut().filter(|(name, _)| names.contains(name)) {
        if let Some(numbers) = numbers_in(name, column, lacks) {
            *column = TableColumn::Numeric(numbers);
        }
    }
    Cow::Owned(table)
}

/// The numbers in a column of texts; `None` for one of numbers.
fn numbers_in(name: &str, column: &TableColumn, lacks: &mut [Option<Lack>]) -> Option<Vec<f64>> {
    let TableColumn::Text { levels, codes } = column else { return None };
    let number_in = |text: &Arc<str>| {
        let text = text.trim();
        text.parse().ok().or_else(|| logical(text).map(f64::from))
    };
    let numbers: Vec<Option<f64>> = levels.iter().map(number_in).collect();
    let number = |code: u32| numbers.get(code as usize).copied().flatten();
    mark(lacks, |row| {
        let code = codes[row];
        let is_text = code != MISSING_TEXT && number(code).is_none();
        let text = is_text.then(|| levels.get(code as usize)).flatten()?;
        Some(Obstacle::Text { column: name.to_owned(), text: text.to_string() })
    });
    Some(codes.iter().map(|&code| number(code).unwrap_or(f64::NAN)).collect())
}

/// The rows of which nothing is known to stand in their way.
pub(crate) fn without_lack(lacks: &[Option<Lack>]) -> Vec<usize> {
    (0..lacks.len()).filter(|&row| lacks[row].is_none()).collect()
}

#[cfg(test)]
mod tests {
    use seedtest_responses::Texts;

    use super::*;

    fn texts(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push((!cell.is_empty()).then_some(*cell));
        }
        texts.into()
    }

    #[test]
    fn a_text_among_numbers_stands_in_the_way_of_its_row_alone() {
        let column = texts(&["1.5", "2026-01-05", "", "-3", "absent"]);
        let table = Table { columns: vec![("x".into(), column)], n_rows: 5 };
        let mut lacks = vec![None; 5];
        let found = with_numbers(&table, &["x".to_owned(), "y".to_owned()], &mut lacks);
        let Some(TableColumn::Numeric(numbers)) = found.column("x") else { panic!("{found:?}") };
        assert_eq!((numbers[0], numbers[3]), (1.5, -3.0));
        assert!(numbers[1].is_nan() && numbers[2].is_nan() && numbers[4].is_nan());
        mark_missing("x", found.column("x").unwrap(), &mut lacks);
        assert_eq!(without_lack(&lacks), [0, 3]);
        let said: Vec<String> = lacks.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "row 2: x is \"2026-01-05\", which is no number",
                "row 3: a value of `x` is missing",
                "row 5: x is \"absent\", which is no number",
            ]
        );
        assert_eq!(
            warnings_of(lacks.iter().flatten()),
            [
                "2 rows have no prediction, the first of them row 2: x is \"2026-01-05\", which is no number",
                "1 row has no prediction: row 3: a value of `x` is missing",
            ]
        );
    }

    #[test]
    fn a_table_of_numbers_stays_as_it_is() {
        let table =
            Table { columns: vec![("x".into(), TableColumn::Numeric(vec![1.0]))], n_rows: 1 };
        let found = with_numbers(&table, &["x".to_owned()], &mut [None]);
        assert!(matches!(found, Cow::Borrowed(_)));
    }
}
