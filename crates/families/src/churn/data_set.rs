//! The columns of the data set: one row per student and landmark.

use chrono::NaiveDate;
use seedtest_ingest::{Table, TableColumn};
use seedtest_kpi::History;
use seedtest_responses::{Texts, date_of_day, day_number};

use super::covariates::{AbilityOnDay, Values, covariate_names, covariates};
use super::landmarks::{Landmark, landmarks};
use super::spec::{ChurnSpec, active_days, days_silent};

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
    pub fn fills(&self) -> &[f64] {
        &self.fills
    }
}

/// A landmark with what was known then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtLandmark {
    /// The day, and what came later.
    pub landmark: Landmark,
    /// The covariates.
    pub values: Values,
}

/// The landmarks of a student; `ability` tells what is known of it on a day.
pub fn landmark_rows(
    history: &History<'_>,
    spec: &ChurnSpec,
    ability: impl Fn(NaiveDate) -> AbilityOnDay,
) -> Vec<AtLandmark> {
    let active = active_days(history);
    let threshold = i64::from(spec.threshold_days);
    let days = spec.landmark_days();
    let found = landmarks(&active, days, threshold, spec.follow_up_days(), day_number(spec.today));
    let row = |landmark: Landmark| {
        let day = date_of_day(landmark.day);
        let (silent, gap) = (landmark.days_silent, spec.session_gap_minutes);
        AtLandmark { landmark, values: covariates(history, ability(day), day, silent, gap) }
    };
    found.into_iter().map(row).collect()
}

impl ChurnData {
    /// Makes the data set of landmarks with their students, whose rows lie together.
    pub fn of(rows: &[(&str, AtLandmark)]) -> Self {
        let mut columns = vec![
            ("user_id".to_owned(), texts(rows.iter().map(|(user_id, _)| (*user_id).to_owned()))),
            (
                "landmark".to_owned(),
                texts(rows.iter().map(|(_, row)| date_of_day(row.landmark.day).to_string())),
            ),
            numbers("time", rows.iter().map(|(_, row)| row.landmark.time as f64)),
            numbers("event", rows.iter().map(|(_, row)| f64::from(u8::from(row.landmark.event)))),
        ];
        let (mut names, mut fills, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        let mut indicators: Vec<Vec<bool>> = Vec::new();
        for (at, &name) in covariate_names().iter().enumerate() {
            let known: Vec<f64> = rows.iter().filter_map(|(_, row)| row.values[at]).collect();
            if (known.len() as f64) < LEAST_KNOWN * rows.len() as f64 || known.is_empty() {
                left_out.push(name);
                continue;
            }
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            columns.push(numbers(name, rows.iter().map(|(_, row)| row.values[at].unwrap_or(mean))));
            names.push(name.to_owned());
            fills.push(mean);
            let missing: Vec<bool> = rows.iter().map(|(_, row)| row.values[at].is_none()).collect();
            // What is missing together needs one indicator.
            if known.len() < rows.len() && !indicators.contains(&missing) {
                let indicator = format!("{name}{MISSING}");
                columns.push(numbers(&indicator, missing.iter().map(|&m| f64::from(u8::from(m)))));
                indicators.push(missing);
                names.push(indicator);
                fills.push(0.0);
            }
        }
        Self {
            table: Table { columns, n_rows: rows.len() },
            covariates: names,
            fills,
            n_students: rows.chunk_by(|a, b| a.0 == b.0).count(),
            n_events: rows.iter().filter(|(_, row)| row.landmark.event).count(),
            left_out,
        }
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
#[derive(Debug, Clone, PartialEq)]
pub struct StudentToday<'a> {
    /// Id of the student.
    pub user_id: &'a str,
    /// Whole days without activity.
    pub days_silent: i64,
    /// The covariates.
    pub values: Values,
}

impl<'a> StudentToday<'a> {
    /// A student who was active in the lookback; `ability` tells what is known of it on a day.
    pub fn of(
        user_id: &'a str,
        history: &History<'_>,
        spec: &ChurnSpec,
        ability: impl Fn(NaiveDate) -> AbilityOnDay,
    ) -> Option<Self> {
        let days_silent = days_silent(history, spec)?;
        let (day, gap) = (spec.today, spec.session_gap_minutes);
        let values = covariates(history, ability(day), day, days_silent, gap);
        Some(Self { user_id, days_silent, values })
    }
}

/// Rows to predict: the covariates of a fit by name, with what stands in for a missing value.
pub fn table_today(students: &[&StudentToday<'_>], covariates: &[String], fills: &[f64]) -> Table {
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
