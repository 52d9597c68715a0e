//! The cards of a report from a KPI row.

use seedtest_kpi::{Missing, Number, Source, WeeklyKpis};
use seedtest_report::{Kpi, KpiCards, Reason, wilson};

pub(super) const Z95: f64 = 1.96;

/// The cards of one stored row; `before` is the row of the week before.
///
/// P and S are shown when a fitted model stands behind them. The Normal approximation of P knows no
/// growth and the heuristic of S is no probability: a teacher would read more into them.
pub(super) fn cards(kpis: &WeeklyKpis, before: Option<&WeeklyKpis>) -> KpiCards {
    let against = |before: Option<&WeeklyKpis>, number: fn(&WeeklyKpis) -> Number, n| Kpi {
        n,
        previous: before.and_then(|before| number(before).ok()),
        ..value(number(kpis))
    };
    let card = |number, n| against(before, number, n);
    // A number that another method made is another number: between the two there is no trend.
    let alike = |is_alike: fn(&WeeklyKpis, &WeeklyKpis) -> bool| {
        before.filter(|before| is_alike(kpis, before))
    };
    let answers = kpis.engagement_n;
    KpiCards {
        improvement: with_standard_error(
            against(alike(same_method), |row| row.improvement, kpis.improvement_n),
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
            Some(_) => against(alike(same_source_of_churn), churn_of, None),
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

fn churn_of(row: &WeeklyKpis) -> Number {
    row.churn.as_ref().map_or(Err(None), |churn| churn.risk)
}

fn same_method(one: &WeeklyKpis, other: &WeeklyKpis) -> bool {
    one.method == other.method
}

fn same_source_of_churn(one: &WeeklyKpis, other: &WeeklyKpis) -> bool {
    let Some((one, other)) = one.churn.as_ref().zip(other.churn.as_ref()) else { return false };
    one.source == other.source
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
    use chrono::DateTime;
    use seedtest_kpi::{Basis, ChurnKpi, GoalKpi, GoalScale, GoalTarget, Method};

    use super::*;

    fn row(goal: GoalKpi, churn: ChurnKpi, method: Method) -> WeeklyKpis {
        WeeklyKpis {
            improvement: Ok(0.1),
            method: Some(method),
            engagement: Ok(0.5),
            goal: Some(goal),
            churn: Some(churn),
            ..WeeklyKpis::unknown()
        }
    }

    fn target(value: f64) -> GoalTarget {
        GoalTarget { value, scale: GoalScale::Theta }
    }

    fn growth(basis: Basis, value: f64) -> GoalKpi {
        GoalKpi::of_growth(0.6, [None; 3], basis, target(value), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_change_of_method_is_no_trend() {
        let fitted = || ChurnKpi::of_survival(0.3, DateTime::UNIX_EPOCH);
        let now = row(growth(Basis::Scores, 0.0), fitted(), Method::ThetaDelta);
        let same = cards(&now, Some(&now));
        assert_eq!((same.goal.previous, same.churn.previous), (Some(0.6), Some(0.3)));
        assert_eq!(same.improvement.previous, Some(0.1));
        let normal = GoalKpi::normal(Ok(0.4), target(0.0), None);
        let other = row(normal, ChurnKpi::heuristic(Ok(0.2)), Method::AccuracyDelta);
        let changed = cards(&now, Some(&other));
        assert_eq!((changed.goal.previous, changed.churn.previous), (None, None));
        assert_eq!((changed.improvement.previous, changed.engagement.previous), (None, Some(0.5)));
        let of_ability = row(growth(Basis::Ability, 0.0), fitted(), Method::ThetaDelta);
        assert_eq!(cards(&now, Some(&of_ability)).goal.previous, None);
        let [one, two] =
            [0.0, 0.5].map(|value| row(growth(Basis::Scores, value), fitted(), Method::ThetaDelta));
        assert_eq!(cards(&one, Some(&two)).goal.previous, None, "another goal");
        assert_eq!(cards(&one, Some(&one)).goal.previous, Some(0.6));
    }
}
