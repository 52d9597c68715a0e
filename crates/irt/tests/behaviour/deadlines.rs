//! Calibrations whose time is up in the middle of a step. Time is counted in looks: what ends a step is looked at
//! from its loops, so that few looks after the end mean that little was done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seedtest_irt::polytomous::{self, ItemModel};
use seedtest_irt::{
    Control, DependenceSpec, DiagnoseSpec, Error, Fit, ItemParameters, M2Spec, Model,
    NoDependenceTest, NoErrors, NoM2, Observer, Progress, ScoreError, Silent, Spec, StandardErrors,
    Status, diagnose_within, fit, limited_information_fit, local_dependence,
};
use seedtest_numerics::{Interrupt, Interrupted};

use crate::polytomous::{Scored, abilities as category_abilities, graded};
use crate::simulation::{Simulated, abilities, items};

/// Raised from the so-maniest look on.
fn after(looks: usize) -> (Interrupt, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    (Interrupt::when(move || counted.fetch_add(1, Ordering::Relaxed) >= looks), seen)
}

/// Sums up after so many looks at one sign, ends after so many at the other.
struct Hurried {
    closing: Interrupt,
    end: Interrupt,
    iterations: u64,
}

impl Observer for Hurried {
    fn progress(&mut self, progress: &Progress) -> Control {
        self.iterations = progress.iteration;
        if self.closing.is_raised() { Control::Stop } else { Control::Continue }
    }

    fn interrupt(&self) -> Interrupt {
        self.end.clone()
    }

    fn closing(&self) -> Interrupt {
        self.closing.clone()
    }
}

fn hurried(closing: usize, end: usize) -> (Hurried, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let ((closing, looks), (end, ends)) = (after(closing), after(end));
    (Hurried { closing, end, iterations: 0 }, looks, ends)
}

const NEVER: usize = usize::MAX;
/// Looks that a calibration may take after the end: those of the threads that are on their way.
const FEW: usize = 400;

fn data() -> Simulated {
    Simulated::new(70, abilities(70, 3_000, 0.0, 1.0), items(70, 20), 20)
}

fn known(found: &Fit) -> Vec<Option<ItemParameters>> {
    found.items.iter().map(|item| Some(ItemParameters::from(item))).collect()
}

#[test]
fn a_search_ends_in_the_middle_of_a_step_with_the_best_point_before_it() {
    let data = data();
    let spec = Spec::new(Model::TwoPl);
    let (mut whole, looks, ends) = hurried(NEVER, NEVER);
    let found = fit(&data.responses(), &spec, &mut whole).unwrap();
    assert!(found.verdict.converged());
    let (all, of_summary) = (looks.load(Ordering::Relaxed), ends.load(Ordering::Relaxed));
    // A step looks often: between two looks is a small part of it.
    assert!(all as u64 > 20 * whole.iterations, "{all} looks in {} steps", whole.iterations);
    assert!(of_summary > 100, "{of_summary} looks while summing up");

    for share in [0.3, 0.7] {
        let allowed = (share * all as f64) as usize;
        let (mut short, looks, _) = hurried(allowed, NEVER);
        let cut = fit(&data.responses(), &spec, &mut short).unwrap();
        assert!(matches!(cut.verdict.status, Status::Truncated { .. }), "{:?}", cut.verdict);
        assert!(cut.verdict.iterations < found.verdict.iterations);
        assert!(cut.abilities.iter().all(|ability| ability.theta.is_finite()));
        assert!(cut.log_likelihood.is_finite() && cut.log_likelihood <= found.log_likelihood);
        assert!(looks.load(Ordering::Relaxed) < allowed + FEW, "{looks:?} of {allowed}");
    }
}

