//! Engagement A_t and the activity behind it.

use std::ops::Range;

use seedtest_responses::{ResponseLog, UNKNOWN_HINTS};

use crate::missing::{Kpi, Missing};
use crate::sittings::Sittings;
use crate::window::days;

const NEUTRAL: f64 = 0.5;
const FULL_DWELL_SECONDS: f64 = 900.0;
const HINTS_AT_ZERO: f64 = 3.0;

/// What a student did in one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activity {
    /// Answers, one per item and instant.
    pub answers: u32,
    /// Distinct sessions; where no session is recorded, sittings told apart by time.
    pub sessions: u32,
    /// Mean gap between distinct times of answers, in days.
    pub mean_gap: Kpi,
    /// Mean number of hints per answer where it is recorded.
    pub mean_hints: Option<f64>,
    /// Mean over sessions of the summed response times, in seconds, where any is recorded.
    pub mean_dwell_seconds: Option<f64>,
}

/// Engagement and the activity it was computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Engagement {
    /// A_t in 0..1.
    pub value: f64,
    /// Share of the weight (0..1) that rests on recorded data rather than on the neutral 0.5.
    pub recorded_weight: f64,
}

/// Summarises the rows of one window. Answers without a session belong to one sitting as long as no
/// more than `gap_minutes` lie between two of them.
///
/// # Errors
/// [`Missing::NoActivity`] for an empty window.
pub fn activity(
    log: &ResponseLog,
    rows: Range<usize>,
    gap_minutes: u32,
) -> Result<Activity, Missing> {
    let mut sittings = Sittings::new(gap_minutes);
    let (mut answers, mut hints, mut hint_rows, mut times) = (0u32, 0u32, 0u32, 0u32);
    let mut last_at = None;
    for row in rows.clone().filter(|&row| !log.is_retag(row)) {
        answers += 1;
        sittings.add(log.session(row), log.at()[row], log.response_time_ms()[row]);
        if log.hints()[row] != UNKNOWN_HINTS {
            hints += u32::from(log.hints()[row]);
            hint_rows += 1;
        }
        if last_at != Some(log.at()[row]) {
            times += 1;
            last_at = Some(log.at()[row]);
        }
    }
    if answers == 0 {
        return Err(Missing::NoActivity);
    }
    let span = days(log.at()[rows.end - 1] - log.at()[rows.start]);
    Ok(Activity {
        answers,
        sessions: sittings.count(),
        mean_gap: if times < 2 {
            Err(Missing::SingleTime)
        } else {
            Ok(span / f64::from(times - 1))
        },
        mean_hints: (hint_rows > 0).then(|| f64::from(hints) / f64::from(hint_rows)),
        mean_dwell_seconds: sittings.mean_dwell_seconds(),
    })
}

/// The four parts of engagement, each in 0..1; `None` = not recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngagementComponents {
    /// Sessions per day, cut at one.
    pub frequency: f64,
    /// Closeness of answers in time: one over the mean gap in days, cut at one.
    pub closeness: Option<f64>,
    /// Independence of hints: 1 without hints, 0 with three an answer.
    pub independence: Option<f64>,
    /// Dwell time per session, full at 15 minutes.
    pub dwell: Option<f64>,
}

/// What each component counts; the weights sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngagementWeights {
    /// Of the session count.
    pub frequency: f64,
    /// Of the closeness of answers in time.
    pub closeness: f64,
    /// Of the independence of hints.
    pub independence: f64,
    /// Of the dwell time.
    pub dwell: f64,
}

impl Default for EngagementWeights {
    fn default() -> Self {
        Self { frequency: 0.35, closeness: 0.25, independence: 0.20, dwell: 0.20 }
    }
}

/// The components of engagement over a window of `window_days`.
pub fn engagement_components(activity: &Activity, window_days: u32) -> EngagementComponents {
    let closeness = |gap: f64| if gap > 0.0 { (1.0 / gap).min(1.0) } else { 1.0 };
    EngagementComponents {
        frequency: (f64::from(activity.sessions) / f64::from(window_days)).min(1.0),
        closeness: activity.mean_gap.ok().map(closeness),
        independence: activity.mean_hints.map(|h| (1.0 - h / HINTS_AT_ZERO).clamp(0.0, 1.0)),
        dwell: activity.mean_dwell_seconds.map(|s| (s / FULL_DWELL_SECONDS).min(1.0)),
    }
}

impl EngagementComponents {
    /// The weighted sum; a component that was not recorded counts 0.5.
    pub fn weighted(&self, weights: &EngagementWeights) -> Engagement {
        let parts = [
            (weights.frequency, Some(self.frequency)),
            (weights.closeness, self.closeness),
            (weights.independence, self.independence),
            (weights.dwell, self.dwell),
        ];
        let value: f64 = parts.iter().map(|(weight, part)| weight * part.unwrap_or(NEUTRAL)).sum();
        let recorded =
            parts.iter().filter(|(_, part)| part.is_some()).map(|(weight, _)| weight).sum();
        Engagement { value: value.clamp(0.0, 1.0), recorded_weight: recorded }
    }
}

/// Engagement A_t over a window of `window_days`: session count (weight 0.35), closeness of
/// answers in time (0.25), independence of hints (0.20) and dwell time per session (0.20).
pub fn engagement(activity: &Activity, window_days: u32) -> Engagement {
    engagement_components(activity, window_days).weighted(&EngagementWeights::default())
}
