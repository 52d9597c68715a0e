//! Stored abilities over time.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use seedtest_kpi::{Theta, ThetaPair, Window, Windows, combine};
use seedtest_store::{Ability, AbilityPoint, Store, TopicTheta};

use crate::error::Error;

/// Model of a topic ability that only repeats the student's overall one.
pub(crate) const COPIED: &str = "copied";

/// Stored abilities that may matter for a span of days: all of the span, and before it the newest
/// of each student and topic.
#[derive(Default, Debug)]
pub(crate) struct StoredThetas {
    abilities: Vec<AbilityPoint>,
    topics: Vec<TopicTheta>,
}

impl StoredThetas {
    pub(crate) async fn load(
        store: &Store,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let mut abilities = store.abilities_before(from).await?;
        abilities.extend(store.ability_history(from, to).await?);
        let mut topics = store.topic_thetas_before(from).await?;
        topics.extend(store.topic_theta_history(from, to).await?);
        Ok(Self { abilities, topics })
    }

    /// All of one student estimated before `to`.
    pub(crate) async fn of_student(
        store: &Store,
        user_id: &str,
        to: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let first = DateTime::UNIX_EPOCH;
        let point = |row: Ability| AbilityPoint {
            user_id: row.user_id,
            theta: row.theta,
            se: row.se,
            fitted_at: row.fitted_at,
            n_answers: row.n_answers,
        };
        let abilities = store.student_abilities(user_id, first, to, u32::MAX).await?;
        Ok(Self {
            abilities: abilities.into_iter().map(point).collect(),
            topics: store.student_topic_thetas(user_id, first, to, u32::MAX).await?,
        })
    }

    /// Only what was estimated of one topic itself.
    pub(crate) fn only_topic(self, topic_id: &str) -> Self {
        let of_topic = |row: &TopicTheta| row.topic_id == topic_id && row.model != COPIED;
        let topics = self.topics.into_iter().filter(of_topic).collect();
        Self { abilities: Vec::new(), topics }
    }
}

/// An ability and when it was estimated (microseconds since 1970-01-01 UTC).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FittedTheta {
    pub(crate) theta: Theta,
    pub(crate) fitted_at: i64,
}

#[derive(Default)]
struct Student<'a> {
    /// Oldest first.
    overall: Vec<FittedTheta>,
    /// Oldest first.
    topics: Vec<TopicPoint<'a>>,
}

#[derive(Clone, Copy)]
struct TopicPoint<'a> {
    topic: &'a str,
    fitted: FittedTheta,
    copied: bool,
}

/// Stored abilities by student.
pub(crate) struct ThetaHistory<'a> {
    by_user: HashMap<&'a str, Student<'a>>,
}

impl<'a> ThetaHistory<'a> {
    pub(crate) fn new(stored: &'a StoredThetas) -> Self {
        let mut by_user: HashMap<&str, Student<'_>> = HashMap::new();
        for row in &stored.abilities {
            let fitted = fitted(row.theta, row.se, row.fitted_at);
            by_user.entry(&row.user_id).or_default().overall.push(fitted);
        }
        for row in &stored.topics {
            let point = TopicPoint {
                topic: &row.topic_id,
                fitted: fitted(row.theta, row.se, row.fitted_at),
                copied: row.model == COPIED,
            };
            by_user.entry(&row.user_id).or_default().topics.push(point);
        }
        for student in by_user.values_mut() {
            student.overall.sort_by_key(|point| point.fitted_at);
            student.topics.sort_by_key(|point| point.fitted.fitted_at);
        }
        Self { by_user }
    }

    /// Students with an overall or a topic ability estimated before `end`.
    pub(crate) fn users_before(&self, end: i64) -> impl Iterator<Item = &'a str> {
        let until = Window { from: i64::MIN, to: end };
        self.by_user
            .iter()
            .filter(move |(_, student)| student.newest_in(until).is_some())
            .map(|(&user_id, _)| user_id)
    }

    /// Whether an overall or a topic ability of the student was estimated before `end`.
    pub(crate) fn knows(&self, user_id: &str, end: i64) -> bool {
        self.newest_before(user_id, end).is_some()
    }

    /// The newest ability before `end`: the overall one, else the topics together.
    pub(crate) fn newest_before(&self, user_id: &str, end: i64) -> Option<FittedTheta> {
        self.by_user.get(user_id)?.newest_in(Window { from: i64::MIN, to: end })
    }

    /// Abilities in two windows, where both are known.
    pub(crate) fn pair(&self, user_id: &str, windows: Windows) -> Option<ThetaPair> {
        let student = self.by_user.get(user_id)?;
        let newest = |window| student.newest_in(window).map(|point| point.theta);
        Some((newest(windows.recent)?, newest(windows.previous)?))
    }

    /// The newest ability in a topic before `end`, else the overall one.
    pub(crate) fn of_topic(&self, user_id: &str, topic: &str, end: i64) -> Option<Theta> {
        let student = self.by_user.get(user_id)?;
        let before = |point: &&FittedTheta| point.fitted_at < end;
        let of_topic = student.topics.iter().filter(|point| point.topic == topic);
        of_topic
            .map(|point| &point.fitted)
            .rfind(before)
            .or_else(|| student.overall.iter().rfind(before))
            .map(|point| point.theta)
    }
}

