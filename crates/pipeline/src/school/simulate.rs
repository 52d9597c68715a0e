//! From a seed to answers and exams.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use seedtest_numerics::{Stream, exp};

use super::habits::{Habits, draw_habits};
use super::items::{TOPICS, TrueItem, draw_items, items_of_topic};
use super::{ExamSitting, PracticeAnswer, School};

const WEEKS_PER_EXAM: u32 = 4;
const EXAM_QUESTIONS: usize = 24;
const LEARNT_BY_FEEDBACK: f64 = 0.6;

/// What school to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchoolSpec {
    /// Number of students.
    pub students: usize,
    /// Number of weeks.
    pub weeks: u32,
    /// Monday of the first week.
    pub first_week: NaiveDate,
    /// Seed; the same seed gives the same school.
    pub seed: u64,
}

/// Simulates the school. Right and wrong follow the two-parameter logistic model with an ability
/// that grows linearly by the week; an item that was answered before is easier by 0.6 (feedback).
/// Each student has a random stream of their own, so adding students changes nobody's past.
pub fn simulate(spec: &SchoolSpec) -> School {
    let items = draw_items(spec.seed);
    let mut school = School {
        first_week: spec.first_week,
        weeks: spec.weeks,
        students: Vec::with_capacity(spec.students),
        items: Vec::new(),
        practice: Vec::new(),
        exams: Vec::new(),
    };
    let mut session = 0;
    for student in 0..spec.students {
        let mut stream = Stream::new(spec.seed, 1 + student as u64);
        let habits = draw_habits(&mut stream, spec.weeks);
        school.students.push(habits.truth.clone());
        let mut term = Term {
            student,
            habits,
            items: &items,
            stream,
            seen: BTreeSet::new(),
            wrong: Vec::new(),
            session: &mut session,
        };
        for week in 0..spec.weeks {
            if term.habits.truth.leaves_after.is_some_and(|last| week >= last) {
                break;
            }
            let monday = spec.first_week.checked_add_days(Days::new(7 * u64::from(week)));
            term.week(week, monday.unwrap_or(spec.first_week), &mut school);
        }
    }
    school.items = items;
    school
}

/// One student's way through the term.
struct Term<'a> {
    student: usize,
    habits: Habits,
    items: &'a [TrueItem],
    stream: Stream,
    seen: BTreeSet<usize>,
    wrong: Vec<usize>,
    session: &'a mut u32,
}

impl Term<'_> {
    fn week(&mut self, week: u32, monday: NaiveDate, school: &mut School) {
        let exam_week = week % WEEKS_PER_EXAM == WEEKS_PER_EXAM - 1;
        let factor = if exam_week { self.habits.exam_week_factor } else { 1.0 };
        let sessions = self.stream.poisson(self.habits.sessions_per_week * factor).min(14);
        let mut starts: Vec<f64> = (0..sessions).map(|_| 7.0 * self.stream.uniform()).collect();
        starts.sort_by(f64::total_cmp);
        for start in starts {
            let day = start.floor();
            let hour = self.habits.hour + 3.0 * (start - day);
            let at = instant(monday, day, hour);
            self.sit_down(week, at, &mut school.practice);
        }
        if exam_week {
            let exam = week / WEEKS_PER_EXAM + 1;
            let sitting = self.exam(week, exam, instant(monday, 4.0, 1.0));
            school.exams.push(sitting);
        }
    }

    fn sit_down(&mut self, week: u32, start: DateTime<Utc>, out: &mut Vec<PracticeAnswer>) {
        *self.session += 1;
        let answers = 2 + self.stream.poisson(self.habits.answers_per_session);
        let mut at = start;
        for _ in 0..answers {
            let item = self.next_item(week);
            let (correct, seconds) = self.answer(item, week);
            let hint_rate = self.habits.hint_rate * if correct { 0.5 } else { 1.5 };
            let hints = self.stream.poisson(hint_rate).min(5) as u32;
            at += Duration::milliseconds((seconds * 1000.0) as i64 + 4000);
            out.push(PracticeAnswer {
                student: self.student,
                item,
                correct,
                completed_at: at,
                response_time_ms: (seconds * 1000.0) as u32,
                hints,
                session: *self.session,
            });
        }
    }

    fn exam(&mut self, week: u32, exam: u32, start: DateTime<Utc>) -> ExamSitting {
        let mut questions: Vec<(usize, bool, f64)> = Vec::with_capacity(EXAM_QUESTIONS);
        while questions.len() < EXAM_QUESTIONS {
            let topic = questions.len() % TOPICS.len();
            let item = self.pick(items_of_topic(topic));
            if questions.iter().any(|&(used, ..)| used == item) {
                continue;
            }
            let (correct, seconds) = self.answer(item, week);
            questions.push((item, correct, (seconds * 10.0).round() / 10.0));
        }
        let seconds: f64 = questions.iter().map(|&(.., s)| s).sum();
        let completed_at = start + Duration::seconds(seconds as i64);
        ExamSitting { student: self.student, exam, completed_at, questions }
    }

    fn next_item(&mut self, week: u32) -> usize {
        if !self.wrong.is_empty() && self.stream.bernoulli(self.habits.review_rate) {
            let position = self.stream.uniform() * self.wrong.len() as f64;
            return self.wrong[(position as usize).min(self.wrong.len() - 1)];
        }
        let current = (week as usize / 2) % TOPICS.len();
        let topic = if self.stream.bernoulli(0.6) {
            current
        } else {
            ((self.stream.uniform() * TOPICS.len() as f64) as usize).min(TOPICS.len() - 1)
        };
        self.pick(items_of_topic(topic))
    }

    fn pick(&mut self, items: std::ops::Range<usize>) -> usize {
        let offset = (self.stream.uniform() * items.len() as f64) as usize;
        items.start + offset.min(items.len() - 1)
    }

    /// Right or wrong, and the seconds it took.
    fn answer(&mut self, item: usize, week: u32) -> (bool, f64) {
        let truth = &self.habits.truth;
        let repeated = !self.seen.insert(item);
        let learnt = if repeated { LEARNT_BY_FEEDBACK } else { 0.0 };
        let theta = truth.theta + truth.slope * f64::from(week) + learnt;
        let correct = self.stream.bernoulli(self.items[item].probability(theta));
        if correct {
            self.wrong.retain(|&w| w != item);
        } else if !self.wrong.contains(&item) {
            self.wrong.push(item);
        }
        let log_seconds = self.habits.log_seconds - self.habits.speed_up * f64::from(week)
            + 0.15 * self.items[item].b
            + 0.35 * self.stream.normal();
        (correct, exp(log_seconds).clamp(3.0, 300.0))
    }
}

fn instant(monday: NaiveDate, day: f64, hour: f64) -> DateTime<Utc> {
    let midnight = monday.and_time(NaiveTime::MIN).and_utc();
    midnight + Duration::seconds((day * 86_400.0 + hour * 3_600.0) as i64)
}
