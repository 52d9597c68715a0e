//! What every student did in the weeks a report looks at, counted once for all pages.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use seedtest_kpi::{daily_activity, rows_in, topic_accuracy, weekly_accuracy};
use seedtest_report::{GroupScore, Halves};

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

/// The weeks of a group of students.
pub(super) fn group_weeks<'a>(
    of: impl Iterator<Item = &'a Sums>,
) -> BTreeMap<NaiveDate, GroupScore> {
    let mut weeks: BTreeMap<NaiveDate, GroupScore> = BTreeMap::new();
    for sums in of {
        for (&week, &(right, n)) in sums.weeks.iter().filter(|(_, (_, n))| *n > 0) {
            let total = weeks.entry(week).or_insert(GroupScore { students: 0, n: 0, right: 0 });
            total.students += 1;
            total.n += n;
            total.right += right;
        }
    }
    weeks
}

/// The topics of a group of students by code: (right, answers).
pub(super) fn group_topics<'a>(of: impl Iterator<Item = &'a Sums>) -> BTreeMap<u32, Score> {
    let mut topics: BTreeMap<u32, Score> = BTreeMap::new();
    for sums in of {
        for (&topic, &(right, n)) in &sums.topics {
            let total = topics.entry(topic).or_default();
            total.0 += right;
            total.1 += n;
        }
    }
    topics
}
