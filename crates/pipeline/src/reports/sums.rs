//! What every student did in the weeks a report looks at, counted once for all pages.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use seedtest_kpi::{daily_activity, rows_in, topic_accuracy, weekly_accuracy};
use seedtest_report::{Halves, MeanShare};

use super::material::Material;

/// Right answers and answers.
pub(super) type Score = (u32, u32);

/// What one student did.
#[derive(Default)]
pub(super) struct Sums {
    /// (right, answers) by week.
    pub(super) weeks: BTreeMap<NaiveDate, Score>,
    /// (right, answers) of the last four weeks by code of the topic.
    pub(super) topics: BTreeMap<u32, Score>,
    pub(super) halves: Option<Halves>,
    pub(super) days_silent: Option<u32>,
    pub(super) active_days: u32,
}

/// The sums of every student of the log, by the code of the student.
pub(super) fn sums(material: &Material) -> Vec<Sums> {
    (0..material.log.students().len() as u32).map(|student| of_student(material, student)).collect()
}

fn of_student(material: &Material, student: u32) -> Sums {
    let log = &material.log;
    let term = rows_in(log, student, material.accuracy_window());
    let month = rows_in(log, student, material.month());
    let last = term.clone().filter(|&row| !log.is_retag(row)).map(|row| log.at()[row]).max();
    let zone = log.time_zone();
    let days_silent = last
        .map(|at| material.as_of.signed_duration_since(zone.date_of(at)).num_days().max(0) as u32);
    let halves = Halves {
        recent: score(material, student, material.half(0)),
        before: score(material, student, material.half(1)),
    };
    Sums {
        weeks: weekly_accuracy(log, term)
            .into_iter()
            .map(|(week, score)| (week, (score.right, score.n)))
            .collect(),
        topics: topic_accuracy(log, month.clone())
            .into_iter()
            .map(|(topic, score)| (topic, (score.right, score.n)))
            .collect(),
        halves: (halves != Halves::default()).then_some(halves),
        days_silent,
        active_days: daily_activity(log, month).values().filter(|day| day.answers > 0).count()
            as u32,
    }
}

fn score(material: &Material, student: u32, window: seedtest_kpi::Window) -> Score {
    let rows = rows_in(&material.log, student, window);
    weekly_accuracy(&material.log, rows)
        .values()
        .fold((0, 0), |(right, n), score| (right + score.right, n + score.n))
}

/// What the students of a group did together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GroupSum {
    /// Answers of all of them, and right ones.
    pub(super) n: u32,
    pub(super) right: u32,
    /// The mean of their shares.
    pub(super) mean: MeanShare,
}

/// The weeks of a group of students.
pub(super) fn group_weeks<'a>(of: impl Iterator<Item = &'a Sums>) -> BTreeMap<NaiveDate, GroupSum> {
    together(of.map(|sums| &sums.weeks))
}

/// The topics of a group of students by code.
pub(super) fn group_topics<'a>(of: impl Iterator<Item = &'a Sums>) -> BTreeMap<u32, GroupSum> {
    together(of.map(|sums| &sums.topics))
}

/// The scores of students under each key; who has no answers under one counts nothing there.
fn together<'a, K: Ord + Copy + 'a>(
    of: impl Iterator<Item = &'a BTreeMap<K, Score>>,
) -> BTreeMap<K, GroupSum> {
    let mut scores: BTreeMap<K, Vec<Score>> = BTreeMap::new();
    for (&key, &score) in of.flatten().filter(|(_, (_, n))| *n > 0) {
        scores.entry(key).or_default().push(score);
    }
    let sum = |scores: &[Score]| {
        let (right, n) = scores.iter().fold((0, 0), |(r, n), score| (r + score.0, n + score.1));
        let share = |(right, n): &Score| f64::from(*right) / f64::from(*n);
        let mean = MeanShare::of(scores.iter().map(share))?;
        Some(GroupSum { n, right, mean })
    };
    scores.iter().filter_map(|(&key, scores)| Some((key, sum(scores)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_student_of_a_group_counts_the_same() {
        let student = |scores: &[(u32, Score)]| Sums {
            topics: scores.iter().copied().collect(),
            ..Sums::default()
        };
        let all = [
            student(&[(1, (90, 100)), (2, (0, 0))]),
            student(&[(1, (1, 10))]),
            student(&[(1, (1, 2)), (2, (3, 4))]),
        ];
        let topics = group_topics(all.iter());
        assert_eq!((topics[&1].n, topics[&1].right, topics[&1].mean.students), (112, 92, 3));
        assert!((topics[&1].mean.share - 0.5).abs() < 1e-12);
        // Sample standard deviation of 0.9, 0.1 and 0.5.
        assert!((topics[&1].mean.sd - 0.4).abs() < 1e-12);
        assert_eq!((topics[&2].mean.students, topics[&2].mean.share), (1, 0.75));
    }
}
