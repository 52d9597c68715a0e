//! Churn for engines that keep answers on many machines: landmarks by chunk, the fit of all of them.

use std::cmp::Ordering;

use pyo3::prelude::*;
use seedtest_families::Outcome;
use seedtest_families::churn::{
    AbilityOnDay, AtLandmark, ChurnData, ChurnSpec, Landmark, NoProbability, StudentRisk,
    StudentToday, Today, Values, covariate_names, landmark_rows, model_of, table_today,
};
use seedtest_families::survival;
use seedtest_fault::FaultKind;
use seedtest_ingest::{Cell, MemoryTable, Moment};
use seedtest_kpi::{History, SESSION_GAP_MINUTES, Window};
use seedtest_numerics::Observer;
use seedtest_responses::date_of_day;
use serde::Deserialize;

use crate::answer::Answer;
use crate::chunks::{Columns, day_of, wrong, zone_of};
use crate::fault::Fault;
use crate::frame::Frame;
use crate::run::Run;

/// Which landmarks, and what a silence is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    today: String,
    time_zone: Option<String>,
    lookback_days: Option<u32>,
    threshold_days: Option<u32>,
    session_gap_minutes: Option<u32>,
}

impl Asked {
    fn spec(&self) -> Result<ChurnSpec, Fault> {
        let days = |name: &str, days: Option<u32>, default: u32, most: u32| {
            let days = days.unwrap_or(default);
            if (1..=most).contains(&days) {
                return Ok(days);
            }
            let hint = format!("choose a number of days between 1 and {most}");
            Err(Fault::new(FaultKind::Setting, format!("{name} is {days}"), &hint))
        };
        Ok(ChurnSpec {
            today: day_of("as_of", &self.today)?,
            lookback_days: days(
                "lookback_days",
                self.lookback_days,
                ChurnSpec::LOOKBACK_DAYS,
                36_500,
            )?,
            threshold_days: days(
                "threshold_days",
                self.threshold_days,
                ChurnSpec::THRESHOLD_DAYS,
                3_650,
            )?,
            session_gap_minutes: self.session_gap_minutes.unwrap_or(SESSION_GAP_MINUTES),
        })
    }
}

/// Columns of a chunk: student, landmark (none = today), time, event, and the covariates, of which one is the days of
/// silence.
type ChurnColumns =
    (Vec<String>, Vec<Option<String>>, Vec<Option<i64>>, Vec<Option<bool>>, Vec<Vec<Option<f64>>>);

/// The landmarks of the students of some rows, and the students as they are today.
#[pyfunction]
pub(crate) fn chunk_churn(py: Python<'_>, rows: Frame, options: &str) -> PyResult<ChurnColumns> {
    of_chunk(&rows, options).map_err(|fault| fault.raised(py))
}

fn of_chunk(rows: &Frame, options: &str) -> Result<ChurnColumns, Fault> {
    let asked: Asked = serde_json::from_str(options)?;
    let spec = asked.spec()?;
    let zone = zone_of(asked.time_zone.as_deref())?;
    let span = Window::ending(&zone, spec.today, spec.history_days() + 1);
    let log = Columns::of(rows).log_within(&zone, Some(span))?;
    let unknown = |_| AbilityOnDay::default();
    let mut columns = ChurnColumns::default();
    columns.4 = vec![Vec::new(); covariate_names().len()];
    for (code, id) in log.students().iter().enumerate() {
        let history = History::of(&log, code as u32);
        for AtLandmark { landmark, values } in landmark_rows(&history, &spec, unknown) {
            let day = date_of_day(landmark.day).to_string();
            columns.1.push(Some(day));
            columns.2.push(Some(landmark.time));
            columns.3.push(Some(landmark.event));
            push(&mut columns, id, &values);
        }
        if let Some(today) = StudentToday::of(id, &history, &spec, unknown) {
            columns.1.push(None);
            columns.2.push(None);
            columns.3.push(None);
            push(&mut columns, id, &today.values);
        }
    }
    Ok(columns)
}

fn push(columns: &mut ChurnColumns, id: &str, values: &Values) {
    columns.0.push(id.to_owned());
    for (column, value) in columns.4.iter_mut().zip(values) {
        column.push(*value);
    }
}

/// A fit of churn with the risks of the students.
#[pyclass(frozen, get_all, module = "seedtest._native")]
pub(crate) struct ChurnFit {
    /// The response, as the service writes it.
    answer: Py<Answer>,
    /// Rows of the data set.
    n_landmarks: usize,
    /// Students with a row.
    n_students: usize,
    /// Covariates that were known in less than half of the rows.
    left_out: Vec<&'static str>,
    /// Columns of the risks: student, risk, hazard ratio, rank, days of silence, reasons as JSON.
    risks: RiskColumns,
}

type RiskColumns = (Vec<String>, Vec<f64>, Vec<Option<f64>>, Vec<f64>, Vec<i64>, Vec<String>);

