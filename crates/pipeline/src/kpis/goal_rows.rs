//! P and sigma of the growth model into the newest KPI row of every student.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_kpi::{Basis, GoalKpi, GoalTarget, Missing, REASONS, reasons_with_goal, week_start};
use seedtest_store::{KpiPatch, Tx};
use serde_json::Value;

use crate::error::Error;

/// The probability of one student to reach the goal, in 0..1 with its posterior spread.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GoalRow {
    pub(crate) user_id: String,
    pub(crate) probability: f64,
    pub(crate) uncertainty: Option<f64>,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
}

/// The students of `predictions` with a probability, under the names of every known service. A
/// student whose probability is no number from 0 to 1 is left out: nothing is known of them.
pub(crate) fn goal_rows(predictions: &Value) -> Vec<GoalRow> {
    let number = |one: &Value, names: &[&str]| {
        names.iter().find_map(|name| one.get(name).and_then(Value::as_f64))
    };
    let row = |(user_id, one): (&String, &Value)| {
        let probability = number(one, &["probability", "P"])?;
        (0.0..=1.0).contains(&probability).then(|| GoalRow {
            user_id: user_id.clone(),
            probability,
            uncertainty: number(one, &["uncertainty", "sigma", "sd"]),
            lower: number(one, &["lower", "P_lower"]),
            upper: number(one, &["upper", "P_upper"]),
        })
    };
    predictions.as_object().into_iter().flatten().filter_map(row).collect()
}

/// Merges P, sigma, bounds and provenance into the newest row of every student, or into a new row of
/// the week of `today` where there is none; returns the number of rows. With `why` P is null for that
/// reason.
pub(crate) async fn write_goals(
    tx: &mut Tx,
    goals: &[GoalRow],
    target: GoalTarget,
    why: Option<Missing>,
    (today, now): (NaiveDate, DateTime<Utc>),
) -> Result<u64, Error> {
    tx.lock_weekly_kpi().await?;
    let this_week = week_start(today);
    let rows = tx.newest_kpi_reasons(this_week).await?;
    let newest: HashMap<&str, (NaiveDate, Option<&Value>)> =
        rows.iter().map(|(id, week, reasons)| (&**id, (*week, reasons.as_ref()))).collect();
    let patch = |goal: &GoalRow| {
        let (week_start, reasons) =
            newest.get(&*goal.user_id).copied().unwrap_or((this_week, None));
        let kpi = match why {
            Some(why) => GoalKpi::unknown(why, target),
            None => goal.kpi(now, Basis::Scores, target),
        };
        let mut patch = kpi.patch();
        let reasons = reasons_with_goal(reasons, &kpi);
        patch.extend(reasons.map(|reasons| (REASONS.to_string(), reasons)));
        KpiPatch { user_id: goal.user_id.clone(), week_start, patch }
    };
    let patches: Vec<KpiPatch> = goals.iter().map(patch).collect();
    tx.merge_weekly_kpi(&patches).await?;
    Ok(patches.len() as u64)
}

impl GoalRow {
    /// P and all that travels with it.
    pub(crate) fn kpi(
        &self,
        fitted_at: DateTime<Utc>,
        basis: Basis,
        target: GoalTarget,
    ) -> GoalKpi {
        let spread = [self.uncertainty, self.lower, self.upper];
        GoalKpi::of_growth(self.probability, spread, basis, target, fitted_at)
    }
}

#[cfg(test)]
mod tests {
    use seedtest_kpi::GoalScale;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_known_spelling_is_read_and_a_missing_spread_stays_unknown() {
        let predictions = json!({
            "a": {"probability": 0.7, "uncertainty": 0.1, "lower": 0.5, "upper": 0.9},
            "b": {"P": 0.4, "sd": 0.2},
            "c": {"P": 1.4},
            "d": {"probability": null},
        });
        let rows = goal_rows(&predictions);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].lower, rows[0].uncertainty), (Some(0.5), Some(0.1)));
        assert_eq!((rows[1].probability, rows[1].uncertainty), (0.4, Some(0.2)));
        let target = GoalTarget { value: 110.0, scale: GoalScale::Score };
        let keys = rows[1].kpi(DateTime::UNIX_EPOCH, Basis::Scores, target).patch();
        assert_eq!((&keys["P_target"], &keys["P_target_scale"]), (&json!(110.0), &json!("score")));
        let none = GoalKpi::unknown(Missing::SlopeOfPrior, target);
        let old = json!({"P": "not_estimated_yet", "E_t": "no_retry"});
        let reasons = reasons_with_goal(Some(&old), &none).unwrap();
        assert_eq!(
            (&reasons["P"], &reasons["E_t"]),
            (&json!("slope_of_prior"), &json!("no_retry"))
        );
        assert_eq!((&keys["P_lower"], &keys["P_source"]), (&Value::Null, &json!("brms")));
    }
}
