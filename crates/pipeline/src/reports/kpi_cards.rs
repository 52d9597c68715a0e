//! The cards of a report from a KPI row.

use seedtest_kpi::{Missing, Number, Source, WeeklyKpis};
use seedtest_report::{Kpi, KpiCards, Reason, wilson};

const Z95: f64 = 1.96;

/// The cards of one stored row; `before` is the row of the week before.
///
/// P and S are shown when a fitted model stands behind them. The Normal approximation of P knows no
/// growth and the heuristic of S is no probability: a teacher would read more into them.
pub(super) fn cards(kpis: &WeeklyKpis, before: Option<&WeeklyKpis>) -> KpiCards {
    let card = |number: fn(&WeeklyKpis) -> Number, n: Option<u32>| Kpi {
        n,
        previous: before.and_then(|before| number(before).ok()),
        ..value(number(kpis))
    };
    let answers = kpis.engagement_n;
    KpiCards {
        improvement: with_standard_error(
            card(|row| row.improvement, kpis.improvement_n),
            kpis.improvement_se,
        ),
        efficiency: card(|row| row.efficiency, kpis.efficiency_n),
        recovery: with_wilson(card(|row| row.recovery, kpis.recovery_n)),
        engagement: card(|row| row.engagement, answers),
        goal: match kpis.goal.as_ref().filter(|goal| goal.source == Some(Source::Growth)) {
            Some(goal) => Kpi {
                lower: goal.lower.ok(),
                upper: goal.upper.ok(),
                // Another method or another goal is no trend.
                previous: before
                    .and_then(|before| before.goal.as_ref())
                    .filter(|before| before.compares_with(goal))
                    .and_then(|before| before.probability.ok()),
                ..value(goal.probability)
            },
            None => no_goal(kpis),
        },
        churn: match kpis.churn.as_ref().filter(|churn| churn.source == Some(Source::Survival)) {
            Some(_) => card(|row| row.churn.as_ref().map_or(Err(None), |churn| churn.risk), None),
            None => Kpi::default(),
        },
        sessions: card(|row| row.sessions.map(f64::from).ok_or(None), answers),
        mean_gap: card(|row| row.mean_gap, answers),
    }
}

/// No P of a growth fit: shown only where the fit says why.
fn no_goal(kpis: &WeeklyKpis) -> Kpi {
    match kpis.goal.as_ref().map(|goal| goal.probability) {
        Some(Err(Some(Missing::SlopeOfPrior))) => value(Err(Some(Missing::SlopeOfPrior))),
        _ => Kpi::default(),
    }
}

fn value(number: Number) -> Kpi {
    match number {
        Ok(number) => Kpi::known(number),
        Err(missing) => Kpi { reason: missing.and_then(reason), ..Kpi::default() },
    }
}

fn reason(missing: Missing) -> Option<Reason> {
    missing.code().parse().ok()
}

fn with_standard_error(kpi: Kpi, se: Option<f64>) -> Kpi {
    let Some((value, se)) = kpi.value.zip(se) else { return kpi };
    let bound = |x: f64| Some(x.clamp(-1.0, 1.0));
    Kpi { lower: bound(value - Z95 * se), upper: bound(value + Z95 * se), ..kpi }
}

fn with_wilson(kpi: Kpi) -> Kpi {
    let interval = kpi
        .value
        .zip(kpi.n)
        .and_then(|(value, n)| wilson((value * f64::from(n)).round() as u32, n));
    match interval {
        Some((lower, upper)) => Kpi { lower: Some(lower), upper: Some(upper), ..kpi },
        None => kpi,
    }
}
