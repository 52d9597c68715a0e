//! A simulated school with known truth: what the demo and the recovery checks run on.

mod demo;
mod habits;
mod items;
mod people;
mod simulate;
mod write;

pub use demo::{DEMO_STEPS, DemoGrowth, DemoProgress, DemoReport, DemoSpec, Recovery, run_demo};
pub use items::TrueItem;
pub(crate) use people::{write_names, write_roster};
pub use simulate::{SchoolSpec, simulate};
pub use write::{write_exams, write_responses};

use chrono::{DateTime, NaiveDate, Utc};

/// One practice answer.
#[derive(Debug, Clone, PartialEq)]
pub struct PracticeAnswer {
    /// Index of the student.
    pub student: usize,
    /// Index of the item.
    pub item: usize,
    /// Whether it was right.
    pub correct: bool,
    /// When it was given.
    pub completed_at: DateTime<Utc>,
    /// How long it took.
    pub response_time_ms: u32,
    /// Hints used.
    pub hints: u32,
    /// Session number within the school.
    pub session: u32,
}

/// One exam a student sat.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamSitting {
    /// Index of the student.
    pub student: usize,
    /// Number of the exam, from 1.
    pub exam: u32,
    /// When it was finished.
    pub completed_at: DateTime<Utc>,
    /// (item, right, seconds) of every question.
    pub questions: Vec<(usize, bool, f64)>,
}

/// A student's true course.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueStudent {
    /// Ability in the first week.
    pub theta: f64,
    /// Growth of ability per week.
    pub slope: f64,
    /// Weeks until the student leaves; `None` = stays to the end.
    pub leaves_after: Option<u32>,
}

/// Everything that happened, and the truth behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct School {
    /// Monday of the first week.
    pub first_week: NaiveDate,
    /// Number of weeks.
    pub weeks: u32,
    /// The students; ids are [`School::student_id`].
    pub students: Vec<TrueStudent>,
    /// The items; ids are [`School::item_id`].
    pub items: Vec<TrueItem>,
    /// Practice, by student and time.
    pub practice: Vec<PracticeAnswer>,
    /// Exams, by student and time.
    pub exams: Vec<ExamSitting>,
}

impl School {
    /// Text id of a student.
    pub fn student_id(student: usize) -> String {
        format!("student-{:04}", student + 1)
    }

    /// Text id of an item.
    pub fn item_id(item: usize) -> String {
        (1001 + item).to_string()
    }

    /// Number of answers, practice and exams together.
    pub fn n_answers(&self) -> usize {
        self.practice.len() + self.exams.iter().map(|exam| exam.questions.len()).sum::<usize>()
    }
}
