//! How the churn risk of a student stands among the others.

use seedtest_kpi::{CHURN_HORIZON_DAYS, week_start};
use seedtest_report::empirical_percentile;
use seedtest_store::Store;

use super::window_kpis::{ChurnRisk, WindowKpis, Windowing};
use crate::calendar::days_before;
use crate::clock::Clock;
use crate::error::Error;

/// Days of the windows the KPIs are loaded with; the risk looks further back by itself.
const WINDOW_DAYS: u32 = 28;

/// A churn risk and how it stands among all students.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChurnStanding {
    /// The risk.
    pub churn: ChurnRisk,
    /// Mid-rank in 0..1: that of the survival fit, or among the risks of the newest week that has
    /// any. `None` without a risk or without others.
    pub percentile: Option<f64>,
}

/// The risk of a student to fall silent for two weeks, as of today.
///
/// # Errors
/// When the database refuses.
pub async fn churn_standing(
    store: &Store,
    clock: Clock,
    user_id: &str,
    session_gap_minutes: u32,
) -> Result<ChurnStanding, Error> {
    let windows = Windowing { days: WINDOW_DAYS, topic_id: None, session_gap_minutes };
    let kpis = WindowKpis::load(store, clock, user_id, windows).await?;
    let churn = kpis.churn(f64::from(CHURN_HORIZON_DAYS));
    let Ok(risk) = churn.risk else { return Ok(ChurnStanding { churn, percentile: None }) };
    let fitted =
        store.survival_risk(user_id).await?.filter(|row| rounded(row.risk_score) == rounded(risk));
    let percentile = match fitted.and_then(|row| row.rank_percentile) {
        Some(rank) => Some(rank),
        None => among_others(store, clock, risk).await?,
    };
    Ok(ChurnStanding { churn, percentile })
}

async fn among_others(store: &Store, clock: Clock, risk: f64) -> Result<Option<f64>, Error> {
    let this_week = week_start(clock.today(store.time_zone()));
    for week in [this_week, days_before(this_week, 7)] {
        let risks = store.week_risks(week).await?;
        if risks.len() > 1 {
            let risks: Vec<f64> = risks.into_iter().map(rounded).collect();
            return Ok(empirical_percentile(rounded(risk), &risks));
        }
    }
    Ok(None)
}

/// Without the last digits, which databases do not read back the same: a risk equals itself.
fn rounded(risk: f64) -> f64 {
    (risk * 1e12).round() / 1e12
}
