//! What is known of a student on a day, from the 28 days before.

use chrono::NaiveDate;
use seedtest_kpi::{History, Windows, activity, efficiency, engagement, recovery};

use crate::calendar::end_micros;
use crate::evidence::ThetaHistory;

const WINDOW_DAYS: u32 = 28;
const THETA_DAYS: u32 = 14;
const THETA_WEEKS: f64 = 2.0;

/// Names of the covariates: engagement, efficiency and recovery (0..1), mean gap (days), sessions,
/// hints (per answer), dwell time (seconds per session), ability and its change (per week), whole
/// days without activity.
const NAMES: [&str; 10] = [
    "A_t",
    "E_t",
    "R_t",
    "mean_gap_days_28d",
    "sessions_28d",
    "hints_28d",
    "dwell_seconds_28d",
    "theta",
    "theta_slope",
    "days_silent",
];

/// Names of the covariates a churn fit can have.
pub fn covariate_names() -> &'static [&'static str] {
    &NAMES
}

/// Values in the order of [`covariate_names`]; `None` = not known.
pub(super) type Values = [Option<f64>; NAMES.len()];

/// The covariates of a student at the end of `day`. Nothing after that day is looked at.
pub(super) fn covariates(
    history: &History<'_>,
    thetas: &ThetaHistory<'_>,
    user_id: &str,
    day: NaiveDate,
    days_silent: i64,
    session_gap_minutes: u32,
) -> Values {
    let log = history.log;
    let zone = log.time_zone();
    let Windows { recent, previous } = Windows::ending(zone, day, WINDOW_DAYS);
    let (recent, previous) = (history.rows_in(recent), history.rows_in(previous));
    let activity = activity(log, recent.clone(), session_gap_minutes).ok();
    let next_day = end_micros(zone, day);
    let pair = thetas.pair(user_id, Windows::ending(zone, day, THETA_DAYS));
    [
        activity.map(|a| engagement(&a, WINDOW_DAYS).value),
        efficiency(log, recent.clone(), previous.clone()).ok().map(|e| e.value),
        recovery(log, recent, previous).ok().map(|r| r.value),
        activity.and_then(|a| a.mean_gap.ok()),
        Some(activity.map_or(0.0, |a| f64::from(a.sessions))),
        activity.and_then(|a| a.mean_hints),
        activity.and_then(|a| a.mean_dwell_seconds),
        thetas.newest_before(user_id, next_day).map(|fitted| fitted.theta.theta),
        pair.map(|(recent, previous)| (recent.theta - previous.theta) / THETA_WEEKS),
        Some(days_silent as f64),
    ]
}
