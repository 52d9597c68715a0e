//! The goal that P is about, where one is set, and P over the weeks.

use chrono::{Days, NaiveDate};
use seedtest_kpi::{GoalKpi, GoalScale, GoalTarget as Stated, Source, WeeklyKpis, week_start};
use seedtest_report::{ChanceWeek, GoalChance, GoalTarget, GoalUnit, OwnGoal};
use seedtest_responses::TimeZone;
use seedtest_store::{GrowthFitRow, InterestGoal, Store};

use crate::error::Error;

/// P of a growth fit for a goal that somebody set. An ability of 0 is what a job aims at when nobody
/// says anything: that is no goal.
pub(super) fn set_goal(kpis: &WeeklyKpis) -> Option<&GoalKpi> {
    let goal = kpis.goal.as_ref()?;
    let target = goal.target?;
    let nobody = Stated { value: 0.0, scale: GoalScale::Theta };
    let is_fitted = goal.source == Some(Source::Growth) || goal.probability.is_err();
    (target != nobody && is_fitted).then_some(goal)
}

/// The goal of a row with its day, and the chance in every week that knew the same goal, oldest first.
pub(super) fn goal_chance(
    kpis: &WeeklyKpis,
    history: &[(NaiveDate, WeeklyKpis)],
    fit: Option<&GrowthFitRow>,
    zone: &TimeZone,
) -> Option<GoalChance> {
    let goal = set_goal(kpis)?;
    let target = goal.target?;
    let weeks = history.iter().filter_map(|(week_start, row)| {
        let then = set_goal(row).filter(|then| then.compares_with(goal))?;
        Some(ChanceWeek {
            week_start: *week_start,
            chance: then.probability.ok()?,
            lower: then.lower.ok(),
            upper: then.upper.ok(),
        })
    });
    let by = day_of(goal, fit, zone);
    Some(GoalChance { target: shown(target, by), weeks: weeks.collect() })
}

/// The last day of the week in which the goal counts: so many weeks after the one the fit saw last.
fn day_of(goal: &GoalKpi, fit: Option<&GrowthFitRow>, zone: &TimeZone) -> Option<NaiveDate> {
    let fitted_on = goal.fitted_at.as_ref()?.day(zone)?;
    let fit = fit.filter(|fit| zone.date_of(fit.fitted_at.timestamp_micros()) == fitted_on)?;
    let horizon = fit.settings["horizon_weeks"].as_f64()?.round().max(0.0) as u64;
    week_start(fitted_on).checked_add_days(Days::new(7 * horizon + 6))
}

fn shown(target: Stated, by: Option<NaiveDate>) -> GoalTarget {
    let unit = match target.scale {
        GoalScale::Theta => GoalUnit::Theta,
        GoalScale::Score => GoalUnit::Points,
        GoalScale::Accuracy => GoalUnit::RightShare,
    };
    GoalTarget { value: target.value, unit, by }
}

/// A goal of the platform; `topic` is the name of its topic.
pub(super) fn own_goal(goal: &InterestGoal, topic: String) -> OwnGoal {
    let stated = goal
        .target_score
        .map(|value| (value, GoalUnit::Points))
        .or(goal.target_level.map(|value| (value, GoalUnit::Theta)));
    let target = stated.map(|(value, unit)| GoalTarget { value, unit, by: goal.target_date });
    OwnGoal { topic, target }
}

/// The goals of a student as they stand now; topics by their ids.
///
/// # Errors
/// When the database refuses.
pub async fn student_goals(store: &Store, user_id: &str) -> Result<Vec<OwnGoal>, Error> {
    let goals = store.interest_goals(user_id).await?;
    Ok(goals.iter().map(|goal| own_goal(goal, goal.topic_id.clone())).collect())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use seedtest_kpi::{Basis, Missing};

    use super::*;

    fn row(value: f64, scale: GoalScale, p: f64) -> WeeklyKpis {
        let spread = [Some(0.1), Some(0.4), Some(0.9)];
        let at: DateTime<Utc> = "2025-06-22T12:00:00Z".parse().unwrap();
        let goal = GoalKpi::of_growth(p, spread, Basis::Scores, Stated { value, scale }, at);
        WeeklyKpis { goal: Some(goal), ..WeeklyKpis::unknown() }
    }

    #[test]
    fn an_ability_of_zero_is_no_goal() {
        assert!(set_goal(&row(0.0, GoalScale::Theta, 0.0)).is_none());
        assert!(set_goal(&row(0.75, GoalScale::Accuracy, 0.7)).is_some());
        let target = Stated { value: 80.0, scale: GoalScale::Score };
        let unknown = GoalKpi::unknown(Missing::SlopeOfPrior, target);
        let row = WeeklyKpis { goal: Some(unknown), ..WeeklyKpis::unknown() };
        assert!(set_goal(&row).is_some(), "a goal without a chance is still a goal");
    }

    #[test]
    fn only_the_same_goal_makes_a_trend() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let now = row(0.75, GoalScale::Accuracy, 0.7);
        let history = [
            (day("2025-06-02"), row(0.6, GoalScale::Accuracy, 0.9)),
            (day("2025-06-09"), row(0.75, GoalScale::Accuracy, 0.6)),
            (day("2025-06-16"), now.clone()),
        ];
        let chance = goal_chance(&now, &history, None, &TimeZone::default()).unwrap();
        let weeks: Vec<f64> = chance.weeks.iter().map(|week| week.chance).collect();
        assert_eq!(weeks, [0.6, 0.7]);
        assert_eq!((chance.target.value, chance.target.unit), (0.75, GoalUnit::RightShare));
    }
}
