//! Rows of a table as a series.

use seedtest_forecast::{Column, Condition, Data, Rows};
use seedtest_ingest::{DateFormat, MISSING_TEXT, Table, TableColumn, same_name};
use seedtest_wire::prophet_columns::{CAPACITY, FLOOR, TIME, VALUE};
use serde::{Deserialize, Serialize};

use super::error::SeriesError;
use super::spec::Spec;
use super::time::{TakenFor, times_of};
use crate::error::Error;

/// Condition that a calendar gives: in a term and not in a break.
pub(super) const IN_TERM: &str = "in_term";

/// A series in the order of time, with the columns the model uses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    /// Seconds since 1970-01-01 by the clock on the wall.
    pub time: Vec<i64>,
    /// Values; empty for rows of the future.
    pub y: Vec<f64>,
    /// Capacities.
    pub cap: Option<Vec<f64>>,
    /// Floors.
    pub floor: Option<Vec<f64>>,
    /// Regressors.
    pub regressors: Vec<(String, Vec<f64>)>,
    /// Conditions.
    pub conditions: Vec<(String, Vec<bool>)>,
    /// Row of the table of each observation.
    #[serde(skip)]
    pub(super) rows: Vec<usize>,
    /// Rows left out because they have no value.
    #[serde(skip)]
    pub(super) dropped: usize,
    /// What the column of the values is called; empty where there is no table.
    #[serde(skip)]
    value_name: String,
    /// What its times were taken for.
    #[serde(skip)]
    pub(super) taken_for: TakenFor,
}

/// A column that every series has.
struct Needed {
    what: &'static str,
    usual: &'static [&'static str],
    /// Its names in files of other languages.
    foreign: &'static [&'static str],
}

const TIMES: Needed = Needed {
    what: "time",
    usual: TIME,
    foreign: &[
        "날짜",
        "일자",
        "일시",
        "주",
        "월",
        "day",
        "month",
        "Datum",
        "Tag",
        "Woche",
        "Monat",
        "Zeit",
        "Zeitpunkt",
        "fecha",
        "día",
        "semana",
        "mes",
        "jour",
        "semaine",
        "mois",
    ],
};
const VALUES: Needed = Needed {
    what: "value",
    usual: VALUE,
    foreign: &[
        "점수",
        "값",
        "성적",
        "평균",
        "Wert",
        "Punkte",
        "Punktzahl",
        "valor",
        "puntuación",
        "valeur",
        "points",
    ],
};

impl Needed {
    /// The column that was named, or the first with a usual name.
    fn of<'a>(
        &self,
        table: &'a Table,
        given: Option<&str>,
    ) -> Result<(&'a str, &'a TableColumn), Error> {
        let Self { what, usual, foreign } = *self;
        let found = given.and_then(|name| find(table, &[name]));
        found
            .or_else(|| find(table, usual))
            .or_else(|| find_like(table, usual))
            .or_else(|| find_like(table, foreign))
            .ok_or(Error::NoColumnFor { what, names: usual })
    }
}

/// Which rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Observations.
    Past,
    /// Times to forecast.
    Future,
}

impl Series {
    /// The series of a table.
    pub(super) fn of(table: &Table, spec: &Spec, holds: Holds) -> Result<Self, Error> {
        let (name, column) = TIMES.of(table, spec.columns.time.as_deref())?;
        let date_format = spec.date_format.as_deref().and_then(DateFormat::parse);
        let (time, taken_for) = times_of(name, column, date_format)?;
        let (value_name, values) = match holds {
            Holds::Future => (VALUE[0], None),
            Holds::Past => {
                let (name, column) = VALUES.of(table, spec.columns.value.as_deref())?;
                (name, Some(numbers(name, column)?))
            }
        };
        let mut rows: Vec<usize> = (0..table.n_rows).collect();
        if let Some(values) = values {
            rows.retain(|&row| !values[row].is_nan());
        }
        let dropped = table.n_rows - rows.len();
        // A stable sort: of rows with one time the first comes first.
        rows.sort_by_key(|&row| time[row]);
        let chosen = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
        let bound = |names: &[&str], usual: Option<f64>| -> Result<Option<Vec<f64>>, Error> {
            match find(table, names) {
                None => Ok(usual.map(|bound| vec![bound; rows.len()])),
                Some((name, column)) => {
                    let mut values = chosen(numbers(name, column)?);
                    fill(name, &mut values, usual, &rows)?;
                    Ok(Some(values))
                }
            }
        };
        let plan = &spec.plan.prophet;
        let is_logistic = plan.growth == seedtest_forecast::Growth::Logistic;
        let (cap, floor) = if is_logistic {
            (bound(CAPACITY, spec.cap)?, bound(FLOOR, spec.floor)?)
        } else {
            (None, None)
        };
        let mut regressors = Vec::new();
        for regressor in &plan.regressors {
            let (name, column) = named(table, &regressor.name)?;
            let mut values = chosen(numbers(name, column)?);
            fill(name, &mut values, None, &rows)?;
            regressors.push((name.to_owned(), values));
        }
        let mut series = Self {
            time: rows.iter().map(|&row| time[row]).collect(),
            y: values.map(chosen).unwrap_or_default(),
            cap,
            floor,
            regressors,
            conditions: Vec::new(),
            rows,
            dropped,
            value_name: value_name.to_owned(),
            taken_for,
        };
        series.conditions = series.conditions_of(Some(table), spec)?;
        Ok(series)
    }

