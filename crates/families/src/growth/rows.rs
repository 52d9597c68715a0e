//! Which column of a table means what.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use seedtest_formula::{Column, Design, Factor, Formula, Frame, Response};
use seedtest_growth::{Error as ModelError, Family, GrowthData};
use seedtest_ingest::{Table, TableColumn};

use seedtest_wire::growth_columns::{ANSWERS, ERROR, SCORE, STUDENT, WEEK};

use super::columns::Columns;
use super::dates::{Days, written_days};
use crate::error::Error;
use crate::predictors::week_of_year_in;
use crate::rows::{is_missing, strings};

/// The formula where nothing is said.
pub const DEFAULT_FORMULA: &str = "score ~ week + (week|student_id)";

/// How many times the distance between the quartiles of the weeks a week may lie beyond them.
const FARTHEST_WEEK: f64 = 20.0;

/// Students that a message names.
const NAMED: usize = 3;
/// What a number of answers has to be.
pub(super) const ANSWERS_ARE: &str = "a number of answers above 0";
/// Answers from which on a share is nearly normal.
const MANY_ANSWERS: f64 = 50.0;
/// Part of the scores at 0 or 1 that is no chance.
const AT_BOUNDS: f64 = 0.05;

/// Rows of a growth model in columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// Ids of the students.
    pub students: Vec<String>,
    /// Position in `students` of every row.
    pub student: Vec<u32>,
    /// Week of every row.
    pub week: Vec<f64>,
    /// Score of every row; a share where there are trials.
    pub score: Vec<f64>,
    /// Answers behind the score of every row.
    pub answers: Option<Vec<f64>>,
    /// Standard error of the score of every row.
    pub se: Option<Vec<f64>>,
    /// Row of the table of every row, from 0; empty where no table was read.
    pub table_rows: Vec<u32>,
    /// Rows left out because a value is missing.
    pub dropped: usize,
    /// Students without a complete row, and what their rows lack.
    pub incomplete: Vec<(String, String)>,
    /// Missing values by column.
    pub missing: Vec<(String, usize)>,
    /// The first row of the table that misses a value, from 0.
    pub first_missing: Option<usize>,
    /// Rows of `cbind(0, 0)`, left out because they say nothing.
    pub without_answers: usize,
    /// Rows of a prediction with a cell that cannot be predicted from, by row of the table from 0, and why.
    pub unusable: BTreeMap<usize, String>,
    /// The day of week 0, where weeks are dates.
    pub week_zero: Option<NaiveDate>,
}

/// The day that is week 0 of a column of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WeekZero {
    /// The earliest one.
    Earliest,
    /// That of a fit; `None` where the weeks of the fit are numbers.
    OfFit(Option<NaiveDate>),
}

impl Rows {
    /// Weights whose mean is 1, so that the residual variance is that of a typical row; `None` where
    /// the family takes none.
    pub(super) fn weights(&self, family: Family) -> Option<Vec<f64>> {
        let answers = self.answers.as_ref().filter(|_| family == Family::Gaussian)?;
        let mean = self.mean_answers()?;
        Some(answers.iter().map(|n| n / mean).collect())
    }

    /// What the rows hold that the family does not use.
    pub(super) fn unused(&self, family: Family) -> Option<String> {
        let answers = !matches!(family, Family::Gaussian | Family::Binomial);
        let columns = [
            ("n", self.answers.is_some() && answers),
            ("se", self.se.is_some() && family != Family::Gaussian),
        ];
        let names: Vec<&str> =
            columns.into_iter().filter_map(|(name, unused)| unused.then_some(name)).collect();
        let family = family.name();
        let message = || format!("the {family} family does not use column {}", names.join(", "));
        (!names.is_empty()).then(message)
    }

