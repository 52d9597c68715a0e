//! The classes of a school in figures, for pages that name no student.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    Absent, ClassName, ClassSegments, ForecastDetail, MeanShare, Provenance, StudentRow,
    TopicScore, Warning, WeekScore,
};
use crate::findings::{Way, clear_change, needs_practice};

/// Most topics of a class that are named as weak.
const MOST_TOPICS: usize = 3;

/// What pages show of a school, or of everybody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SchoolOverview {
    /// Name of the school; `None` for everybody where there are several, or none.
    pub name: Option<String>,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// When it was made, as text to be shown.
    pub generated_at: String,
    /// How many students the figures are of.
    pub coverage: Coverage,
    /// Its classes, by name; students of no class come last.
    pub classes: Vec<ClassFigures>,
    /// Weeks of all of them in ascending order.
    pub weekly_accuracy: Vec<WeekScore>,
    /// Topics of the last four weeks, in any order.
    pub topics: Vec<TopicScore>,
    /// What is expected of improvement; `None` where nothing was forecast.
    pub forecast: Option<ForecastDetail>,
    /// Which kinds of learners there are; `None` where nobody looked.
    pub segments: Option<ClassSegments>,
    /// What the reader must know before trusting the numbers.
    pub warnings: Vec<Warning>,
    /// Where abilities come from; `None` before the first calibration.
    pub provenance: Option<Provenance>,
}

/// Of how many students something is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Students in the classes; 0 without a roster.
    pub enrolled: u32,
    /// Students with numbers in the week.
    pub with_numbers: u32,
    /// Students with answers in the week.
    pub active: u32,
    /// Students with an ability.
    pub with_ability: u32,
    /// Students with a churn risk of a fitted model.
    pub with_risk: u32,
    /// Students with a chance to reach their goal.
    pub with_goal: u32,
}

/// A class in figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// The class; `None` for students of no class.
    pub class: Option<ClassName>,
    /// Students with numbers in the week.
    pub students: u32,
    /// Those with answers in the week.
    pub active: u32,
    /// Their answers of known correctness.
    pub answers: u32,
    /// Right ones.
    pub right: u32,
    /// The mean of the week; `None` without answers.
    pub mean: Option<MeanShare>,
    /// Students there is a reason to talk to.
    pub urgent: u32,
    /// The same where the churn risk is no reason.
    pub urgent_without_risk: u32,
    /// Students who clearly moved ahead.
    pub ahead: u32,
    /// Topics in which most students need practice, with how many those are.
    pub weak_topics: Vec<(String, u32)>,
    /// Students without numbers in the week: who has answered nothing for four weeks.
    #[serde(default)]
    pub silent: u32,
}

impl Coverage {
    /// Of these students; `enrolled` are in the classes.
    pub fn of(students: &[StudentRow], enrolled: u32) -> Self {
        let count = |is: &dyn Fn(&StudentRow) -> bool| {
            u32::try_from(students.iter().filter(|student| is(student)).count()).unwrap_or(u32::MAX)
        };
        Self {
            enrolled,
            with_numbers: count(&|_| true),
            active: count(&|student| student.attempts > 0),
            with_ability: count(&|student| student.ability.is_some()),
            with_risk: count(&|student| student.kpis.churn.value.is_some()),
            with_goal: count(&|student| student.kpis.goal.value.is_some()),
        }
    }

    /// Of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            enrolled: self.enrolled.saturating_add(other.enrolled),
            with_numbers: self.with_numbers.saturating_add(other.with_numbers),
            active: self.active.saturating_add(other.active),
            with_ability: self.with_ability.saturating_add(other.with_ability),
            with_risk: self.with_risk.saturating_add(other.with_risk),
            with_goal: self.with_goal.saturating_add(other.with_goal),
        }
    }
}

impl ClassFigures {
    /// The figures of these students.
    pub fn of(class: Option<ClassName>, students: &[StudentRow], absent: &[Absent]) -> Self {
        let count = |is: &dyn Fn(&StudentRow) -> bool| {
            u32::try_from(students.iter().filter(|student| is(student)).count()).unwrap_or(u32::MAX)
        };
        let sum = |of: fn(&StudentRow) -> u32| {
            students.iter().fold(0_u32, |sum, student| sum.saturating_add(of(student)))
        };
        let with_answers = students.iter().filter(|student| student.attempts > 0);
        let shares = with_answers.map(|s| f64::from(s.right) / f64::from(s.attempts));
        let is_ahead = |student: &StudentRow| {
            clear_change(&student.kpis.improvement).is_some_and(|change| change.way == Way::Up)
        };
        Self {
            class,
            students: count(&|_| true),
            active: count(&|student| student.attempts > 0),
            answers: sum(|student| student.attempts),
            right: sum(|student| student.right),
            mean: MeanShare::of(shares),
            urgent: count(&|student| student.urgency() > 0.0),
            urgent_without_risk: count(&|student| student.urgency_without_risk() > 0.0),
            ahead: count(&is_ahead),
            weak_topics: weak_topics(students),
            silent: absent.iter().filter(|student| student.is_silent()).count() as u32,
        }
    }
}

/// The topics in which most students need practice.
fn weak_topics(students: &[StudentRow]) -> Vec<(String, u32)> {
    let mut counts: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
    for topic in students.iter().flat_map(|student| &student.topics) {
        if needs_practice(topic).is_some() {
            *counts.entry(&topic.topic).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, u32)> = counts.into_iter().filter(|(_, n)| *n > 1).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    counts.truncate(MOST_TOPICS);
    counts.into_iter().map(|(topic, n)| (topic.to_owned(), n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Kpi;

    fn student(right: u32, attempts: u32) -> StudentRow {
        StudentRow { right, attempts, days_silent: Some(1), ..StudentRow::default() }
    }

    #[test]
    fn a_class_is_counted_in_students() {
        let weak = TopicScore { topic: "t".into(), n: 16, right: 3, mean: None, ability: None };
        let mut students = vec![student(1, 2), student(9, 10), student(0, 0)];
        students[0].topics = vec![weak.clone()];
        students[1].topics = vec![weak];
        students[1].kpis.churn = Kpi::known(0.8);
        students[2].days_silent = Some(9);
        let figures = ClassFigures::of(None, &students, &[Absent::default()]);
        assert_eq!(figures.silent, 1);
        assert_eq!((figures.students, figures.active, figures.answers), (3, 2, 12));
        // The mean of 50 % and 90 %, not 10 of 12.
        assert!((figures.mean.unwrap().share - 0.7).abs() < 1e-12);
        assert_eq!((figures.urgent, figures.urgent_without_risk), (2, 1));
        assert_eq!(figures.weak_topics, [("t".to_owned(), 2)]);
        let coverage = Coverage::of(&students, 4);
        assert_eq!((coverage.active, coverage.with_risk, coverage.enrolled), (2, 1, 4));
    }
}
