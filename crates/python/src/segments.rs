//! What segments are made of, for engines that keep answers on many machines.

use chrono::{Days, NaiveDate};
use pyo3::prelude::*;
use seedtest_fault::FaultKind;
use seedtest_kpi::{
    FEWEST_SEGMENT_WEEKS, GoalTarget, History, Options, SEGMENT_FEATURES, SegmentActivity,
    SegmentWeek, TargetScale, WeeklyKpis, segment_week, student_week, topic_days, week_end,
    week_start,
};
use seedtest_responses::ResponseLog;
use serde::Deserialize;

use crate::chunks::{Columns, day_of, zone_of};
use crate::fault::Fault;
use crate::frame::Frame;

/// The names of the features, in the order of [`chunk_segments`].
#[pyfunction]
pub(crate) fn segment_features() -> Vec<&'static str> {
    SEGMENT_FEATURES.to_vec()
}

/// Of which weeks the features are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    as_of: String,
    weeks: u32,
    time_zone: Option<String>,
    lookback_days: Option<u32>,
    session_gap_minutes: Option<u32>,
}

/// Columns: student, and the features.
type FeatureColumns = (Vec<String>, Vec<Vec<Option<f64>>>);

/// The features of the students of some rows who have KPIs in at least four of the weeks.
#[pyfunction]
pub(crate) fn chunk_segments(
    py: Python<'_>,
    rows: Frame,
    options: &str,
) -> PyResult<FeatureColumns> {
    of_chunk(&rows, options).map_err(|fault| fault.raised(py))
}

fn of_chunk(rows: &Frame, options: &str) -> Result<FeatureColumns, Fault> {
    let asked: Asked = serde_json::from_str(options)?;
    if !(1..=5_200).contains(&asked.weeks) {
        let message = format!("weeks is {}", asked.weeks);
        let hint = "choose a number of weeks between 1 and 5200";
        return Err(Fault::new(FaultKind::Setting, message, hint));
    }
    let span = Span::of(day_of("as_of", &asked.as_of)?, asked.weeks);
    let log = Columns::of(rows).log_within(&zone_of(asked.time_zone.as_deref())?, None)?;
    let default = Options::default();
    let options = Options {
        lookback_days: asked.lookback_days.unwrap_or(default.lookback_days),
        session_gap_minutes: asked.session_gap_minutes.unwrap_or(default.session_gap_minutes),
        ..default
    };
    let mut columns = (Vec::new(), vec![Vec::new(); SEGMENT_FEATURES.len()]);
    for (code, id) in log.students().iter().enumerate() {
        let history = History::of(&log, code as u32);
        let weeks = span.weeks(&history, &options);
        if weeks.len() < FEWEST_SEGMENT_WEEKS {
            continue;
        }
        let values = seedtest_kpi::segment_features(&weeks, span.activity(&log, &history));
        columns.0.push(id.to_string());
        for (column, value) in columns.1.iter_mut().zip(values) {
            column.push(Some(value).filter(|value| !value.is_nan()));
        }
    }
    Ok(columns)
}

/// Weeks up to a day.
struct Span {
    first: NaiveDate,
    as_of: NaiveDate,
}

impl Span {
    fn of(as_of: NaiveDate, weeks: u32) -> Self {
        let before = Days::new(7 * u64::from(weeks - 1));
        let first = week_start(as_of).checked_sub_days(before).unwrap_or(NaiveDate::MIN);
        Self { first, as_of }
    }

    /// What the weekly rows of a student say, as of the end of each week in which there is one.
    fn weeks(&self, history: &History<'_>, options: &Options) -> Vec<SegmentWeek> {
        let ends = self.first.iter_weeks().map(|monday| week_end(monday).min(self.as_of));
        let is_last = |day: &NaiveDate| *day >= self.as_of;
        let mut found = Vec::new();
        for day in ends {
            if history.is_active(day, options.lookback_days) {
                found.push(week_of(history, day, options));
            }
            if is_last(&day) {
                break;
            }
        }
        found
    }

    fn activity(&self, log: &ResponseLog, history: &History<'_>) -> Option<SegmentActivity> {
        let mut days = topic_days(log, history.rows.clone());
        days.retain(|day| (self.first..=self.as_of).contains(&day.date));
        SegmentActivity::of(&days)
    }
}

fn week_of(history: &History<'_>, day: NaiveDate, options: &Options) -> SegmentWeek {
    // The goal is in none of the features.
    let target = GoalTarget { value: 0.0, scale: TargetScale::Auto.of(0.0) };
    let row = WeeklyKpis::of_answers(&student_week(history, day, options, None), target);
    segment_week(&row)
}