    /// What is wrong with P of a family that knows no bounds, where the scores are shares of few
    /// answers.
    pub fn as_shares(&self, family: Family) -> Option<String> {
        let is_bounded = self.score.iter().all(|score| (0.0..=1.0).contains(score));
        if !family.has_sigma() || !is_bounded || self.score.is_empty() {
            return None;
        }
        let at_bounds = self.score.iter().filter(|&&score| score == 0.0 || score == 1.0).count();
        let typical = self.median_answers().filter(|_| self.are_counts());
        let family = family.name();
        let wrong = "its scores go beyond 0 and 1, so P is too low where shares are high or the target \
                     is 1, and too high where shares are low";
        match typical {
            Some(n) if n < MANY_ANSWERS || at_bounds > 0 => Some(format!(
                "the scores are shares of about {n} answers, {at_bounds} of {} at 0 or 1: the {family} \
                 family does not count answers, and {wrong}; use the binomial family, which does",
                self.score.len()
            )),
            None if at_bounds as f64 >= AT_BOUNDS * self.score.len() as f64 => Some(format!(
                "{at_bounds} of {} scores stand at 0 or 1: the {family} family knows no bounds, and \
                 {wrong}; give the answers behind each share as column n and use the binomial family",
                self.score.len()
            )),
            _ => None,
        }
    }

    /// Rows of weeks so far from the others that they alone say what the change per week is: a date with a
    /// wrong year, a number that is no week.
    pub(super) fn far_from_the_others(&self) -> Vec<usize> {
        let Some((low, high)) = self.middle_weeks() else { return Vec::new() };
        let most = FARTHEST_WEEK * (high - low);
        let is_far = |week: f64| most > 0.0 && (week > high + most || week < low - most);
        (0..self.week.len()).filter(|&row| is_far(self.week[row])).collect()
    }

    /// The weeks between which half of the rows lie.
    fn middle_weeks(&self) -> Option<(f64, f64)> {
        let mut sorted = self.week.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get((share * (sorted.len() as f64 - 1.0)).round() as usize);
        Some((*at(0.25)?, *at(0.75)?))
    }

    /// What is said of such rows.
    pub(super) fn far_weeks(&self) -> Option<String> {
        let far = self.far_from_the_others();
        let &first = far.first()?;
        let (low, high) = self.middle_weeks()?;
        let others = match far.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        Some(format!(
            "row {}{others}: the week {} lies far from the others, half of which are between {} and {}: the \
             change per week hangs on it, and the goal counts from the last week; check it",
            self.table_row(first) + 1,
            self.day(self.week[first]),
            self.day(low),
            self.day(high)
        ))
    }

    /// Row of the table, from 0.
    fn table_row(&self, row: usize) -> usize {
        self.table_rows.get(row).map_or(row, |&of_table| of_table as usize)
    }

    /// A week as the column has it.
    pub(super) fn day(&self, week: f64) -> String {
        day_of(self.week_zero, week).map_or_else(|| week.to_string(), |day| day.to_string())
    }

    /// What is said of rows that were left out.
    pub(super) fn left_out(&self) -> Vec<String> {
        let missing = (self.dropped > 0).then(|| match self.dropped {
            1 => "1 row with a missing value was left out".to_owned(),
            n => format!("{n} rows with a missing value were left out"),
        });
        let empty = (self.without_answers > 0).then(|| {
            format!(
                "{} rows without a single answer, cbind(0, 0), were left out",
                self.without_answers
            )
        });
        let students = (!self.incomplete.is_empty()).then(|| {
            let shown: Vec<&str> =
                self.incomplete.iter().take(NAMED).map(|(id, _)| id.as_str()).collect();
            let more = if self.incomplete.len() > NAMED { ", …" } else { "" };
            let subject = match self.incomplete.len() {
                1 => "1 student has".to_owned(),
                n => format!("{n} students have"),
            };
            format!(
                "{subject} no complete row, so that nothing is known: {}{more}",
                shown.join(", ")
            )
        });
        let unusable = self.unusable.values().next().map(|first| match self.unusable.len() {
            1 => format!("1 row that cannot be predicted from was left out: {first}"),
            n => format!(
                "{n} rows that cannot be predicted from were left out, the first of them {first}"
            ),
        });
        missing.into_iter().chain(unusable).chain(empty).chain(students).collect()
    }

