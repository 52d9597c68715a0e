//! What is known of a student on a day, from the 28 days before.

use chrono::NaiveDate;
use seedtest_kpi::{History, Windows, activity, efficiency, engagement, recovery};

const WINDOW_DAYS: u32 = 28;
/// Days of each of the two windows whose abilities are compared.
pub const ABILITY_DAYS: u32 = 14;
const ABILITY_WEEKS: f64 = 2.0;

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
pub type Values = [Option<f64>; NAMES.len()];

/// What is known of the ability of a student on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AbilityOnDay {
    theta: Option<f64>,
    slope: Option<f64>,
}

impl AbilityOnDay {
    /// From the newest ability and, where both are known, those of the last [`ABILITY_DAYS`] days and of as many
    /// before.
    pub fn of(newest: Option<f64>, pair: Option<(f64, f64)>) -> Self {
        let slope = pair.map(|(recent, previous)| (recent - previous) / ABILITY_WEEKS);
        Self { theta: newest, slope }
    }
}

/// The covariates of a student at the end of `day`. Nothing after that day is looked at.
pub(super) fn covariates(
    history: &History<'_>,
    ability: AbilityOnDay,
    day: NaiveDate,
    days_silent: i64,
    session_gap_minutes: u32,
) -> Values {
    let log = history.log;
    let Windows { recent, previous } = Windows::ending(log.time_zone(), day, WINDOW_DAYS);
    let (recent, previous) = (history.rows_in(recent), history.rows_in(previous));
    let activity = activity(log, recent.clone(), session_gap_minutes).ok();
    [
        activity.map(|a| engagement(&a, WINDOW_DAYS).value),
        efficiency(log, recent.clone(), previous.clone()).ok().map(|e| e.value),
        recovery(log, recent, previous).ok().map(|r| r.value),
        activity.and_then(|a| a.mean_gap.ok()),
        Some(activity.map_or(0.0, |a| f64::from(a.sessions))),
        activity.and_then(|a| a.mean_hints),
        activity.and_then(|a| a.mean_dwell_seconds),
        ability.theta,
        ability.slope,
        Some(days_silent as f64),
    ]
}