    /// Times and values in the order of time.
    pub(super) fn of_values(time: &[i64], y: &[f64]) -> Self {
        let rows = (0..time.len()).collect();
        Self { time: time.to_vec(), y: y.to_vec(), rows, ..Self::default() }
    }

    /// Times without a table, with what the options alone say of them.
    pub(super) fn of_times(times: Vec<i64>, spec: &Spec) -> Result<Self, Error> {
        let is_logistic = spec.plan.prophet.growth == seedtest_forecast::Growth::Logistic;
        let constant =
            |bound: Option<f64>| bound.filter(|_| is_logistic).map(|b| vec![b; times.len()]);
        let rows = (0..times.len()).collect();
        let (cap, floor) = (constant(spec.cap), constant(spec.floor));
        let mut next = Self { time: times, cap, floor, rows, ..Self::default() };
        next.conditions = next.conditions_of(None, spec)?;
        Ok(next)
    }

    fn conditions_of(
        &self,
        table: Option<&Table>,
        spec: &Spec,
    ) -> Result<Vec<(String, Vec<bool>)>, Error> {
        let mut conditions: Vec<(String, Vec<bool>)> = Vec::new();
        for name in spec.plan.prophet.seasonalities.iter().filter_map(|s| s.condition.as_deref()) {
            if conditions.iter().any(|(known, _)| known == name) {
                continue;
            }
            let of_table = table.and_then(|table| table.column(name));
            let values = match of_table {
                Some(column) => {
                    let values = numbers(name, column)?;
                    self.rows
                        .iter()
                        .map(|&row| values[row] != 0.0 && !values[row].is_nan())
                        .collect()
                }
                None if name == IN_TERM => spec.calendar.in_term(&self.time),
                // The kernel says that it is missing.
                None => continue,
            };
            conditions.push((name.to_owned(), values));
        }
        Ok(conditions)
    }

    /// As the kernel reads it.
    pub(super) fn data(&self) -> Data<'_> {
        let regressors = self.regressors.iter();
        let conditions = self.conditions.iter();
        Data {
            rows: Rows {
                time: &self.time,
                cap: self.cap.as_deref(),
                floor: self.floor.as_deref(),
                regressors: regressors.map(|(name, values)| Column { name, values }).collect(),
                conditions: conditions.map(|(name, values)| Condition { name, values }).collect(),
            },
            y: &self.y,
        }
    }

    /// The error with rows and values called as the table calls them.
    pub(super) fn blame(&self, error: seedtest_forecast::Error) -> Error {
        let mut error = error.at_rows(|row| self.rows.get(row).copied().unwrap_or(row));
        if let seedtest_forecast::Error::NotFinite { column, .. } = &mut error
            && column == "y"
            && !self.value_name.is_empty()
        {
            column.clone_from(&self.value_name);
        }
        error.into()
    }
}

fn find<'a>(table: &'a Table, names: &[&str]) -> Option<(&'a str, &'a TableColumn)> {
    let column = |name: &&str| table.columns.iter().find(|(known, _)| known == name);
    names.iter().find_map(column).map(|(name, column)| (name.as_str(), column))
}

/// The same whatever the case, spaces and marks of the names.
fn find_like<'a>(table: &'a Table, names: &[&str]) -> Option<(&'a str, &'a TableColumn)> {
    let column = |name: &&str| table.columns.iter().find(|(known, _)| same_name(known, name));
    names.iter().find_map(column).map(|(name, column)| (name.as_str(), column))
}