    /// Refuses rows that miss a value.
    ///
    /// # Errors
    /// [`Error::Incomplete`] with the first of them.
    pub(super) fn require_complete(&self) -> Result<(), Error> {
        match self.first_missing {
            None => Ok(()),
            Some(row) => Err(Error::Incomplete { row, missing: self.missing.clone() }),
        }
    }

    /// Whether every share is a whole number of its answers, as far as its decimals say.
    fn are_counts(&self) -> bool {
        let Some(answers) = &self.answers else { return false };
        let apart = |(score, n): (&f64, &f64)| (score * n - (score * n).round()).abs() < 0.006 * n;
        self.score.iter().zip(answers).all(apart)
    }

    fn median_answers(&self) -> Option<f64> {
        let mut answers = self.answers.clone()?;
        answers.sort_by(f64::total_cmp);
        answers.get(answers.len() / 2).copied()
    }

    /// Answers behind a row on average: what a weight of 1 stands for.
    pub fn mean_answers(&self) -> Option<f64> {
        let answers = self.answers.as_ref()?;
        Some(answers.iter().sum::<f64>() / answers.len() as f64)
    }

    /// The rows as the model reads them.
    pub(super) fn data<'a>(&'a self, family: Family, weights: Option<&'a [f64]>) -> GrowthData<'a> {
        let trials = self.answers.as_deref().filter(|_| family == Family::Binomial);
        GrowthData {
            student: &self.student,
            week: &self.week,
            score: &self.score,
            n_students: self.students.len(),
            weight: weights,
            se: self.se.as_deref().filter(|_| family == Family::Gaussian),
            trials,
        }
    }
}

/// What the rows of a table are read for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) formula: &'a Formula,
    pub(super) columns: &'a Columns,
    /// The family says which columns the rows need besides those of the formula.
    pub(super) family: Family,
    pub(super) week_zero: WeekZero,
}

impl Reading<'_> {
    /// The columns of the table besides those of the formula that the family uses: answers behind a score, and its
    /// standard error. A column without any value is as good as none.
    pub(super) fn extras(&self, table: &Table) -> [Option<&'static str>; 2] {
        let named = |names: &'static [&'static str], is_used: bool| {
            let found = names.iter().copied().find(|name| has_values(table, name));
            found.filter(|_| is_used)
        };
        // What is counted in the response needs no column of answers.
        let is_counted = self.formula.count_columns().is_some();
        let of_answers = matches!(self.family, Family::Gaussian | Family::Binomial);
        [named(ANSWERS, of_answers && !is_counted), named(ERROR, self.family == Family::Gaussian)]
    }
}

fn has_values(table: &Table, name: &str) -> bool {
    let has = |column| (0..table.n_rows).any(|row| !is_missing(column, row));
    table.column(name).is_some_and(has)
}

