//! The columns of the data set: one row per student and landmark.

use rayon::prelude::*;
use seedtest_ingest::{Table, TableColumn};
use seedtest_responses::{Texts, date_of_day, day_number};

use super::covariates::{Values, covariate_names, covariates};
use super::landmarks::{Landmark, landmarks};
use super::spec::{ChurnSpec, active_days};
use crate::evidence::{Evidence, ThetaHistory};

/// A covariate known in a smaller share of the rows is left out.
const LEAST_KNOWN: f64 = 0.5;
const MISSING: &str = "_missing";

/// The data set of the churn model.
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnData {
    /// `user_id`, `landmark` (date), `time` (days), `event`, the covariates, and for each covariate
    /// that some row lacks a column `NAME_missing`: 1 where it is missing, and its mean stands in.
    /// Covariates that are missing in the same rows share the column of the first.
    pub table: Table,
    /// Names of the covariates, indicators of missing values included.
    pub covariates: Vec<String>,
    fills: Vec<f64>,
    /// Students with a row.
    pub n_students: usize,
    /// Rows that end with a silence.
    pub n_events: usize,
    /// Covariates that are known in less than half of the rows.
    pub left_out: Vec<&'static str>,
}

impl ChurnData {
    /// What stands in for a missing value, by position in `covariates`.
    pub(crate) fn fills(&self) -> &[f64] {
        &self.fills
    }
}

struct Row<'a> {
    user_id: &'a str,
    landmark: Landmark,
    values: Values,
}

/// Makes the data set.
pub(crate) fn data_set(evidence: &Evidence, spec: &ChurnSpec) -> ChurnData {
    let thetas = ThetaHistory::new(&evidence.thetas);
    let today = day_number(spec.today);
    let threshold = i64::from(spec.threshold_days);
    let of_user = |user_id: &&'_ str| {
        let history = evidence.history(user_id);
        let active = active_days(&history);
        let days = spec.landmark_days();
        let found = landmarks(&active, days, threshold, spec.follow_up_days(), today);
        let row = |landmark: Landmark| {
            let day = date_of_day(landmark.day);
            let (silent, gap) = (landmark.days_silent, spec.session_gap_minutes);
            let values = covariates(&history, &thetas, user_id, day, silent, gap);
            (landmark, values)
        };
        found.into_iter().map(row).collect::<Vec<_>>()
    };
    let users = evidence.users();
    let found: Vec<Vec<(Landmark, Values)>> = users.par_iter().map(of_user).collect();
    let n_students = found.iter().filter(|rows| !rows.is_empty()).count();
    let rows: Vec<Row<'_>> = users
        .iter()
        .zip(found)
        .flat_map(|(&user_id, rows)| {
            rows.into_iter().map(move |(landmark, values)| Row { user_id, landmark, values })
        })
        .collect();
    assemble(&rows, n_students)
}

fn assemble(rows: &[Row<'_>], n_students: usize) -> ChurnData {
    let mut columns = vec![
        ("user_id".to_owned(), texts(rows.iter().map(|row| row.user_id.to_owned()))),
        (
            "landmark".to_owned(),
            texts(rows.iter().map(|row| date_of_day(row.landmark.day).to_string())),
        ),
        numbers("time", rows.iter().map(|row| row.landmark.time as f64)),
        numbers("event", rows.iter().map(|row| f64::from(u8::from(row.landmark.event)))),
    ];
    let (mut names, mut fills, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut indicators: Vec<Vec<bool>> = Vec::new();
    for (at, &name) in covariate_names().iter().enumerate() {
        let known: Vec<f64> = rows.iter().filter_map(|row| row.values[at]).collect();
        if (known.len() as f64) < LEAST_KNOWN * rows.len() as f64 || known.is_empty() {
            left_out.push(name);
            continue;
        }
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        columns.push(numbers(name, rows.iter().map(|row| row.values[at].unwrap_or(mean))));
        names.push(name.to_owned());
        fills.push(mean);
        let missing: Vec<bool> = rows.iter().map(|row| row.values[at].is_none()).collect();
        // What is missing together needs one indicator.
        if known.len() < rows.len() && !indicators.contains(&missing) {
            let indicator = format!("{name}{MISSING}");
            columns.push(numbers(&indicator, missing.iter().map(|&m| f64::from(u8::from(m)))));
            indicators.push(missing);
            names.push(indicator);
            fills.push(0.0);
        }
    }
    ChurnData {
        table: Table { columns, n_rows: rows.len() },
        covariates: names,
        fills,
        n_students,
        n_events: rows.iter().filter(|row| row.landmark.event).count(),
        left_out,
    }
}

fn numbers(name: &str, values: impl Iterator<Item = f64>) -> (String, TableColumn) {
    (name.to_owned(), TableColumn::Numeric(values.collect()))
}

/// A column of texts from values that come in any order.
fn texts(values: impl Iterator<Item = String>) -> TableColumn {
    let mut texts = Texts::default();
    values.for_each(|value| texts.push(Some(&value)));
    texts.into()
}

/// A student as the model sees them today.
pub(crate) struct StudentToday<'a> {
    pub(crate) user_id: &'a str,
    /// Whole days without activity.
    pub(crate) days_silent: i64,
    values: Values,
}

/// Whole days without activity of everyone who was active in the lookback, by id.
pub(crate) fn days_silent<'a>(evidence: &'a Evidence, spec: &ChurnSpec) -> Vec<(&'a str, i64)> {
    let today = day_number(spec.today);
    let of_user = |user_id: &&'a str| {
        let last = active_days(&evidence.history(user_id)).pop()?;
        let days = (today - last).max(0);
        (days <= i64::from(spec.lookback_days)).then_some((*user_id, days))
    };
    evidence.users().par_iter().filter_map(of_user).collect()
}

/// Everyone who was active in the lookback, as the model sees them.
pub(super) fn students_today<'a>(
    evidence: &'a Evidence,
    spec: &ChurnSpec,
) -> Vec<StudentToday<'a>> {
    let thetas = ThetaHistory::new(&evidence.thetas);
    let student = |(user_id, days_silent): (&'a str, i64)| {
        let history = evidence.history(user_id);
        let gap = spec.session_gap_minutes;
        let values = covariates(&history, &thetas, user_id, spec.today, days_silent, gap);
        StudentToday { user_id, days_silent, values }
    };
    days_silent(evidence, spec).into_par_iter().map(student).collect()
}

/// Rows to predict: the covariates of a fit by name, with what stands in for a missing value.
pub(crate) fn table_today(
    students: &[&StudentToday<'_>],
    covariates: &[String],
    fills: &[f64],
) -> Table {
    let mut columns =
        vec![("user_id".to_owned(), texts(students.iter().map(|s| s.user_id.to_owned())))];
    for (name, &fill) in covariates.iter().zip(fills) {
        let base = name.strip_suffix(MISSING).unwrap_or(name);
        let at = covariate_names().iter().position(|known| *known == base);
        let value = |student: &&StudentToday<'_>| {
            let value = at.and_then(|at| student.values[at]);
            if base == name { value.unwrap_or(fill) } else { f64::from(u8::from(value.is_none())) }
        };
        columns.push(numbers(name, students.iter().map(value)));
    }
    Table { columns, n_rows: students.len() }
}
