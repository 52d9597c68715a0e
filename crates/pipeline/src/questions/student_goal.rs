//! The chance of one student to reach a score, for whoever asks now.

use seedtest_kpi::{Missing, TargetScale, goal_probability_normal, target_theta};
use seedtest_store::Store;

use crate::calendar::end_of;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{StoredThetas, ThetaHistory};
use crate::scores::ScoreScale;

/// A goal and how likely it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentGoal {
    /// Newest ability.
    pub theta: f64,
    /// Its standard error; `None` = not known.
    pub se: Option<f64>,
    /// The goal on the ability scale.
    pub target_theta: f64,
    /// Probability that the ability is at or above the goal, by the Normal approximation. It knows
    /// no growth, so it is the same at every horizon.
    pub probability: Result<f64, Missing>,
}

/// The chance to reach `target`, a score. `None` for a student without an ability.
pub async fn student_goal(
    store: &Store,
    clock: Clock,
    user_id: &str,
    target: f64,
    scale: ScoreScale,
) -> Result<Option<StudentGoal>, Error> {
    let zone = store.time_zone();
    let end = end_of(zone, clock.today(zone));
    let stored = StoredThetas::of_student(store, user_id, end).await?;
    let newest = ThetaHistory::new(&stored).newest_before(user_id, end.timestamp_micros());
    let Some(ability) = newest.map(|fitted| fitted.theta) else { return Ok(None) };
    let ScoreScale { slope, intercept } = scale;
    let target_theta = target_theta(target, TargetScale::Score, slope, intercept);
    Ok(Some(StudentGoal {
        theta: ability.theta,
        se: ability.se,
        target_theta,
        probability: goal_probability_normal(ability, target_theta),
    }))
}