/// Applies the formula to a table. A column that the table lacks is looked for under the other names
/// that clients give it; a week may be a date.
pub(super) fn rows_of(table: &Table, reading: &Reading<'_>) -> Result<Rows, Error> {
    let Framed { frame, first_day, without_answers, extras } = framed(table, reading)?;
    let needed: Vec<&str> = extras.iter().flatten().copied().collect();
    let design = reading.formula.design_with(&frame, &needed)?;
    let (score, counted) = response_of(&design)?;
    let grouping = design.random.first().map(|random| &random.grouping);
    let (students, student) =
        grouping.map(|g| (g.levels().to_vec(), g.codes().to_vec())).unwrap_or_default();
    let [of_answers, of_error] = extras;
    let answers = match (counted, of_answers) {
        (Some(counted), _) => Some(counted),
        (None, Some(name)) => Some(answers_at(&frame, name, &design.rows)?),
        // One that the family does not use is named where that is said.
        (None, None) => optional(table, ANSWERS, &design.rows)?,
    };
    let se = match of_error {
        Some(name) => Some(numbers_at(&frame, name, &design.rows)?),
        None => optional(table, ERROR, &design.rows)?,
    };
    let is_empty = |row: &usize| without_answers.binary_search(row).is_ok();
    let is_used = |row: &usize| design.rows.binary_search(&(*row as u32)).is_ok();
    let mut missing = design.dropped.by_column.clone();
    let of_counts = reading.formula.count_columns().map(|[right, _]| right);
    for (_, count) in missing.iter_mut().filter(|(name, _)| Some(name.as_str()) == of_counts) {
        *count -= without_answers.len();
    }
    missing.retain(|(_, count)| *count > 0);
    Ok(Rows {
        incomplete: incomplete(reading, &frame, &students, &without_answers, &BTreeMap::new())?,
        first_missing: (0..table.n_rows).find(|row| !is_used(row) && !is_empty(row)),
        missing,
        students,
        student,
        week: design.fixed.column(1).to_vec(),
        score,
        answers,
        se,
        table_rows: design.rows.clone(),
        dropped: design.dropped.rows.saturating_sub(without_answers.len()),
        without_answers: without_answers.len(),
        unusable: BTreeMap::new(),
        week_zero: first_day,
    })
}

/// The same of rows to predict, of which none need be complete. What stands in the way of a row is among the `unusable`
/// ones, and its week is missing in the table.
pub(super) fn rows_to_predict(
    table: &Table,
    reading: &Reading<'_>,
    unusable: BTreeMap<usize, String>,
) -> Result<Rows, Error> {
    let none_complete = |error: &Error| {
        matches!(error, Error::Formula(seedtest_formula::Error::NoCompleteRow { .. }))
    };
    let rows = match rows_of(table, reading) {
        Err(error) if none_complete(&error) => Rows::default(),
        other => other?,
    };
    let Framed { frame, without_answers, .. } = framed(table, reading)?;
    let incomplete = incomplete(reading, &frame, &rows.students, &without_answers, &unusable)?;
    let others = rows.score.len() + without_answers.len() + unusable.len();
    let left_out = table.n_rows.saturating_sub(others);
    let without_answers = without_answers.len();
    Ok(Rows { incomplete, dropped: left_out, without_answers, unusable, ..rows })
}