fn fitted(theta: f64, se: Option<f64>, at: DateTime<Utc>) -> FittedTheta {
    FittedTheta { theta: Theta { theta, se }, fitted_at: at.timestamp_micros() }
}

impl Student<'_> {
    fn newest_in(&self, window: Window) -> Option<FittedTheta> {
        let inside = |at: i64| window.from <= at && at < window.to;
        let until = self.overall.partition_point(|point| point.fitted_at < window.to);
        let overall = self.overall[..until].last().copied();
        overall.filter(|point| inside(point.fitted_at)).or_else(|| self.combined_topics(inside))
    }

    /// The newest estimate of each topic, weighted by precision. Copies of the overall ability say
    /// the same thing once, and nothing beside estimates from the same answers.
    fn combined_topics(&self, inside: impl Fn(i64) -> bool) -> Option<FittedTheta> {
        let mut estimates: BTreeMap<&str, FittedTheta> = BTreeMap::new();
        let mut copy = None;
        for point in self.topics.iter().filter(|point| inside(point.fitted.fitted_at)) {
            if point.copied {
                copy = Some(point.fitted);
            } else {
                estimates.insert(point.topic, point.fitted);
            }
        }
        let thetas: Vec<Theta> = estimates.values().map(|point| point.theta).collect();
        let newest = estimates.values().map(|point| point.fitted_at).max();
        match (combine(&thetas), newest) {
            (Some(theta), Some(fitted_at)) => Some(FittedTheta { theta, fitted_at }),
            _ => copy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::Duration::days(day)
    }

    fn overall(day: i64, theta: f64) -> AbilityPoint {
        AbilityPoint {
            user_id: "amy".into(),
            theta,
            se: Some(0.3),
            fitted_at: at(day),
            n_answers: None,
        }
    }

    fn topic(day: i64, topic_id: &str, theta: f64, se: f64, model: &str) -> TopicTheta {
        TopicTheta {
            user_id: "amy".into(),
            topic_id: topic_id.into(),
            theta,
            se: Some(se),
            model: model.into(),
            version: None,
            run_id: None,
            fitted_at: at(day),
        }
    }

    fn window(from: i64, to: i64) -> Window {
        Window { from: at(from).timestamp_micros(), to: at(to).timestamp_micros() }
    }

    /// Days 0 to 13 and 14 to 27.
    fn windows() -> Windows {
        Windows { recent: window(14, 28), previous: window(0, 14) }
    }

    #[test]
    fn the_overall_ability_of_a_window_comes_first() {
        let stored = StoredThetas {
            abilities: vec![overall(1, 0.1), overall(20, 0.4), overall(25, 0.5)],
            topics: vec![topic(26, "t1", 2.0, 0.1, "2PL")],
        };
        let history = ThetaHistory::new(&stored);
        let (recent, previous) = history.pair("amy", windows()).unwrap();
        assert_eq!((recent.theta, previous.theta), (0.5, 0.1));
        assert!(history.pair("ben", windows()).is_none());
    }

    #[test]
    fn topics_stand_in_by_inverse_variance_and_copies_count_once() {
        // M15: (0.4, 0.2) and (−0.2, 0.4) give 0.28 ± 0.17889; the older t1 and the copy are left out.
        let stored = StoredThetas {
            abilities: vec![],
            topics: vec![
                topic(15, "t1", 9.0, 0.2, "2PL"),
                topic(16, "t1", 0.4, 0.2, "2PL"),
                topic(17, "t2", -0.2, 0.4, "2PL"),
                topic(18, "t3", 5.0, 0.1, COPIED),
            ],
        };
        let history = ThetaHistory::new(&stored);
        let newest = history.newest_before("amy", at(30).timestamp_micros()).unwrap();
        assert!((newest.theta.theta - 0.28).abs() < 1e-12);
        assert!((newest.theta.se.unwrap() - 0.178_885).abs() < 1e-6);
        assert_eq!(newest.fitted_at, at(17).timestamp_micros());
    }

    #[test]
    fn three_copies_are_one_ability() {
        let topics = ["t1", "t2", "t3"].map(|name| topic(15, name, 0.7, 0.3, COPIED)).into();
        let stored = StoredThetas { abilities: vec![], topics };
        let history = ThetaHistory::new(&stored);
        let newest = history.newest_before("amy", at(30).timestamp_micros()).unwrap();
        assert_eq!(newest.theta, Theta { theta: 0.7, se: Some(0.3) });
    }

    #[test]
    fn a_feature_takes_its_topic_then_the_student_then_nothing() {
        let stored = StoredThetas {
            abilities: vec![overall(10, 0.1)],
            topics: vec![topic(12, "t1", 0.9, 0.2, "2PL")],
        };
        let history = ThetaHistory::new(&stored);
        let theta = |topic, day| {
            history.of_topic("amy", topic, at(day).timestamp_micros()).map(|theta| theta.theta)
        };
        assert_eq!(theta("t1", 13), Some(0.9));
        assert_eq!(theta("t1", 12), Some(0.1));
        assert_eq!(theta("t2", 13), Some(0.1));
        assert_eq!(theta("t2", 10), None);
    }
}
