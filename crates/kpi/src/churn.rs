use std::collections::BTreeSet;
use std::ops::Range;

use chrono::NaiveDate;
use seedtest_responses::ResponseLog;

use crate::missing::{Kpi, Missing};
use crate::window::{date_of, days};

const GAP_AT_ONE_DAYS: f64 = 7.0;
const SESSIONS_AT_ZERO: f64 = 10.0;

/// The evidence of the churn heuristic: activity of the last 56 days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChurnActivity {
    /// Whole days from the last day of activity to the day of interest.
    pub days_silent: f64,
    /// Distinct sessions.
    pub sessions: u32,
    /// Mean gap between distinct times, in days; 0 for a single time.
    pub mean_gap: f64,
}

/// Collects the evidence for `as_of` from the rows of the last 56 days.
///
/// # Errors
/// [`Missing::NoActivity`] for an empty window.
pub fn churn_activity(
    log: &ResponseLog,
    rows: Range<usize>,
    as_of: NaiveDate,
) -> Result<ChurnActivity, Missing> {
    if rows.is_empty() {
        return Err(Missing::NoActivity);
    }
    let at = &log.at()[rows.clone()];
    let sessions: BTreeSet<_> = rows.map(|row| log.session(row)).collect();
    let times = 1 + at.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let last = at[at.len() - 1];
    Ok(ChurnActivity {
        days_silent: as_of.signed_duration_since(date_of(last)).num_days().max(0) as f64,
        sessions: sessions.len() as u32,
        mean_gap: if times < 2 { 0.0 } else { days(last - at[0]) / (times - 1) as f64 },
    })
}

/// Churn risk S by rule of thumb, for use until a survival model is fitted:
/// 0.6·(days silent / horizon) + 0.25·(mean gap / 7) + 0.15·(1 − sessions/10), each part cut to
/// 0..1.
pub fn churn_heuristic(activity: &ChurnActivity, horizon_days: f64) -> Kpi {
    let part = |x: f64| x.clamp(0.0, 1.0);
    let silence = part(activity.days_silent / horizon_days);
    let gap = part(activity.mean_gap / GAP_AT_ONE_DAYS);
    let rarity = part(1.0 - f64::from(activity.sessions) / SESSIONS_AT_ZERO);
    Ok(part(0.6 * silence + 0.25 * gap + 0.15 * rarity))
}
