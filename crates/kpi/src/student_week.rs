//! All KPIs of one student as of one day.

use std::ops::Range;

use chrono::NaiveDate;
use seedtest_responses::ResponseLog;

use crate::churn::{CHURN_HORIZON_DAYS, CHURN_WINDOW_DAYS, churn_activity, churn_heuristic};
use crate::efficiency::{Efficiency, efficiency};
use crate::engagement::{Activity, Engagement, activity, engagement};
use crate::history::History;
use crate::improvement::{Improvement, WindowScore, improvement};
use crate::missing::{Kpi, Missing};
use crate::recovery::{Recovery, recovery};
use crate::sittings::SESSION_GAP_MINUTES;
use crate::theta::Theta;
use crate::window::{Window, Windows, week_start};

/// Days of activity that give a student a row, where nobody chose.
pub const LOOKBACK_DAYS: u32 = 30;

/// Ability in the recent and in the previous improvement window.
pub type ThetaPair = (Theta, Theta);

/// Lengths of the windows, and what ends a sitting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Days in each of the two windows of I_t.
    pub improvement_days: u32,
    /// Days in the windows of E_t, R_t and A_t.
    pub window_days: u32,
    /// Days of activity the churn heuristic looks at.
    pub churn_days: u32,
    /// Silence in days at which the churn heuristic's first part is full.
    pub churn_horizon_days: f64,
    /// A student gets a row when active in this many days up to the day of interest.
    pub lookback_days: u32,
    /// Minutes without an answer after which another sitting has begun, where no session is recorded.
    pub session_gap_minutes: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            improvement_days: 14,
            window_days: 28,
            churn_days: CHURN_WINDOW_DAYS,
            churn_horizon_days: f64::from(CHURN_HORIZON_DAYS),
            lookback_days: LOOKBACK_DAYS,
            session_gap_minutes: SESSION_GAP_MINUTES,
        }
    }
}

impl Options {
    /// Days of log before the day of interest that the longest pair of windows needs.
    pub fn history_days(&self) -> u32 {
        (2 * self.improvement_days)
            .max(2 * self.window_days)
            .max(self.churn_days)
            .max(self.lookback_days)
    }
}

/// All KPIs of one student as of one day.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentWeek {
    /// Answers and right answers from the Monday of the week to the day of interest.
    pub week: WindowScore,
    /// I_t.
    pub improvement: Result<Improvement, Missing>,
    /// Answers behind the recent half of I_t.
    pub recent: WindowScore,
    /// E_t.
    pub efficiency: Result<Efficiency, Missing>,
    /// R_t.
    pub recovery: Result<Recovery, Missing>,
    /// A_t.
    pub engagement: Result<Engagement, Missing>,
    /// Sessions, gaps, hints and dwell time of the engagement window.
    pub activity: Result<Activity, Missing>,
    /// S by the heuristic.
    pub churn: Kpi,
}

/// KPIs of one student as of one day. `theta` holds the abilities in the two improvement windows
/// where both are known.
pub fn student_week(
    history: &History<'_>,
    as_of: NaiveDate,
    options: &Options,
    theta: Option<ThetaPair>,
) -> StudentWeek {
    let log = history.log;
    let rows = |window| history.rows_in(window);
    let zone = log.time_zone();
    let Windows { recent, previous } = Windows::ending(zone, as_of, options.window_days);
    let days_of_week = as_of.signed_duration_since(week_start(as_of)).num_days() as u32 + 1;
    let activity = activity(log, rows(recent), options.session_gap_minutes);
    StudentWeek {
        week: score(log, rows(Window::ending(zone, as_of, days_of_week))),
        improvement: improvement_as_of(history, as_of, options, theta),
        recent: score(log, rows(Window::ending(zone, as_of, options.improvement_days))),
        efficiency: efficiency(log, rows(recent), rows(previous)),
        recovery: recovery(log, rows(recent), rows(previous)),
        engagement: activity.map(|a| engagement(&a, options.window_days)),
        activity,
        churn: churn_activity(history, as_of, options.churn_days, options.session_gap_minutes)
            .and_then(|a| churn_heuristic(&a, options.churn_horizon_days)),
    }
}

/// I_t of one student as of one day: the windows of [`improvement`] taken from the history.
///
/// # Errors
/// Those of [`improvement`].
pub fn improvement_as_of(
    history: &History<'_>,
    as_of: NaiveDate,
    options: &Options,
    theta: Option<ThetaPair>,
) -> Result<Improvement, Missing> {
    let halves = Windows::ending(history.log.time_zone(), as_of, options.improvement_days);
    let of_window = |window| score(history.log, history.rows_in(window));
    improvement(of_window(halves.recent), of_window(halves.previous), theta)
}

/// Rows of one student that lie in a window.
pub fn rows_in(log: &ResponseLog, student: u32, window: Window) -> Range<usize> {
    let rows = log.rows_of(student);
    let inside = window.positions(&log.at()[rows.clone()]);
    rows.start + inside.start..rows.start + inside.end
}

fn score(log: &ResponseLog, rows: Range<usize>) -> WindowScore {
    let mut score = WindowScore::default();
    for row in rows.filter(|&row| !log.is_retag(row)) {
        if let Some(correct) = log.outcome()[row].correct() {
            score.n += 1;
            score.right += u32::from(correct);
        }
    }
    score
}