fn named<'a>(table: &'a Table, name: &str) -> Result<(&'a str, &'a TableColumn), Error> {
    let found = || table.columns.iter().map(|(name, _)| name.clone()).collect();
    find(table, &[name])
        .ok_or_else(|| Error::MissingColumn { name: name.to_owned(), found: found() })
}

fn numbers<'a>(name: &str, column: &'a TableColumn) -> Result<&'a [f64], Error> {
    match column {
        TableColumn::Numeric(values) => Ok(values),
        TableColumn::Text { levels, codes } => {
            let is_number = |text: &str| text.trim().parse::<f64>().is_ok_and(f64::is_finite);
            // One such cell makes texts of a whole column.
            let known = codes.iter().enumerate().filter(|(_, code)| **code != MISSING_TEXT);
            let mut texts = known.map(|(row, code)| (row, &*levels[*code as usize]));
            let Some((row, text)) = texts.find(|(_, text)| !is_number(text)) else {
                return Err(Error::TextColumn { name: name.to_owned() });
            };
            let (column, text) = (name.to_owned(), text.to_owned());
            Err(Error::BadCell { row, column, text, wanted: "number" })
        }
    }
}

/// Puts `usual` where a value is missing.
fn fill(
    column: &str,
    values: &mut [f64],
    usual: Option<f64>,
    rows: &[usize],
) -> Result<(), SeriesError> {
    for (value, &row) in values.iter_mut().zip(rows) {
        if value.is_nan() {
            let missing = || SeriesError::Missing { row, column: column.to_owned() };
            *value = usual.ok_or_else(missing)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::{Table, TableColumn};
    use seedtest_numerics::Silent;
    use seedtest_responses::Texts;

    use super::{Holds, Series, numbers};
    use crate::prophet::{Columns, Spec, fit};

    #[test]
    fn the_first_cell_that_is_no_number_is_named() {
        for bad in ["inf", "NaN?", "3,5", "없음"] {
            let mut texts = Texts::default();
            for cell in [Some("1.5"), None, Some(bad), Some("?")] {
                texts.push(cell);
            }
            let error = numbers("점수", &TableColumn::from(texts)).unwrap_err().to_string();
            assert_eq!(error, format!("row 3: 점수 is {bad:?}, which is no number"));
        }
    }

    #[test]
    fn columns_of_other_languages_are_known() {
        for (time, value) in [
            ("Date", "Value"),
            ("Datum", "Wert"),
            ("날짜", "값"),
            ("fecha", "valor"),
            ("DATE", "VALEUR"),
            ("Week Start", "Score"),
        ] {
            let table = Table {
                columns: vec![
                    (time.into(), days(&["2025-03-03", "2025-03-10"])),
                    (value.into(), TableColumn::Numeric(vec![1.0, 2.0])),
                ],
                n_rows: 2,
            };
            let series = Series::of(&table, &Spec::default(), Holds::Past).unwrap();
            assert_eq!(series.y, [1.0, 2.0], "{time} {value}");
        }
    }

    fn days(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push(Some(*cell));
        }
        texts.into()
    }

    /// Messages name the columns as the table does, whoever named them.
    #[test]
    fn columns_keep_their_names_in_messages() {
        let table = |time: &str, day: &str, value: f64| Table {
            columns: vec![
                (time.into(), days(&["2025-03-03", day])),
                ("평균".into(), TableColumn::Numeric(vec![1.0, value])),
                ("y".into(), TableColumn::Numeric(vec![1.0, 2.0])),
            ],
            n_rows: 2,
        };
        let columns = Columns { time: Some("언제".into()), value: Some("평균".into()) };
        let spec = Spec { columns, ..Spec::default() };
        let said = |table: &Table, spec: &Spec| match fit(table, None, spec, &mut Silent) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("it fits"),
        };
        let text = said(&table("언제", "soon", 2.0), &spec);
        assert!(text.starts_with("row 2: `언제` is \"soon\""), "{text}");
        let text = said(&table("언제", "2025-03-10", 1e200), &spec);
        assert!(text.starts_with("row 2: `평균` is 1"), "{text}");
        // A usual name of Korean files.
        let text = said(&table("날짜", "soon", 2.0), &Spec::default());
        assert!(text.starts_with("row 2: `날짜` is \"soon\""), "{text}");
    }
}
