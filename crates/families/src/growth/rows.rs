//! Which column of a table means what.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use seedtest_formula::{Column, Design, Factor, Formula, Frame, Response};
use seedtest_growth::{Family, GrowthData};
use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};

use seedtest_wire::growth_columns::{ANSWERS, ERROR, SCORE, STUDENT, WEEK};

use super::columns::Columns;
use crate::error::Error;
use crate::predictors::date_in;
use crate::rows::strings;

/// The formula where nothing is said.
pub const DEFAULT_FORMULA: &str = "score ~ week + (week|student_id)";

/// How many times the distance between the quartiles of the weeks a week may lie beyond them.
const FARTHEST_WEEK: f64 = 20.0;

/// Students that a message names.
const NAMED: usize = 3;
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
    /// Rows of `cbind(0, 0)`, left out because they say nothing.
    pub without_answers: usize,
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
    pub(super) fn far_weeks(&self) -> Option<String> {
        let mut sorted = self.week.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get((share * (sorted.len() as f64 - 1.0)).round() as usize);
        let (low, high) = (*at(0.25)?, *at(0.75)?);
        let most = FARTHEST_WEEK * (high - low);
        let is_far = |week: f64| most > 0.0 && (week > high + most || week < low - most);
        let far: Vec<usize> = (0..self.week.len()).filter(|&row| is_far(self.week[row])).collect();
        let &first = far.first()?;
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
    fn day(&self, week: f64) -> String {
        day_of(self.week_zero, week).map_or_else(|| week.to_string(), |day| day.to_string())
    }

    /// What is said of rows that were left out.
    pub(super) fn left_out(&self) -> Vec<String> {
        let missing = (self.dropped > 0)
            .then(|| format!("{} rows with a missing value were left out", self.dropped));
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
        missing.into_iter().chain(empty).chain(students).collect()
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

/// Applies the formula to a table. A column that the table lacks is looked for under the other names
/// that clients give it; a week may be a date.
pub(super) fn rows_of(
    table: &Table,
    formula: &Formula,
    columns: &Columns,
    week_zero: WeekZero,
) -> Result<Rows, Error> {
    let Framed { frame, first_day, without_answers } = framed(table, formula, columns, week_zero)?;
    let design = formula.design(&frame)?;
    let (score, counted) = response_of(&design)?;
    let grouping = design.random.first().map(|random| &random.grouping);
    let (students, student) =
        grouping.map(|g| (g.levels().to_vec(), g.codes().to_vec())).unwrap_or_default();
    let at_rows = |names| optional(table, names, &design.rows);
    Ok(Rows {
        incomplete: incomplete(formula, &frame, &students, &without_answers)?,
        students,
        student,
        week: design.fixed.column(1).to_vec(),
        score,
        answers: counted.map_or_else(|| at_rows(ANSWERS), |counted| Ok(Some(counted)))?,
        se: at_rows(ERROR)?,
        table_rows: design.rows.clone(),
        dropped: design.dropped.rows.saturating_sub(without_answers.len()),
        without_answers: without_answers.len(),
        week_zero: first_day,
    })
}

/// The same of rows to predict, of which none need be complete.
pub(super) fn rows_to_predict(
    table: &Table,
    formula: &Formula,
    columns: &Columns,
    week_zero: WeekZero,
) -> Result<Rows, Error> {
    let none_complete = |error: &Error| {
        matches!(error, Error::Formula(seedtest_formula::Error::NoCompleteRow { .. }))
    };
    match rows_of(table, formula, columns, week_zero) {
        Err(error) if none_complete(&error) => {
            let Framed { frame, without_answers, .. } = framed(table, formula, columns, week_zero)?;
            let incomplete = incomplete(formula, &frame, &[], &without_answers)?;
            let dropped = table.n_rows - without_answers.len();
            let without_answers = without_answers.len();
            Ok(Rows { dropped, incomplete, without_answers, ..Rows::default() })
        }
        other => other,
    }
}

/// The columns of a formula.
struct Framed {
    frame: Frame,
    /// The day of week 0, where weeks are dates.
    first_day: Option<NaiveDate>,
    /// Rows of `cbind(0, 0)`; a count of theirs is marked as missing.
    without_answers: Vec<usize>,
}

fn framed(
    table: &Table,
    formula: &Formula,
    columns: &Columns,
    week_zero: WeekZero,
) -> Result<Framed, Error> {
    let mut frame = Frame::new();
    let mut first_day = None;
    let without_answers = rows_without_answers(table, formula)?;
    for name in formula.columns() {
        let found = find(table, &name)?;
        if name == columns.week
            && matches!(found, TableColumn::Numeric(_))
            && let Some((example, fate)) = date_in(found)
        {
            return Err(Error::Dates { column: name, example, fate });
        }
        let mut column = match found {
            TableColumn::Text { levels, codes } if name == columns.week => {
                let (column, first) = weeks_of(&name, levels, codes, week_zero)?;
                first_day = Some(first);
                column
            }
            TableColumn::Text { levels, codes } if columns.is_number(&name) => {
                return Err(text_among_numbers(&name, levels, codes));
            }
            column => frame_column(&name, column, columns.is_number(&name))?,
        };
        if let Column::Numeric(values) = &mut column
            && formula.count_columns().is_some_and(|[right, _]| right == name)
        {
            for &row in &without_answers {
                values[row] = f64::NAN;
            }
        }
        frame.push(&*name, column)?;
    }
    Ok(Framed { frame, first_day, without_answers })
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

/// Students of whom no row is among the complete ones, with what their rows lack.
fn incomplete(
    formula: &Formula,
    frame: &Frame,
    complete: &[String],
    without_answers: &[usize],
) -> Result<Vec<(String, String)>, Error> {
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
    let mut lacking: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in 0..frame.n_rows() {
        let Some(id) = student(row)?.filter(|id| !known.contains(id.as_str())) else { continue };
        let lacks = lacking.entry(id).or_default();
        if without_answers.binary_search(&row).is_ok() {
            lacks.insert("answers".to_owned());
            continue;
        }
        for name in formula.columns() {
            let is_missing = match frame.column(&name)? {
                Column::Numeric(values) => values[row].is_nan(),
                Column::Categorical(factor) => factor.level(row).is_none(),
            };
            if is_missing {
                lacks.insert(name);
            }
        }
    }
    let reason = |(id, lacks): (String, BTreeSet<String>)| {
        let lacks: Vec<String> = lacks.into_iter().collect();
        (id, format!("no row is complete: {} missing", lacks.join(", ")))
    };
    Ok(lacking.into_iter().map(reason).collect())
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

fn find<'a>(table: &'a Table, name: &str) -> Result<&'a TableColumn, Error> {
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
            Ok(Some(rows.iter().map(|&row| values[row as usize]).collect()))
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
    let date = |text: &Arc<str>| text.get(..10).unwrap_or(text).parse::<NaiveDate>().ok();
    let dates: Vec<Option<NaiveDate>> = levels.iter().map(date).collect();
    let n_dates = codes.iter().filter(|&&code| matches!(dates.get(code as usize), Some(Some(_))));
    let n_dates = n_dates.count();
    let n_numbers = codes
        .iter()
        .filter_map(|&code| levels.get(code as usize))
        .filter(|text| text.trim().parse::<f64>().is_ok())
        .count();
    // What most cells are is what the column is meant to hold.
    if n_numbers > n_dates {
        return Err(text_among_numbers(name, levels, codes));
    }
    if let Some((row, text)) = first_cell(levels, codes, |text| date(text).is_none()) {
        let wanted =
            if n_dates > 0 { "date (YYYY-MM-DD)" } else { "number and no date (YYYY-MM-DD)" };
        return Err(Error::BadCell { row, column: name.to_owned(), text, wanted });
    }
    let dates: Vec<NaiveDate> = dates.into_iter().flatten().collect();
    let first = match week_zero {
        WeekZero::Earliest => dates.iter().min().copied().unwrap_or_default(),
        WeekZero::OfFit(day) => day.ok_or(Error::WeeksAreDates)?,
    };
    let weeks: Vec<f64> =
        dates.iter().map(|date| (*date - first).num_days() as f64 / 7.0).collect();
    let value = |&code: &u32| if code == MISSING_TEXT { f64::NAN } else { weeks[code as usize] };
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
