//! Topics to work on next.

use std::collections::BTreeMap;

use seedtest_kpi::{Missing, Theta};
use seedtest_store::{InterestGoal, Store, TopicTheta};

use super::window_kpis::{is_copied, newest_topic_thetas};
use crate::clock::Clock;
use crate::error::Error;
use crate::scores::{Goal, Targets};

/// A topic that is more likely below its goal than not is worth working on.
const LIKELY: f64 = 0.5;

/// Why nothing can be said about a topic or a student.
const NO_TOPIC_ABILITY: &str = "no_topic_ability";

/// A topic worth working on.
#[derive(Debug, Clone, PartialEq)]
pub struct NextTopic {
    /// The topic.
    pub topic_id: String,
    /// Probability in 0..1 that the ability lies below the goal, or why it is not known.
    pub below_goal: Result<f64, Missing>,
    /// How far the ability is expected to lie below the goal, θ scale; topics are in this order.
    pub shortfall: Result<f64, Missing>,
    /// Newest ability in the topic; `None` = not estimated.
    pub theta: Option<f64>,
    /// The goal, θ scale.
    pub goal: f64,
    /// Whether the goal is the student's own rather than that of everybody.
    pub own_goal: bool,
    /// How much the topic matters to the student, 0..100.
    pub priority: i64,
}

impl NextTopic {
    /// Why the topic is on the list, as a code.
    pub fn reason(&self) -> &'static str {
        match self.below_goal {
            Err(Missing::NotEstimated) => NO_TOPIC_ABILITY,
            Err(missing) => missing.code(),
            Ok(_) if self.own_goal => "below_goal",
            Ok(_) => "high_potential",
        }
    }
}

/// Topics worth working on.
#[derive(Debug, Clone, PartialEq)]
pub struct NextTopics {
    /// The topics, the most worthwhile first.
    pub topics: Vec<NextTopic>,
    /// Whether any topic ability of the student is known.
    pub any_ability: bool,
}

impl NextTopics {
    /// Why there is no topic, as a code; `None` where there is one.
    pub fn reason(&self) -> Option<&'static str> {
        let reason = if self.any_ability { "nothing_below_goal" } else { NO_TOPIC_ABILITY };
        self.topics.is_empty().then_some(reason)
    }
}

/// The `k` topics that are likely below their goal — that of the student (`interest_goal`), else the
/// general one (`METRICS_DEFAULT_TARGET`) — those expected to lie farthest below it first. Topics with
/// a goal or answers and no ability come last, by priority; topics that are likely at their goal are left
/// out. What has to be known before a topic is not recorded anywhere, so it plays no part.
///
/// # Errors
/// When the database refuses.
pub async fn next_topics(
    store: &Store,
    clock: Clock,
    targets: &Targets,
    user_id: &str,
    k: usize,
) -> Result<NextTopics, Error> {
    let thetas = newest_topic_thetas(store, clock, user_id).await?;
    let goals = store.interest_goals(user_id).await?;
    let any_ability = thetas.values().any(|row| !is_copied(row));
    Ok(NextTopics { topics: ranked(&thetas, &goals, targets, k), any_ability })
}

fn ranked(
    thetas: &BTreeMap<String, TopicTheta>,
    goals: &[InterestGoal],
    targets: &Targets,
    k: usize,
) -> Vec<NextTopic> {
    let goals: BTreeMap<&str, &InterestGoal> =
        goals.iter().map(|goal| (&*goal.topic_id, goal)).collect();
    let of_theta = |(topic, row): (&String, &TopicTheta)| {
        // A copy of the overall ability says nothing about the topic.
        let own = Some(row).filter(|row| !is_copied(row));
        candidate(topic, own, goals.get(&**topic).copied(), targets)
    };
    let unknown = goals.iter().filter(|(topic, _)| !thetas.contains_key(**topic));
    let mut topics: Vec<NextTopic> = thetas
        .iter()
        .map(of_theta)
        .chain(unknown.map(|(topic, goal)| candidate(topic, None, Some(goal), targets)))
        .filter(|topic| topic.below_goal.is_ok_and(|p| p >= LIKELY) || topic.below_goal.is_err())
        .collect();
    let known = |topic: &NextTopic| topic.shortfall.unwrap_or(-1.0);
    topics.sort_by(|a, b| {
        let order = known(b).total_cmp(&known(a)).then(b.priority.cmp(&a.priority));
        order.then_with(|| a.topic_id.cmp(&b.topic_id))
    });
    topics.truncate(k);
    topics
}