/// The columns of a formula and those besides that the family uses.
struct Framed {
    frame: Frame,
    /// The day of week 0, where weeks are dates.
    first_day: Option<NaiveDate>,
    /// Rows of `cbind(0, 0)`; a count of theirs is marked as missing.
    without_answers: Vec<usize>,
    /// Columns of answers and of standard errors.
    extras: [Option<&'static str>; 2],
}

fn framed(table: &Table, reading: &Reading<'_>) -> Result<Framed, Error> {
    let &Reading { formula, columns, week_zero, .. } = reading;
    let mut frame = Frame::new();
    let mut first_day = None;
    let without_answers = rows_without_answers(table, formula)?;
    let names = formula.columns();
    for name in &names {
        let found = find(table, name)?;
        let of_days = if *name == columns.week { written_days(found) } else { None };
        let found = of_days.as_ref().unwrap_or(found);
        if *name == columns.week
            && let Some((example, fate)) = week_of_year_in(found)
        {
            return Err(Error::Dates { column: name.clone(), example, fate });
        }
        let mut column = match found {
            TableColumn::Text { levels, codes } if *name == columns.week => {
                let (column, first) = weeks_of(name, levels, codes, week_zero)?;
                first_day = Some(first);
                column
            }
            TableColumn::Text { levels, codes } if columns.is_number(name) => {
                return Err(text_among_numbers(name, levels, codes));
            }
            column => frame_column(name, column, columns.is_number(name))?,
        };
        if let Column::Numeric(values) = &mut column
            && formula.count_columns().is_some_and(|[right, _]| right == name)
        {
            for &row in &without_answers {
                values[row] = f64::NAN;
            }
        }
        frame.push(&**name, column)?;
    }
    let extras = reading.extras(table);
    for name in extras.iter().flatten().filter(|name| !names.iter().any(|own| own == **name)) {
        let column = match table.column(name) {
            Some(TableColumn::Text { levels, codes }) => {
                return Err(text_among_numbers(name, levels, codes));
            }
            Some(TableColumn::Numeric(values)) => Column::Numeric(values.clone()),
            None => continue,
        };
        frame.push(*name, column)?;
    }
    Ok(Framed { frame, first_day, without_answers, extras })
}

/// Numbers of a column at these rows.
fn numbers_at(frame: &Frame, name: &str, rows: &[u32]) -> Result<Vec<f64>, Error> {
    match frame.column(name)? {
        Column::Numeric(values) => Ok(rows.iter().map(|&row| values[row as usize]).collect()),
        Column::Categorical(_) => Err(Error::TextColumn { name: name.to_owned() }),
    }
}

/// Answers behind the scores of these rows: numbers above 0.
fn answers_at(frame: &Frame, name: &'static str, rows: &[u32]) -> Result<Vec<f64>, Error> {
    let answers = numbers_at(frame, name, rows)?;
    match answers.iter().position(|&n| !are_answers(n)) {
        None => Ok(answers),
        Some(at) => {
            let (row, value) = (rows[at] as usize, answers[at]);
            let fault = ModelError::BadValue { row, column: name, value, expected: ANSWERS_ARE };
            Err(fault.into())
        }
    }
}

/// Rows whose counts of right and wrong answers are both 0.
fn rows_without_answers(table: &Table, formula: &Formula) -> Result<Vec<usize>, Error> {
    let Some([right, wrong]) = formula.count_columns() else { return Ok(Vec::new()) };
    let (TableColumn::Numeric(right), TableColumn::Numeric(wrong)) =
        (find(table, right)?, find(table, wrong)?)
    else {
        return Ok(Vec::new());
    };
    Ok((0..table.n_rows).filter(|&row| right[row] == 0.0 && wrong[row] == 0.0).collect())
}

/// Whether a number can be one of answers.
pub(super) fn are_answers(n: f64) -> bool {
    n > 0.0 && n.is_finite()
}

/// Students of whom no row is among the complete ones, with what their rows lack. `unusable`: rows that something else
/// stands in the way of, and what.
fn incomplete(
    reading: &Reading<'_>,
    frame: &Frame,
    complete: &[String],
    without_answers: &[usize],
    unusable: &BTreeMap<usize, String>,
) -> Result<Vec<(String, String)>, Error> {
    let formula = reading.formula;
    let grouping = formula.grouping_columns();
    let student = |row: usize| -> Result<Option<String>, Error> {
        let mut parts = Vec::with_capacity(grouping.len());
        for name in &grouping {
            let Column::Categorical(factor) = frame.column(name)? else { return Ok(None) };
            let Some(level) = factor.level(row) else { return Ok(None) };
            parts.push(level);
        }
        Ok(Some(parts.join(":")))
    };
    let known: HashSet<&str> = complete.iter().map(String::as_str).collect();
    let mut lacking: BTreeMap<String, Lacking> = BTreeMap::new();
    for row in 0..frame.n_rows() {
        let Some(id) = student(row)?.filter(|id| !known.contains(id.as_str())) else { continue };
        let lacks = lacking.entry(id).or_default();
        if let Some(why) = unusable.get(&row) {
            lacks.others.push(why.clone());
            continue;
        }
        if without_answers.binary_search(&row).is_ok() {
            lacks.columns.insert("answers".to_owned());
            continue;
        }
        for name in frame.names() {
            let is_missing = match frame.column(name)? {
                Column::Numeric(values) => values[row].is_nan(),
                Column::Categorical(factor) => factor.level(row).is_none(),
            };
            if is_missing {
                lacks.columns.insert(name.clone());
            }
        }
    }
    Ok(lacking.into_iter().map(|(id, lacks)| (id, lacks.reason())).collect())
}

/// What all rows of a student lack.
#[derive(Default)]
struct Lacking {
    columns: BTreeSet<String>,
    others: Vec<String>,
}

impl Lacking {
    fn reason(self) -> String {
        let columns: Vec<String> = self.columns.into_iter().collect();
        let missing = (!columns.is_empty()).then(|| format!("{} missing", columns.join(", ")));
        let all: Vec<String> = missing.into_iter().chain(self.others).collect();
        format!("no row is complete: {}", all.join("; "))
    }
}

/// Scores, and the trials of `cbind(successes, failures)`.
fn response_of(design: &Design) -> Result<(Vec<f64>, Option<Vec<f64>>), Error> {
    match &design.response {
        Some(Response::Value(values)) => Ok((values.clone(), None)),
        Some(Response::Counts { successes, failures }) => {
            let trials: Vec<f64> = successes.iter().zip(failures).map(|(s, f)| s + f).collect();
            let shares = successes.iter().zip(&trials).map(|(s, n)| s / n).collect();
            Ok((shares, Some(trials)))
        }
        _ => Err(Error::NoScore),
    }
}

/// The names under which a column of a formula is looked for: its own first.
pub fn column_names(name: &str) -> Vec<String> {
    let families = [STUDENT, WEEK, SCORE];
    let others = families.into_iter().filter(|family| family.contains(&name)).flatten();
    std::iter::once(&name).chain(others).map(|name| (*name).to_owned()).collect()
}

/// The columns of students, whose cells name them, by all names that a formula's may have.
///
/// # Errors
/// For a formula that cannot be read.
pub fn naming_columns(formula: &str) -> Result<Vec<String>, Error> {
    let formula = Formula::parse(formula).map_err(seedtest_formula::Error::from)?;
    Ok(formula.grouping_columns().iter().flat_map(|name| column_names(name)).collect())
}

/// Columns of numbers that a formula does not name: answers behind a score, and its standard error.
pub fn number_columns() -> Vec<String> {
    ANSWERS.iter().chain(ERROR).map(|name| (*name).to_owned()).collect()
}

pub(super) fn find<'a>(table: &'a Table, name: &str) -> Result<&'a TableColumn, Error> {
    let names = column_names(name);
    names.iter().find_map(|name| table.column(name)).ok_or_else(|| {
        let found = table.columns.iter().map(|(name, _)| name.clone()).collect();
        Error::MissingColumn { name: name.to_owned(), found }
    })
}

