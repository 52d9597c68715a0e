//! The evidence of activity and the churn heuristic S.

use std::ops::Range;

use chrono::NaiveDate;

use crate::history::{History, Visit};
use crate::missing::{Kpi, Missing};
use crate::sittings::Sittings;
use crate::window::{Window, days};

/// Days of activity the heuristic looks at.
pub const CHURN_WINDOW_DAYS: u32 = 56;
/// Days of silence that count as churn, and days ahead that S speaks about, where nobody chose.
pub const CHURN_HORIZON_DAYS: u32 = 14;

const GAP_AT_ONE_DAYS: f64 = 7.0;
const SESSIONS_AT_ZERO: f64 = 10.0;

/// The evidence of the churn heuristic: activity of the last 56 days, from answers, exam documents
/// and sessions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChurnActivity {
    /// Whole days from the last day of activity to the day of interest.
    pub days_silent: f64,
    /// Distinct sessions; where no session is recorded, sittings told apart by time.
    pub sessions: u32,
    /// Mean gap between distinct times, in days; 0 for a single time.
    pub mean_gap: f64,
}

/// Collects the evidence for `as_of` from the answers and visits of the last `n_days` days; what has
/// no session belongs to one sitting as long as no more than `gap_minutes` lie between.
///
/// # Errors
/// [`Missing::NoActivity`] for an empty window.
pub fn churn_activity(
    history: &History<'_>,
    as_of: NaiveDate,
    n_days: u32,
    gap_minutes: u32,
) -> Result<ChurnActivity, Missing> {
    let zone = history.log.time_zone();
    let window = Window::ending(zone, as_of, n_days);
    let rows = history.rows_in(window);
    let visits = history.visits_in(window);
    let mut at = history.log.at()[rows.clone()].to_vec();
    at.extend(visits.iter().map(|visit| visit.at));
    at.sort_unstable();
    at.dedup();
    let (Some(&first), Some(&last)) = (at.first(), at.last()) else {
        return Err(Missing::NoActivity);
    };
    let sessions = sessions(history, rows, visits, gap_minutes);
    let gaps = at.len() - 1;
    Ok(ChurnActivity {
        days_silent: as_of.signed_duration_since(zone.date_of(last)).num_days().max(0) as f64,
        sessions,
        mean_gap: if gaps == 0 { 0.0 } else { days(last - first) / gaps as f64 },
    })
}

fn sessions(history: &History<'_>, rows: Range<usize>, visits: &[Visit], gap_minutes: u32) -> u32 {
    let log = history.log;
    let answers = rows.map(|row| (log.at()[row], log.session(row), log.response_time_ms()[row]));
    let mut all: Vec<_> =
        answers.chain(visits.iter().map(|visit| (visit.at, visit.session, 0))).collect();
    all.sort_unstable();
    let mut sittings = Sittings::new(gap_minutes);
    for (at, session, ms) in all {
        sittings.add(session, at, ms);
    }
    sittings.count()
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
