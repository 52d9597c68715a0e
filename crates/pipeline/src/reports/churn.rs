//! What a churn risk rests on.

use seedtest_kpi::{Source, WeeklyKpis};
use seedtest_report::{ChurnDetail, ChurnFactor, ChurnReason};
use seedtest_store::SurvivalRiskRow;
use seedtest_wire::ReasonJson;
use serde::Deserialize;

/// What the survival job keeps beside a risk.
#[derive(Deserialize)]
struct Stored {
    days_silent: u32,
    #[serde(default)]
    reasons: Vec<ReasonJson>,
}

/// What S of a KPI row rests on, if the newest risk of the student is the one the row holds.
pub(super) fn churn_detail(
    kpis: &WeeklyKpis,
    risk: Option<&SurvivalRiskRow>,
) -> Option<ChurnDetail> {
    let risk = risk?;
    let churn = kpis.churn.as_ref()?;
    if churn.source != Some(Source::Survival) || churn.risk != Ok(risk.risk_score) {
        return None;
    }
    let stored: Stored = serde_json::from_value(risk.survival.clone()).ok()?;
    let reasons = stored.reasons.iter().map(|reason| {
        // A covariate of another version still counts, if without a name.
        let factor = ChurnFactor::of_covariate(&reason.covariate).unwrap_or(ChurnFactor::NotKnown);
        ChurnReason { factor, value: reason.value, contribution: reason.contribution }
    });
    Some(ChurnDetail {
        days_silent: stored.days_silent,
        hazard_ratio: risk.hazard_ratio,
        reasons: reasons.collect(),
    })
}
