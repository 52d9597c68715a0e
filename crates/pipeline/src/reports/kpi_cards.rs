//! The cards of a report from a KPI row.

use chrono::NaiveDate;
use seedtest_kpi::{FittedAt, Missing, Number, Source, WeeklyKpis};
use seedtest_report::{Kpi, KpiCards, Reason, wilson};
use seedtest_responses::TimeZone;

use super::goal::set_goal;

pub(super) const Z95: f64 = 1.96;

/// The cards of one row on the last day a report is about; `active_days` is `None` for who gave no answer in the
/// weeks it looks at.
///
/// P and S are shown when a fitted model stands behind them, and P only where a goal is set. The
/// Normal approximation of P knows no growth and the heuristic of S is no probability: a teacher
/// would read more into them.
pub(super) fn cards(
    kpis: &WeeklyKpis,
    active_days: Option<u32>,
    (zone, last_day): (&TimeZone, NaiveDate),
) -> KpiCards {
    let older = |fitted_at: Option<&FittedAt>| {
        fitted_at.and_then(|at| at.day(zone)).filter(|day| *day < last_day)
    };
    let card = |number: Number, n| Kpi { n, ..value(number) };
    let answers = kpis.engagement_n;
    // E_t is cut to 0..1, which hides how much slower somebody became.
    let speed = match (kpis.efficiency, kpis.efficiency_raw) {
        (Ok(_), Some(raw)) => Ok(raw),
        (cut, _) => cut,
    };
    KpiCards {
        improvement: with_standard_error(
            card(kpis.improvement, kpis.improvement_n),
            kpis.improvement_se,
        ),
        efficiency: card(speed, kpis.efficiency_n),
        recovery: with_wilson(card(kpis.recovery, kpis.recovery_n)),
        engagement: card(kpis.engagement, answers),
        goal: set_goal(kpis).map_or_else(Kpi::default, |goal| Kpi {
            lower: goal.lower.ok(),
            upper: goal.upper.ok(),
            as_of: older(goal.fitted_at.as_ref()),
            ..value(goal.probability)
        }),
        churn: match kpis.churn.as_ref().filter(|churn| churn.source == Some(Source::Survival)) {
            Some(churn) => Kpi { as_of: older(churn.fitted_at.as_ref()), ..value(churn.risk) },
            None => Kpi::default(),
        },
        sessions: card(kpis.sessions.map(f64::from).ok_or(None), answers),
        active_days: active_days
            .map_or_else(Kpi::default, |days| Kpi { n: Some(28), ..Kpi::known(f64::from(days)) }),
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

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use seedtest_kpi::{Basis, ChurnKpi, GoalKpi, GoalScale, GoalTarget};

    use super::*;

    /// Cards in UTC.
    fn on(day: &str, kpis: &WeeklyKpis, active_days: Option<u32>) -> KpiCards {
        cards(kpis, active_days, (&TimeZone::default(), day.parse().unwrap()))
    }

    #[test]
    fn a_number_without_a_fitted_model_is_not_shown() {
        let target = GoalTarget { value: 80.0, scale: GoalScale::Score };
        let at = DateTime::UNIX_EPOCH;
        let row = |goal, churn| WeeklyKpis {
            goal: Some(goal),
            churn: Some(churn),
            ..WeeklyKpis::unknown()
        };
        let rough = row(GoalKpi::normal(Ok(0.4), target, None), ChurnKpi::heuristic(Ok(0.2)));
        let shown = on("2025-03-16", &rough, None);
        assert_eq!((shown.goal.value, shown.churn.value), (None, None));
        let fitted = GoalKpi::of_growth(0.6, [None; 3], Basis::Scores, target, at);
        let shown = on("2025-03-16", &row(fitted, ChurnKpi::of_survival(0.3, at)), Some(12));
        assert_eq!((shown.goal.value, shown.churn.value), (Some(0.6), Some(0.3)));
        assert_eq!((shown.active_days.value, shown.active_days.n), (Some(12.0), Some(28)));
    }

    #[test]
    fn who_became_slower_is_slower() {
        let row = WeeklyKpis {
            efficiency: Ok(0.0),
            efficiency_raw: Some(-0.08),
            ..WeeklyKpis::unknown()
        };
        assert_eq!(on("2025-03-16", &row, None).efficiency.value, Some(-0.08));
    }

    #[test]
    fn a_fit_older_than_the_last_day_has_its_day() {
        let at: DateTime<Utc> = "2025-03-10T05:00:00Z".parse().unwrap();
        let row =
            WeeklyKpis { churn: Some(ChurnKpi::of_survival(0.3, at)), ..WeeklyKpis::unknown() };
        let as_of = |day| on(day, &row, None).churn.as_of;
        assert_eq!(as_of("2025-03-16"), "2025-03-10".parse().ok());
        assert_eq!((as_of("2025-03-10"), as_of("2025-03-09")), (None, None));
    }
}