/// A column that need not be there, at these rows.
fn optional(table: &Table, names: &[&str], rows: &[u32]) -> Result<Option<Vec<f64>>, Error> {
    let found = names.iter().find_map(|name| Some((name, table.column(name)?)));
    match found {
        None => Ok(None),
        Some((_, TableColumn::Numeric(values))) => {
            let values: Vec<f64> = rows.iter().map(|&row| values[row as usize]).collect();
            Ok(Some(values).filter(|values| values.iter().any(|value| !value.is_nan())))
        }
        Some((name, TableColumn::Text { levels, codes })) => {
            Err(text_among_numbers(name, levels, codes))
        }
    }
}

/// What is wrong with a column of texts that should hold numbers: the first cell that is none, where others are.
fn text_among_numbers(name: &str, levels: &[Arc<str>], codes: &[u32]) -> Error {
    let is_number = |text: &Arc<str>| text.trim().parse::<f64>().is_ok();
    match first_cell(levels, codes, |text| !is_number(text)) {
        Some((row, text)) if levels.iter().any(is_number) => {
            Error::BadCell { row, column: name.to_owned(), text, wanted: "number" }
        }
        _ => Error::TextColumn { name: name.to_owned() },
    }
}

/// The first row with a text of this kind.
fn first_cell(
    levels: &[Arc<str>],
    codes: &[u32],
    is_meant: impl Fn(&Arc<str>) -> bool,
) -> Option<(usize, String)> {
    let meant: Vec<bool> = levels.iter().map(is_meant).collect();
    let at = |code: &u32| meant.get(*code as usize) == Some(&true);
    let row = codes.iter().position(at)?;
    Some((row, levels[codes[row] as usize].to_string()))
}