#[test]
fn without_a_first_step_there_is_nothing_to_sum_up() {
    let data = data();
    let refused = |error| assert_eq!(error, Error::Interrupted(Interrupted));
    let (mut none, looks, _) = hurried(3, NEVER);
    refused(fit(&data.responses(), &Spec::new(Model::TwoPl), &mut none).unwrap_err());
    assert!(looks.load(Ordering::Relaxed) < FEW);
    let scored = polytomous::Responses {
        student: &data.student,
        item: &data.item,
        score: &data.correct,
        n_students: data.theta.len(),
        n_items: data.items.len(),
        maximum: None,
    };
    let (mut none, looks, _) = hurried(3, NEVER);
    let spec = polytomous::Spec::new(ItemModel::TwoPl);
    let error = polytomous::fit(&scored, &spec, &mut none).unwrap_err();
    assert_eq!(error, polytomous::Error::Calibration(Error::Interrupted(Interrupted)));
    assert!(looks.load(Ordering::Relaxed) < FEW);
}

#[test]
fn standard_errors_are_left_out_where_there_is_no_time_and_abilities_are_not() {
    let data = data();
    for standard_errors in [StandardErrors::Observed, StandardErrors::Sandwich] {
        let spec = Spec { standard_errors, ..Spec::new(Model::TwoPl) };
        // One look for every pattern of answers to get abilities; the errors are reached and not finished.
        let (mut short, _, ends) = hurried(NEVER, data.theta.len() + 200);
        let found = fit(&data.responses(), &spec, &mut short).unwrap();
        assert!(found.abilities.iter().all(|ability| ability.se.is_finite()));
        assert_eq!((found.se_method, found.covariance), (None, None));
        let missing = found.items.iter().map(|item| (item.se, item.se_missing));
        assert!(missing.clone().all(|of| of == (None, Some(NoErrors::OutOfTime))));
        assert!(ends.load(Ordering::Relaxed) < data.theta.len() + 200 + FEW);
        let (mut none, _, _) = hurried(NEVER, 100);
        let error = fit(&data.responses(), &spec, &mut none).unwrap_err();
        assert_eq!(error, Error::Interrupted(Interrupted));
    }
}

#[test]
fn what_is_measured_of_a_calibration_ends_when_nobody_waits() {
    let data = data();
    let found = fit(&data.responses(), &Spec::new(Model::TwoPl), &mut Silent).unwrap();
    let items = known(&found);
    let (stop, looks) = after(50);
    let spec = DependenceSpec::default();
    let tested = local_dependence(&data.responses(), None, &found, &spec, &stop).unwrap();
    assert_eq!(tested.unwrap_err(), NoDependenceTest::OutOfTime);
    assert!(looks.load(Ordering::Relaxed) < 50 + 2 * FEW, "{looks:?}");
    let (stop, _) = after(50);
    let diagnosed = diagnose_within(&data.responses(), &items, &DiagnoseSpec::default(), &stop);
    assert_eq!(diagnosed.unwrap_err(), ScoreError::Interrupted(Interrupted));
    let (stop, _) = after(5);
    let margins = limited_information_fit(&data.responses(), &items, &M2Spec::default(), &stop);
    assert_eq!(margins.unwrap().unwrap_err(), NoM2::OutOfTime);
}

#[test]
fn the_quality_of_categories_ends_in_the_middle_too() {
    let data = Scored::draw(71, category_abilities(71, 400, 0.0, 1.0), graded(71, 15, 3), 1.0);
    let of = |curves: &polytomous::CategoryCurves| {
        let scores = (0u8..).take(curves.n_categories()).collect();
        Some(polytomous::KnownItem { curves: curves.clone(), scores, model: ItemModel::Grm })
    };
    let known: Vec<_> = data.items.iter().map(of).collect();
    let diagnose = |stop: &Interrupt| {
        let spec = polytomous::DiagnoseSpec::default();
        polytomous::diagnose_within(&data.responses(), &known, &spec, stop)
    };
    let (never, looks) = after(NEVER);
    assert!(diagnose(&never).unwrap().items.iter().all(|item| item.s_x2.is_some()));
    // Students, nodes of every item, and students once more for the pairs.
    let all = looks.load(Ordering::Relaxed);
    assert!(all > 1_000, "{all} looks");
    for allowed in [0, 200, all / 2, all - 10] {
        let (stop, looks) = after(allowed);
        assert_eq!(diagnose(&stop).unwrap_err(), ScoreError::Interrupted(Interrupted));
        assert!(looks.load(Ordering::Relaxed) < allowed + FEW, "{looks:?} of {allowed}");
    }
}
