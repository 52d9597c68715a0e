//! Who looks at the interrupt and the observer, and what is left then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::series::{line, weeks};
use seedtest_forecast::{
    Control, Data, Error, Growth, Model, Observer, Plan, Progress, Rows, Silent, Spec, forecast,
};
use seedtest_numerics::{Interrupt, exp};

/// Raises its interrupt at the look of this number, and stops at the progress of that.
#[derive(Default)]
struct Counted {
    looks: Arc<AtomicUsize>,
    raised_from: usize,
    calls: usize,
    stops_at: usize,
}

impl Observer for Counted {
    fn progress(&mut self, _: &Progress) -> Control {
        self.calls += 1;
        if self.calls >= self.stops_at { Control::Stop } else { Control::Continue }
    }

    fn interrupt(&self) -> Interrupt {
        let (looks, from) = (self.looks.clone(), self.raised_from);
        Interrupt::when(move || looks.fetch_add(1, Ordering::Relaxed) >= from)
    }
}

#[test]
fn a_raised_interrupt_ends_every_step() {
    let (time, y) = (weeks(60), line(60, 0.1, 3));
    let never = || Counted { raised_from: usize::MAX, stops_at: usize::MAX, ..Counted::default() };
    let mut watch = never();
    let data = Data::new(&time, &y);
    let whole = forecast(&data, None, &Plan::default(), &mut watch).unwrap();
    let looks = watch.looks.load(Ordering::Relaxed);
    assert!(looks > 20, "{looks}");
    assert_eq!(whole, forecast(&data, None, &Plan::default(), &mut Silent).unwrap());
    for share in [0, 10, 50, 90] {
        let mut watch = Counted { raised_from: looks * share / 100, ..never() };
        let found = forecast(&data, None, &Plan::default(), &mut watch);
        assert!(matches!(found, Err(Error::Interrupted(_))), "{share}: {found:?}");
    }
}

/// Says that it is time to sum up at the look of this number; there is time for that.
struct Hurried {
    looks: Arc<AtomicUsize>,
    closing_from: usize,
}

impl Observer for Hurried {
    fn progress(&mut self, _: &Progress) -> Control {
        Control::Continue
    }

    fn closing(&self) -> Interrupt {
        let (looks, from) = (self.looks.clone(), self.closing_from);
        Interrupt::when(move || looks.fetch_add(1, Ordering::Relaxed) >= from)
    }
}

/// When it is time to sum up, in the middle of any step, there is a forecast, and it says what it rests on.
#[test]
fn what_was_found_when_the_time_is_up_is_published() {
    let (time, mut y) = (weeks(60), line(60, 0.1, 3));
    y[30] += 5.0;
    let data = Data::new(&time, &y);
    let hurried = |closing_from| Hurried { looks: Arc::default(), closing_from };
    for model in [None, Some(Model::Prophet), Some(Model::DampedTrend)] {
        let plan = Plan { model, ..Plan::default() };
        let mut watch = hurried(usize::MAX);
        let whole = forecast(&data, None, &plan, &mut watch).unwrap();
        let looks = watch.looks.load(Ordering::Relaxed);
        assert!(!whole.is_stopped && looks > 20, "{looks}");
        for share in [0, 10, 50, 95] {
            let found = forecast(&data, None, &plan, &mut hurried(looks * share / 100)).unwrap();
            assert!(found.is_stopped, "{model:?} {share}");
            assert_eq!(found.future.len(), whole.future.len());
            assert!(found.future.iter().all(|p| p.yhat.is_some_and(f64::is_finite)));
            let said = |warning: &String| warning.contains("`max_seconds`");
            assert!(found.warnings.iter().any(said), "{share}: {:?}", found.warnings);
        }
    }
    let first = forecast(&data, None, &Plan::default(), &mut hurried(0)).unwrap();
    assert_eq!((first.scores[0].points, first.model_used), (0, Model::DampedTrend));
    assert!(first.why.contains("the time was up"), "{}", first.why);
}

#[test]
fn a_comparison_that_is_stopped_says_so() {
    let (time, y) = (weeks(60), line(60, 0.1, 3));
    let data = Data::new(&time, &y);
    let of = |stops_at| {
        let mut watch = Counted { raised_from: usize::MAX, stops_at, ..Counted::default() };
        let found = forecast(&data, None, &Plan::default(), &mut watch).unwrap();
        (found, watch.calls)
    };
    let (whole, calls) = of(usize::MAX);
    assert!(!whole.is_stopped);
    // At the forecast from the last origin but one: it has none after it.
    let (cut, _) = of(calls);
    assert!(cut.is_stopped && cut.scores[0].points < whole.scores[0].points);
    assert!(cut.scores[0].points > 0 && cut.future.len() == whole.future.len());
    assert!(cut.warnings.iter().any(|w| w.contains("`max_seconds`")), "{:?}", cut.warnings);
}

/// A step of logistic growth of a long series takes its time: each of them is looked at.
#[test]
fn growth_is_stopped_within_a_step() {
    let time = weeks(40);
    let y: Vec<f64> = (0..40).map(|i| 8.0 / (1.0 + exp(4.0 - 0.2 * f64::from(i)))).collect();
    let cap = vec![10.0; 40];
    let rows = Rows { cap: Some(&cap), ..Rows::new(&time) };
    let data = Data { rows, y: &y };
    let spec = Spec { growth: Growth::Logistic, ..Spec::default() };
    let mut watch = Counted { raised_from: usize::MAX, stops_at: 3, ..Counted::default() };
    let found = seedtest_forecast::fit(&data, &spec, &mut watch).unwrap();
    assert_eq!(watch.calls, 3);
    assert!(!found.verdict.converged() && found.verdict.iterations <= 2, "{:?}", found.verdict);
}