/// Fits the rows of all chunks, in whatever order they come.
#[pyfunction]
#[pyo3(signature = (rows, options, run_id=None, progress=None, threads=None))]
pub(crate) fn fit_churn(
    py: Python<'_>,
    rows: Frame,
    options: &str,
    run_id: Option<String>,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<ChurnFit> {
    let run = Run::new(progress, threads);
    let found = run.off_the_lock(py, move |observer| fitted(&rows, options, run_id, observer))?;
    let Found { answer, data, risks } = found;
    Ok(ChurnFit {
        answer: Py::new(py, answer)?,
        n_landmarks: data.table.n_rows,
        n_students: data.n_students,
        left_out: data.left_out,
        risks,
    })
}

struct Found {
    answer: Answer,
    data: ChurnData,
    risks: RiskColumns,
}

fn fitted(
    rows: &Frame,
    options: &str,
    run_id: Option<String>,
    observer: &mut dyn Observer,
) -> Result<Found, Fault> {
    let spec = serde_json::from_str::<Asked>(options)?.spec()?;
    let mut rows = all_rows(rows)?;
    rows.sort_by(Row::by_student_and_day);
    let (landmarks, today): (Vec<&Row<'_>>, Vec<&Row<'_>>) =
        rows.iter().partition(|row| row.landmark.is_some());
    let landmarks: Vec<(&str, AtLandmark)> =
        landmarks.into_iter().filter_map(|row| Some((row.user_id, row.at_landmark()?))).collect();
    let today = Today::new(today.into_iter().map(Row::today).collect(), &spec);
    let data = ChurnData::of(&landmarks);
    let table = table_today(&today.at_risk(), &data.covariates, data.fills());
    let predicted = Some(&table).filter(|table| table.n_rows > 0);
    let fitted = match survival::fit(&data.table, predicted, &model_of(&data, &spec), observer)? {
        Outcome::TooLittle(noop) => {
            let answer = Answer::of_nothing(&noop, &noop.reason, Vec::new())?;
            return Ok(Found { answer, data, risks: RiskColumns::default() });
        }
        Outcome::Fitted(fitted) => fitted,
    };
    let run_id = run_id.unwrap_or_else(|| fitted.default_run_id());
    let mut response = fitted.response(&run_id)?;
    response.stored_model = Some(serde_json::to_value(fitted.stored(&run_id))?);
    let risks = columns_of(today.risks(&response.predictions)?)?;
    let answer = Answer::of_fit(&response, &response.model_meta.verdict, Vec::new())?;
    Ok(Found { answer, data, risks })
}

fn columns_of(risks: Vec<StudentRisk>) -> Result<RiskColumns, Fault> {
    let mut columns = RiskColumns::default();
    for risk in risks {
        columns.0.push(risk.user_id);
        columns.1.push(risk.risk);
        columns.2.push(risk.hazard_ratio);
        columns.3.push(risk.rank_percentile);
        columns.4.push(risk.days_silent);
        columns.5.push(serde_json::to_string(&risk.reasons)?);
    }
    Ok(columns)
}

impl From<NoProbability> for Fault {
    fn from(error: NoProbability) -> Self {
        let hint = "look at the coefficients of the fit: one of them has no bound";
        Self::new(FaultKind::Data, error.to_string(), hint)
    }
}

/// A row of a chunk.
struct Row<'a> {
    user_id: &'a str,
    /// Landmark, time and event; `None` for a student today.
    landmark: Option<(i64, i64, bool)>,
    days_silent: i64,
    values: Values,
}

impl<'a> Row<'a> {
    fn by_student_and_day(a: &Self, b: &Self) -> Ordering {
        let day = |row: &Self| row.landmark.map(|(day, ..)| day);
        (a.user_id, day(a)).cmp(&(b.user_id, day(b)))
    }

    fn at_landmark(&self) -> Option<AtLandmark> {
        let (day, time, event) = self.landmark?;
        let landmark = Landmark { day, days_silent: self.days_silent, time, event };
        Some(AtLandmark { landmark, values: self.values })
    }

    fn today(&self) -> StudentToday<'a> {
        let &Self { user_id, days_silent, values, .. } = self;
        StudentToday { user_id, days_silent, values }
    }
}

fn all_rows(rows: &Frame) -> Result<Vec<Row<'_>>, Fault> {
    let columns = Columns::of(rows);
    (0..rows.n_rows()).map(|row| row_of(&columns, row)).collect()
}

fn row_of<'a>(columns: &Columns<'a>, row: usize) -> Result<Row<'a>, Fault> {
    let user_id = columns.text("user_id", row)?.ok_or_else(|| wrong("user_id", row, "text"))?;
    let needed = |name| {
        let found = columns.whole(name, row)?;
        found.ok_or_else(|| wrong(name, row, "whole number"))
    };
    let landmark = match columns.cell("landmark", row) {
        Cell::Null => None,
        Cell::Time(Moment::Day(day)) => {
            let event = matches!(columns.cell("event", row), Cell::Bool(true));
            Some((day, needed("time")?, event))
        }
        _ => return Err(wrong("landmark", row, "day")),
    };
    let mut values = Values::default();
    for (value, name) in values.iter_mut().zip(covariate_names()) {
        *value = columns.float(name, row)?;
    }
    Ok(Row { user_id, landmark, days_silent: needed("days_silent")?, values })
}

/// The names of the covariates, in the order of [`chunk_churn`].
#[pyfunction]
pub(crate) fn churn_covariates() -> Vec<&'static str> {
    covariate_names().to_vec()
}
