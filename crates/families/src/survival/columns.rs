//! Which column of a table means what.

use std::borrow::Cow;
use std::sync::Arc;

use seedtest_formula::{Column, Factor, Frame};
use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};

use seedtest_wire::survival_columns::{CLUSTER, ENTRY, EVENT, GAP, STUDENT, TIME};

use crate::error::Error;
use crate::lack::{Lack, Obstacle, mark};
use crate::predictors::first_text;
use crate::rows::strings;

/// Columns of a fixed meaning, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Roles {
    pub(super) time: Option<String>,
    pub(super) event: Option<String>,
    pub(super) entry: Option<String>,
    pub(super) student: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) gap: Option<String>,
}

impl Roles {
    pub(super) fn of(table: &Table) -> Self {
        let find = |names: &[&str]| {
            names.iter().find(|name| table.column(name).is_some()).map(|name| (*name).to_owned())
        };
        Self {
            time: find(TIME),
            event: find(EVENT),
            entry: find(ENTRY),
            student: find(STUDENT),
            cluster: find(CLUSTER),
            gap: find(GAP),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let all = [&self.time, &self.event, &self.entry, &self.student, &self.cluster, &self.gap];
        all.into_iter().filter_map(|name| name.as_deref())
    }

    /// Columns without a fixed meaning: the numeric ones, and those that hold texts.
    pub(super) fn others<'a>(&self, table: &'a Table) -> (Vec<&'a str>, Vec<&'a str>) {
        let free = table.columns.iter().filter(|(name, _)| self.names().all(|role| role != name));
        let (numeric, text): (Vec<_>, Vec<_>) =
            free.partition(|(_, column)| matches!(column, TableColumn::Numeric(_)));
        let names = |list: Vec<&'a (String, TableColumn)>| list.iter().map(|c| &*c.0).collect();
        (names(numeric), names(text))
    }

    /// Left side of the formula these columns stand for.
    pub(super) fn response(&self) -> Result<String, Error> {
        let missing = |what, names| Error::NoColumnFor { what, names };
        let time = self.time.as_deref().ok_or_else(|| missing("time", TIME))?;
        let event = self.event.as_deref().ok_or_else(|| missing("event", EVENT))?;
        let entry = self.entry.as_deref().map_or(String::new(), |e| format!("{}, ", quoted(e)));
        Ok(format!("Surv({entry}{}, {})", quoted(time), quoted(event)))
    }

    /// The formula these columns stand for.
    pub(super) fn formula(&self, covariates: &[&str]) -> Result<String, Error> {
        let response = self.response()?;
        if covariates.is_empty() {
            return Err(seedtest_survival::Error::NoCovariates.into());
        }
        let terms: Vec<String> = covariates.iter().map(|name| quoted(name)).collect();
        Ok(format!("{response} ~ {}", terms.join(" + ")))
    }
}

/// A name as a formula can hold it.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if plain { name.to_owned() } else { format!("`{name}`") }
}

/// All of the table as formulas read it.
pub(crate) fn frame_of(table: &Table) -> Result<Frame, Error> {
    frame_of_columns(table, &table.columns.iter().map(|(name, _)| name).collect::<Vec<_>>())
}

/// These columns of the table as formulas read them.
pub(super) fn frame_of_columns(table: &Table, names: &[impl AsRef<str>]) -> Result<Frame, Error> {
    let mut frame = Frame::new();
    for name in names.iter().map(AsRef::as_ref) {
        if frame.names().iter().any(|known| known == name) {
            continue;
        }
        let unknown = || {
            let available = table.columns.iter().map(|(name, _)| name.clone()).collect();
            let error = seedtest_formula::Error::UnknownColumn { name: name.to_owned(), available };
            Error::from(seedtest_survival::Error::from(error))
        };
        let column = match table.column(name).ok_or_else(unknown)? {
            TableColumn::Numeric(values) => Column::Numeric(values.clone()),
            TableColumn::Text { levels, codes } => {
                let factor = Factor::from_codes(strings(levels), codes.clone());
                Column::Categorical(
                    factor.ok_or_else(|| Error::UnknownCode { name: name.to_owned() })?,
                )
            }
        };
        frame.push(name, column).map_err(seedtest_survival::Error::from)?;
    }
    Ok(frame)
}

