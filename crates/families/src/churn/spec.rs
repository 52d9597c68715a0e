//! Which landmarks, and what a silence is.

use chrono::{Days, NaiveDate};
use seedtest_kpi::{CHURN_HORIZON_DAYS, History};
use seedtest_responses::day_number;

/// Two windows of 28 days lie behind a landmark.
const DAYS_BEHIND: u32 = 56;

/// Which landmarks, and what a silence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChurnSpec {
    /// The day of interest.
    pub today: NaiveDate,
    /// Landmarks lie in this many days before today, and so does the last activity of a student who
    /// gets a risk.
    pub lookback_days: u32,
    /// Whole days without activity that count as a silence.
    pub threshold_days: u32,
    /// Minutes without an answer that end a session, where none is recorded.
    pub session_gap_minutes: u32,
}

impl ChurnSpec {
    /// Days of landmarks where nobody chose.
    pub const LOOKBACK_DAYS: u32 = 90;
    /// Days of silence where nobody chose.
    pub const THRESHOLD_DAYS: u32 = CHURN_HORIZON_DAYS;

    /// Days before today of which something is looked at.
    pub fn history_days(&self) -> u32 {
        self.lookback_days + DAYS_BEHIND
    }

    /// Days a landmark is observed: the horizon, which is the threshold, and half as long again.
    pub(super) fn follow_up_days(&self) -> i64 {
        i64::from(self.threshold_days) * 3 / 2
    }

    /// The Sundays of the lookback, oldest first: ends of the weeks the KPIs stand for.
    pub(super) fn landmark_days(&self) -> impl Iterator<Item = i64> + use<> {
        let lookback = Days::new(u64::from(self.lookback_days));
        let first = self.today.checked_sub_days(lookback).unwrap_or(NaiveDate::MIN);
        let first = seedtest_kpi::week_end(first);
        let last = day_number(self.today);
        (day_number(first)..=last).step_by(7)
    }
}

/// Days with an answer or a visit, ascending, as days since 1970-01-01.
pub fn active_days(history: &History<'_>) -> Vec<i64> {
    let answers = history.log.at()[history.rows.clone()].iter().copied();
    let visits = history.visits.iter().map(|visit| visit.at);
    let mut of_zone = history.log.time_zone().days();
    let mut days: Vec<i64> = answers.chain(visits).map(|at| of_zone.number_of(at)).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// Whole days without activity of a student who was active in the lookback.
pub fn days_silent(history: &History<'_>, spec: &ChurnSpec) -> Option<i64> {
    let last = active_days(history).pop()?;
    let days = (day_number(spec.today) - last).max(0);
    (days <= i64::from(spec.lookback_days)).then_some(days)
}
