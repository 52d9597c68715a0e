//! Fits whose time is up in the middle of a draw. Time is counted in looks: what ends the work is looked at from its
//! loops.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // tolerances are no results

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seedtest_growth::{
    Control, Error, Family, Goal, GrowthData, Observer, Progress, Sampling, Silent, Spec, Status,
    fit, resume,
};
use seedtest_numerics::{Interrupt, Interrupted, Stream};

const GOAL: Goal = Goal { target: 1.0, week: 9.0, level: 0.95 };
/// Looks after the end: those of the chains that are on their way.
const FEW: usize = 100;

struct Scores {
    student: Vec<u32>,
    week: Vec<f64>,
    score: Vec<f64>,
}

impl Scores {
    fn data(&self) -> GrowthData<'_> {
        GrowthData {
            student: &self.student,
            week: &self.week,
            score: &self.score,
            n_students: self.student.last().map_or(0, |last| *last as usize + 1),
            weight: None,
            se: None,
            trials: None,
        }
    }
}

fn simulate(students: u32) -> Scores {
    let mut random = Stream::new(1_130, 0);
    let mut scores = Scores { student: Vec::new(), week: Vec::new(), score: Vec::new() };
    for student in 0..students {
        let (level, slope) = (0.5 * random.normal(), 0.04 * random.normal());
        for week in 0..6 {
            let mean = 0.1 + level + (0.05 + slope) * f64::from(week);
            scores.student.push(student);
            scores.week.push(f64::from(week));
            scores.score.push(mean + 0.3 * random.normal());
        }
    }
    scores
}

fn spec(family: Family) -> Spec {
    let sampling = Sampling { warmup: 200, draws: 300, ..Sampling::default() };
    Spec { family, sampling, ..Spec::default() }
}

/// Raised from the so-maniest look on.
fn after(looks: usize) -> (Interrupt, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    (Interrupt::when(move || counted.fetch_add(1, Ordering::Relaxed) >= looks), seen)
}

/// Sums up after so many looks; iterations alone never stop it.
struct Hurried(Interrupt);

impl Observer for Hurried {
    fn progress(&mut self, _: &Progress) -> Control {
        Control::Continue
    }

    fn closing(&self) -> Interrupt {
        self.0.clone()
    }
}

#[test]
fn a_fit_that_ends_in_the_middle_of_a_draw_goes_on_as_if_it_never_stopped() {
    let scores = simulate(30);
    for family in [Family::Gaussian, Family::Student] {
        let spec = spec(family);
        let (never, looks) = after(usize::MAX);
        let whole = fit(&scores.data(), &spec, None, &mut Hurried(never)).unwrap();
        let all = looks.load(Ordering::Relaxed);
        // More often than once an iteration.
        let iterations = spec.sampling.chains * (spec.sampling.warmup + spec.sampling.draws);
        assert!(all > iterations, "{family:?}: {all} looks in {iterations} iterations");
        for share in [0.2, 0.61, 0.87] {
            let allowed = (share * all as f64) as usize;
            let (closing, looks) = after(allowed);
            let cut = fit(&scores.data(), &spec, None, &mut Hurried(closing)).unwrap();
            assert!(looks.load(Ordering::Relaxed) < allowed + FEW);
            assert!(matches!(cut.verdict.status, Status::Truncated { .. }));
            let saved = cut.checkpoint();
            let resumed = resume(&scores.data(), &saved, 300, &mut Silent).unwrap();
            assert!(resumed.chains == whole.chains, "{family:?}, stopped at {share}");
        }
    }
}

#[test]
fn predictions_from_a_part_of_the_draws_are_about_those_from_all() {
    let scores = simulate(40);
    for family in [Family::Gaussian, Family::Student] {
        let fit = fit(&scores.data(), &spec(family), None, &mut Silent).unwrap();
        let never = Interrupt::never();
        let all = fit.students(&GOAL).unwrap();
        assert_eq!(fit.students_within(&GOAL, usize::MAX, &never).unwrap(), all);
        let some = fit.students_within(&GOAL, 200, &never).unwrap();
        assert_eq!(some.len(), all.len());
        for (some, all) in some.iter().zip(&all) {
            // Four standard errors of a mean of 200 draws.
            let error = 4.0 * all.uncertainty / 200f64.sqrt() + 1e-9;
            assert!((some.probability - all.probability).abs() < error, "{some:?} {all:?}");
        }
        let (some, all) =
            (fit.unseen_within(&GOAL, 200, &never).unwrap(), fit.unseen(&GOAL).unwrap());
        let error = 4.0 * all.uncertainty / 200f64.sqrt();
        assert!((some.probability - all.probability).abs() < error, "{some:?} {all:?}");

        let (stop, looks) = after(5);
        let ended = fit.students_within(&GOAL, usize::MAX, &stop);
        assert_eq!(ended.unwrap_err(), Error::Interrupted(Interrupted));
        assert!(looks.load(Ordering::Relaxed) < FEW);
    }
}

#[test]
fn checks_of_the_model_end_when_nobody_waits() {
    let scores = simulate(40);
    let fit = fit(&scores.data(), &spec(Family::Gaussian), None, &mut Silent).unwrap();
    let (stop, looks) = after(5);
    assert_eq!(fit.leave_one_out(&stop).unwrap_err(), Error::Interrupted(Interrupted));
    assert!(looks.load(Ordering::Relaxed) < FEW);
    let (stop, _) = after(5);
    let checked = fit.predictive_checks(&scores.data(), 200, 1, &stop);
    assert_eq!(checked.unwrap_err(), Error::Interrupted(Interrupted));
}