fn candidate(
    topic_id: &str,
    ability: Option<&TopicTheta>,
    goal: Option<&InterestGoal>,
    targets: &Targets,
) -> NextTopic {
    let own = goal.and_then(|goal| own_goal(goal, targets));
    let target = own.unwrap_or_else(|| targets.goal());
    let theta = ability.map(|row| Theta { theta: row.theta, se: row.se });
    let known = theta.ok_or(Missing::NotEstimated);
    let reached = known.and_then(|theta| target.probability(theta));
    NextTopic {
        topic_id: topic_id.to_string(),
        below_goal: reached.map(|reached| 1.0 - reached),
        shortfall: known.and_then(|theta| target.shortfall(theta)),
        theta: theta.map(|theta| theta.theta),
        goal: target.theta(),
        own_goal: own.is_some(),
        priority: goal.and_then(|goal| goal.priority).unwrap_or(0),
    }
}

/// The ability a student wants to reach, or the one behind the score.
fn own_goal(goal: &InterestGoal, targets: &Targets) -> Option<Goal> {
    let of_score = |score| targets.of_score(score);
    let own = goal.target_level.map(Goal::of_theta).or_else(|| goal.target_score.map(of_score));
    own.filter(|own| own.theta().is_finite())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn theta(topic_id: &str, theta: f64, se: Option<f64>) -> (String, TopicTheta) {
        let row = TopicTheta {
            user_id: "amy".into(),
            topic_id: topic_id.into(),
            theta,
            se,
            model: "2PL".into(),
            version: None,
            run_id: None,
            fitted_at: DateTime::UNIX_EPOCH,
        };
        (topic_id.into(), row)
    }

    fn goal(topic_id: &str, level: Option<f64>, score: Option<f64>, priority: i64) -> InterestGoal {
        InterestGoal {
            topic_id: topic_id.into(),
            subject_id: None,
            target_level: level,
            target_score: score,
            target_date: None,
            priority: Some(priority),
        }
    }

    #[test]
    fn likely_gaps_come_first_then_what_nobody_knows() {
        let targets = super::super::configuration::Configuration::read(|_| None).unwrap().targets;
        let thetas = BTreeMap::from([
            theta("done", 1.0, Some(0.5)),
            theta("low", -0.5, Some(0.5)),
            theta("vague", -0.5, None),
            theta("wanted", 0.5, Some(0.5)),
            theta("close", -0.2, Some(0.1)),
            (
                "copy".into(),
                TopicTheta {
                    model: crate::evidence::COPIED.into(),
                    ..theta("copy", -3.0, Some(0.1)).1
                },
            ),
        ]);
        let goals = [
            goal("new", None, None, 1),
            goal("newer", Some(0.0), None, 9),
            goal("wanted", None, Some(150.0), 5),
        ];
        let found = ranked(&thetas, &goals, &targets, 9);
        let seen: Vec<_> = found.iter().map(|t| (&*t.topic_id, t.reason(), t.goal)).collect();
        // "low" lies 1 se below 0, "wanted" 1 se below (150 − 100) / 50: 1 − Φ(−1) each. "close" lies
        // 2 se below, which is more certain and matters less; of "copy" nothing is known.
        assert_eq!(
            seen,
            [
                ("wanted", "below_goal", 1.0),
                ("low", "high_potential", 0.0),
                ("close", "high_potential", 0.0),
                ("newer", "no_topic_ability", 0.0),
                ("new", "no_topic_ability", 0.0),
                ("copy", "no_topic_ability", 0.0),
                ("vague", "no_standard_error", 0.0),
            ]
        );
        // R: pnorm(1).
        assert!((found[1].below_goal.unwrap() - 0.841_344_746_068_543).abs() < 1e-9);
        // R: 0.5 * pnorm(1) + 0.5 * dnorm(1).
        assert!((found[1].shortfall.unwrap() - 0.541_657_735_293_843).abs() < 1e-9);
        assert_eq!(ranked(&thetas, &goals, &targets, 2).len(), 2);
    }
}
