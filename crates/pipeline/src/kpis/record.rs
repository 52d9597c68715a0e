//! One student's KPIs as a row of `weekly_kpi`.

use chrono::DateTime;
use seedtest_kpi::{ChurnKpi, GoalKpi, Kpi, Missing, NotFinite, Number, StudentWeek, WeeklyKpis};

use super::fitted::Choice;
use super::goal_model::GoalModel;
use crate::evidence::FittedTheta;
use crate::scores::Goal;

/// Everything one row is made of.
pub(crate) struct Sources<'a> {
    pub(crate) week: &'a StudentWeek,
    pub(crate) ability: Option<FittedTheta>,
    /// Change of the ability between the two windows of I_t.
    pub(crate) delta_theta: Option<f64>,
    pub(crate) goal: Goal,
    /// The growth fit that predicts where the row holds no P of its own.
    pub(crate) goal_model: Option<&'a GoalModel>,
    /// What becomes of P and the keys that travel with it.
    pub(crate) goal_choice: Choice<GoalKpi>,
    /// What becomes of S and the keys that travel with it.
    pub(crate) churn_choice: Choice<ChurnKpi>,
}

/// The row this writer sets. All six KPIs are there, null when unknown, with the reason, except a P or
/// S that a fitted model holds in the row already.
///
/// # Errors
/// [`NotFinite`] for a number that JSON cannot hold.
pub(crate) fn record(sources: Sources<'_>) -> Result<WeeklyKpis, NotFinite> {
    let Sources { week, ability, delta_theta, goal, goal_model, goal_choice, churn_choice } =
        sources;
    let theta = ability.map(|fitted| fitted.theta);
    let row = WeeklyKpis {
        delta_theta: number(delta_theta.ok_or(Missing::NotEstimated)),
        theta: number(theta.map(|a| a.theta).ok_or(Missing::NotEstimated)),
        theta_se: theta.and_then(|a| a.se),
        ability_estimate: theta.map(|a| a.theta),
        goal: match goal_choice {
            Choice::Keep => None,
            Choice::Carry(group) => Some(group),
            Choice::Compute => Some(
                goal_posterior(goal, ability, goal_model)
                    .unwrap_or_else(|| goal_normal(goal, ability)),
            ),
        },
        churn: match churn_choice {
            Choice::Keep => None,
            Choice::Carry(group) => Some(group),
            Choice::Compute => Some(ChurnKpi::heuristic(week.churn)),
        },
        ..WeeklyKpis::unknown().with_answers(week)
    };
    row.check().map(|()| row)
}

fn number(kpi: Kpi) -> Number {
    kpi.map_err(Some)
}

/// P from a growth fit and the ability; `None` where there is no fit or no ability with a standard
/// error.
pub(crate) fn goal_posterior(
    goal: Goal,
    ability: Option<FittedTheta>,
    model: Option<&GoalModel>,
) -> Option<GoalKpi> {
    model?.predict(ability?.theta, goal)
}

/// P by the Normal approximation.
pub(crate) fn goal_normal(goal: Goal, ability: Option<FittedTheta>) -> GoalKpi {
    let probability =
        ability.ok_or(Missing::NotEstimated).and_then(|fitted| goal.probability(fitted.theta));
    let at = ability.and_then(|fitted| DateTime::from_timestamp_micros(fitted.fitted_at));
    GoalKpi::normal(probability, goal.stated(), at)
}