fn frame_column(name: &str, column: &TableColumn, is_number: bool) -> Result<Column, Error> {
    match column {
        // Ids are texts even where they look like numbers.
        TableColumn::Numeric(values) if !is_number => {
            let texts: Vec<Option<String>> =
                values.iter().map(|id| (!id.is_nan()).then(|| id.to_string())).collect();
            Ok(Column::Categorical(Factor::from_text(texts.iter().map(Option::as_deref))))
        }
        TableColumn::Numeric(values) => Ok(Column::Numeric(values.clone())),
        TableColumn::Text { levels, codes } => Factor::from_codes(strings(levels), codes.clone())
            .map(Column::Categorical)
            .ok_or_else(|| Error::UnknownCode { name: name.to_owned() }),
    }
}

/// Dates as weeks since week 0, and its day.
fn weeks_of(
    name: &str,
    levels: &[Arc<str>],
    codes: &[u32],
    week_zero: WeekZero,
) -> Result<(Column, NaiveDate), Error> {
    let Days { of_levels: days, are_dates } = Days::of(name, levels, codes)?;
    // What most cells are is what the column is meant to hold.
    if !are_dates && levels.iter().any(|text| text.trim().parse::<f64>().is_ok()) {
        return Err(text_among_numbers(name, levels, codes));
    }
    let is_none = |code: &u32| days.get(*code as usize).is_some_and(Option::is_none);
    if let Some(row) = codes.iter().position(is_none) {
        let text = levels[codes[row] as usize].to_string();
        let wanted =
            if are_dates { "date (YYYY-MM-DD)" } else { "number and no date (YYYY-MM-DD)" };
        return Err(Error::BadCell { row, column: name.to_owned(), text, wanted });
    }
    let first = match week_zero {
        WeekZero::Earliest => {
            let used = codes.iter().filter_map(|&code| *days.get(code as usize)?);
            used.min().unwrap_or_default()
        }
        WeekZero::OfFit(day) => day.ok_or(Error::WeeksAreDates)?,
    };
    let weeks = |day: &NaiveDate| (*day - first).num_days() as f64 / 7.0;
    let value =
        |&code: &u32| days.get(code as usize).and_then(Option::as_ref).map_or(f64::NAN, weeks);
    Ok((Column::Numeric(codes.iter().map(value).collect()), first))
}

/// The day that is so many weeks after week 0.
pub(super) fn day_of(week_zero: Option<NaiveDate>, week: f64) -> Option<NaiveDate> {
    let days = chrono::Duration::try_days((7.0 * week).round() as i64)?;
    week_zero?.checked_add_signed(days)
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn a_week_far_from_the_others_is_named_with_its_row() {
        let of = |week: Vec<f64>| Rows { week, ..Rows::default() };
        let mut weeks: Vec<f64> = (0..24).map(|row| f64::from(row % 8)).collect();
        assert_eq!(of(weeks.clone()).far_weeks(), None);
        weeks[16] = 4000.0;
        let said = of(weeks.clone()).far_weeks().unwrap();
        assert!(said.starts_with("row 17: the week 4000"), "{said}");
        let dated = Rows { week_zero: "2025-01-06".parse().ok(), ..of(weeks.clone()) };
        assert!(dated.far_weeks().unwrap().contains("the week 2101-09-05"), "{dated:?}");
        // Rows of the table, where some were left out.
        let kept = Rows { table_rows: (2..26).collect(), ..of(weeks) };
        assert!(kept.far_weeks().unwrap().starts_with("row 19"), "{kept:?}");
        // Most students have a first week alone, some a term later: nothing is wrong with that.
        let mut first = vec![0.0; 20];
        first[3] = 30.0;
        assert_eq!(of(first).far_weeks(), None);
    }
}