/// The text of a cell; `None` where it is missing.
pub(super) fn text_at(column: &TableColumn, row: usize) -> Option<Cow<'_, str>> {
    match column {
        TableColumn::Numeric(values) => {
            (!values[row].is_nan()).then(|| values[row].to_string().into())
        }
        TableColumn::Text { levels, codes } => {
            let code = codes[row];
            (code != MISSING_TEXT).then(|| (&*levels[code as usize]).into())
        }
    }
}

/// Names of rows: the student, or the number of the row from 1.
pub(super) fn row_names(
    table: &Table,
    roles: &Roles,
    rows: impl Iterator<Item = usize>,
) -> Vec<Arc<str>> {
    let column = roles.student.as_deref().and_then(|name| table.column(name));
    let name = |row: usize| match column {
        Some(TableColumn::Text { levels, codes }) => levels.get(codes[row] as usize).cloned(),
        Some(numbers) => text_at(numbers, row).map(Arc::from),
        None => None,
    };
    rows.map(|row| name(row).unwrap_or_else(|| (row + 1).to_string().into())).collect()
}

/// Refuses a text among the times without event: the column would say nothing then.
pub(super) fn require_gaps(table: &Table, roles: &Roles) -> Result<(), Error> {
    let Some(name) = roles.gap.as_deref() else { return Ok(()) };
    let Some((row, text)) = table.column(name).and_then(first_text) else { return Ok(()) };
    Err(Error::BadCell { row, column: name.to_owned(), text, wanted: "number" })
}

/// Time without event so far of every row, NaN where a cell of its column is empty; 0 for all without such a column.
pub(super) fn gaps(table: &Table, roles: &Roles) -> Vec<f64> {
    match roles.gap.as_deref().and_then(|name| table.column(name)) {
        Some(TableColumn::Numeric(values)) => values.clone(),
        _ => vec![0.0; table.n_rows],
    }
}

/// Lets the times without event that nobody said be 0, and says so. `table_row`: the row of the table of a position;
/// `None` where nothing is predicted.
pub(super) fn begin_at_zero(
    gaps: &mut [f64],
    table_row: impl Fn(usize) -> Option<usize>,
    roles: &Roles,
) -> Option<String> {
    let name = roles.gap.as_deref()?;
    let mut rows = Vec::new();
    for (at, gap) in gaps.iter_mut().enumerate().filter(|(_, gap)| gap.is_nan()) {
        *gap = 0.0;
        rows.extend(table_row(at));
    }
    let first = rows.first()? + 1;
    match rows.len() {
        1 => Some(format!("row {first} has no `{name}` and is predicted as of day 0")),
        n => Some(format!(
            "{n} rows have no `{name}` and are predicted as of day 0, the first of them row {first}"
        )),
    }
}

/// What a time without event cannot be.
pub(super) fn gap_obstacle(gap: f64, roles: &Roles) -> Option<Obstacle> {
    let column = || roles.gap.clone().unwrap_or_else(|| GAP[0].to_owned());
    match gap {
        gap if gap.is_infinite() => Some(Obstacle::NotFinite { term: column(), value: gap }),
        gap if gap < 0.0 => {
            let required = "a time without event, 0 or more";
            Some(Obstacle::Range { column: column(), value: gap, required })
        }
        _ => None,
    }
}

/// Notes the rows whose time without event cannot be.
pub(super) fn mark_gaps(gaps: &[f64], roles: &Roles, lacks: &mut [Option<Lack>]) {
    mark(lacks, |row| gap_obstacle(gaps[row], roles));
}
