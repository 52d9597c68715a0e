//! Rows of a prediction with a cell that nothing can be predicted from: they are left out, and the others are predicted
//! all the same.

use std::collections::BTreeMap;

use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};

use super::dates::{Days, written_days};
use super::rows::{
    ANSWERS_ARE, Reading, Rows, WeekZero, are_answers, column_names, find, rows_to_predict,
};
use super::stored::Stored;
use crate::error::Error;
use crate::lack::{Lack, Obstacle, mark, with_numbers};

/// How many times the weeks of the fit a week may lie beyond them.
const FARTHEST: f64 = 20.0;

/// The rows of a table to predict; those that cannot be predicted from are left out and named.
///
/// # Errors
/// For columns that are not there, or hold nothing of what they must.
pub(super) fn usable_rows(
    table: &Table,
    reading: &Reading<'_>,
    model: &Stored,
) -> Result<Rows, Error> {
    let mut lacks = vec![None; table.n_rows];
    let table = with_numbers(table, &number_columns(table, reading)?, &mut lacks);
    let mut unusable = said(&lacks);
    for (row, why) in bad_cells(&table, reading)? {
        unusable.entry(row).or_insert(why);
    }
    let rows = rows_without(&table, reading, unusable)?;
    let more = faults(&rows, reading, model)?;
    if more.is_empty() {
        return Ok(rows);
    }
    let mut unusable = rows.unusable;
    unusable.extend(more);
    rows_without(&table, reading, unusable)
}

fn said(lacks: &[Option<Lack>]) -> BTreeMap<usize, String> {
    lacks.iter().flatten().map(|lack| (lack.row, lack.to_string())).collect()
}

/// The columns of numbers by the names they have in the table; weeks that are dates are none.
fn number_columns(table: &Table, reading: &Reading<'_>) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for name in reading.formula.columns().iter().filter(|name| reading.columns.is_number(name)) {
        let is_of_dates = *name == reading.columns.week && has_dates(name, find(table, name)?)?;
        let found = column_names(name).into_iter().find(|name| table.column(name).is_some());
        names.extend(found.filter(|_| !is_of_dates));
    }
    names.extend(reading.extras(table).into_iter().flatten().map(str::to_owned));
    Ok(names)
}

fn has_dates(name: &str, column: &TableColumn) -> Result<bool, Error> {
    match column {
        TableColumn::Numeric(_) => Ok(written_days(column).is_some()),
        TableColumn::Text { levels, codes } => Ok(Days::of(name, levels, codes)?.are_dates),
    }
}

/// Cells that are no dates among dates, infinite numbers, and numbers of answers that are none.
fn bad_cells(table: &Table, reading: &Reading<'_>) -> Result<BTreeMap<usize, String>, Error> {
    let mut lacks: Vec<Option<Lack>> = vec![None; table.n_rows];
    let mut others = BTreeMap::new();
    for name in number_columns(table, reading)? {
        let Some(TableColumn::Numeric(values)) = table.column(&name) else { continue };
        mark(&mut lacks, |row| {
            let value = values[row];
            value.is_infinite().then(|| Obstacle::NotFinite { term: name.clone(), value })
        });
    }
    let [answers, _] = reading.extras(table);
    if let Some((name, TableColumn::Numeric(values))) =
        answers.and_then(|name| Some((name, table.column(name)?)))
    {
        let is_bad = |value: f64| !value.is_nan() && !are_answers(value);
        for (row, value) in values.iter().enumerate().filter(|(_, value)| is_bad(**value)) {
            others.insert(row, format!("row {}: {name} is {value}; {ANSWERS_ARE}", row + 1));
        }
    }
    // Where the weeks of the fit are numbers, dates are refused as a whole.
    if let TableColumn::Text { levels, codes } = find(table, &reading.columns.week)?
        && matches!(reading.week_zero, WeekZero::OfFit(Some(_)))
    {
        let week = &reading.columns.week;
        let days = Days::of(week, levels, codes)?.of_levels;
        for (row, &code) in codes.iter().enumerate() {
            if days.get(code as usize) == Some(&None) {
                let text = &levels[code as usize];
                others
                    .insert(row, format!("row {}: {week} is {text:?}, which is no date", row + 1));
            }
        }
    }
    let mut all = said(&lacks);
    all.extend(others);
    Ok(all)
}

/// The rows of a table without these.
fn rows_without(
    table: &Table,
    reading: &Reading<'_>,
    unusable: BTreeMap<usize, String>,
) -> Result<Rows, Error> {
    if unusable.is_empty() {
        return rows_to_predict(table, reading, unusable);
    }
    let mut table = table.clone();
    let names = column_names(&reading.columns.week);
    let week = names.iter().find(|name| table.column(name).is_some()).cloned();
    for (_, column) in table.columns.iter_mut().filter(|(name, _)| Some(name) == week.as_ref()) {
        for &row in unusable.keys() {
            match column {
                TableColumn::Numeric(values) => values[row] = f64::NAN,
                TableColumn::Text { codes, .. } => codes[row] = MISSING_TEXT,
            }
        }
    }
    rows_to_predict(&table, reading, unusable)
}

/// What the model cannot use of rows whose cells are numbers: scores that the family does not have, and weeks so far
/// from those of the fit, or of the other rows, that they are none. The week of the goal would follow them.
fn faults(
    rows: &Rows,
    reading: &Reading<'_>,
    model: &Stored,
) -> Result<Vec<(usize, String)>, Error> {
    let weights = rows.weights(reading.family);
    let data = rows.data(reading.family, weights.as_deref());
    let faults = data.faults(reading.family)?.into_iter();
    let of_table = |row: usize| rows.table_rows[row] as usize;
    let mut all: Vec<(usize, String)> = faults
        .map(|(row, fault)| (of_table(row), fault.with_rows(&rows.table_rows).to_string()))
        .collect();
    let among = rows.far_from_the_others();
    let bounds = weeks_of_fit(model);
    for (row, &week) in rows.week.iter().enumerate() {
        let is_beyond = bounds.is_some_and(|[low, high]| !(low..=high).contains(&week));
        if is_beyond || among.binary_search(&row).is_ok() {
            let (at, whose) =
                (of_table(row), if is_beyond { "those of the fit" } else { "the others" });
            let week = rows.day(week);
            let name = &reading.columns.week;
            all.push((at, format!("row {}: {name} is {week}, far from {whose}", at + 1)));
        }
    }
    Ok(all)
}

/// Weeks that may be meant on the scale of a fit: twenty times as far from its own as those are from each other.
fn weeks_of_fit(model: &Stored) -> Option<[f64; 2]> {
    let mean = model.draws.first()?.mean_week;
    let last = model.goal.week - model.horizon_weeks;
    // About from the first week to the last.
    let span = 2.0 * (last - mean);
    (span > 0.0).then_some([mean - FARTHEST * span, last + FARTHEST * span])
}
