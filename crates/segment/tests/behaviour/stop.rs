//! Who looks at the interrupt and the observer, and what is left then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::rows::{centres, clouds, data};
use seedtest_numerics::Interrupt;
use seedtest_segment::{
    Control, Error, Method, Observer, Progress, Silent, Spec, Status, cluster, fit,
};

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

fn hurried(closing_from: usize) -> Hurried {
    Hurried { looks: Arc::default(), closing_from }
}

fn raised_from(raised_from: usize) -> Counted {
    Counted { raised_from, stops_at: usize::MAX, ..Counted::default() }
}

const METHODS: [Method; 5] = [
    Method::Kmeans,
    Method::GaussianMixture,
    Method::Hierarchical,
    Method::Dbscan,
    Method::Hdbscan,
];

fn quick(method: Method, k: Option<usize>) -> Spec {
    Spec { method, k, references: 2, bootstraps: 2, starts: 10, max_k: 3, ..Spec::default() }
}

#[test]
fn a_raised_interrupt_ends_every_step() {
    let columns = clouds(&centres(3, 3, 5.0, 1), 10, 0.0, 1);
    let data = data(&columns);
    for method in METHODS {
        for k in [None, Some(3)] {
            let spec = quick(method, k);
            let mut watch = raised_from(usize::MAX);
            let whole = fit(&data, &spec, &mut watch).unwrap();
            let looks = watch.looks.load(Ordering::Relaxed);
            // Inside the steps, not only between them.
            assert!(looks > 100, "{method:?} {k:?}: {looks}");
            assert_eq!(whole, fit(&data, &spec, &mut Silent).unwrap());
            for share in [0, 50, 99] {
                let found = fit(&data, &spec, &mut raised_from(looks * share / 100));
                assert!(matches!(found, Err(Error::Interrupted(_))), "{method:?} {k:?} {share}");
            }
        }
        let cut = cluster(&data, &quick(method, Some(3)), &mut raised_from(0));
        assert!(matches!(cut, Err(Error::Interrupted(_))), "{method:?}");
    }
}

#[test]
fn a_choice_that_is_stopped_says_so() {
    let columns = clouds(&centres(3, 3, 5.0, 1), 40, 0.0, 1);
    let data = data(&columns);
    let spec = quick(Method::Kmeans, None);
    let mut watch = Counted { stops_at: usize::MAX, raised_from: usize::MAX, ..Counted::default() };
    fit(&data, &spec, &mut watch).unwrap();
    assert!(watch.calls > 10, "{}", watch.calls);
    for stops_at in [1, 3, 6, watch.calls - 1] {
        let mut watch = Counted { stops_at, raised_from: usize::MAX, ..Counted::default() };
        let found = fit(&data, &spec, &mut watch).unwrap();
        let reason = "stopped".to_string();
        assert_eq!(found.verdict.status, Status::Truncated { reason }, "{stops_at}");
        assert_eq!(found.verdict.next_action.as_deref(), Some("raise `max_seconds`"));
        assert_eq!((found.labels.len(), found.k), (120, 1), "{stops_at}");
    }
}

/// When it is time to sum up, in the middle of any step, there is an answer: the best so far, which says what it is.
#[test]
fn what_was_found_when_the_time_is_up_is_summed_up() {
    let columns = clouds(&centres(3, 3, 5.0, 1), 40, 0.0, 1);
    let data = data(&columns);
    for method in METHODS {
        for k in [None, Some(3)] {
            let spec = quick(method, k);
            let mut watch = hurried(usize::MAX);
            let whole = fit(&data, &spec, &mut watch).unwrap();
            assert!(whole.verdict.converged(), "{method:?} {k:?}");
            let looks = watch.looks.load(Ordering::Relaxed);
            for share in [0, 30, 60, 95] {
                let mut watch = hurried(looks * share / 100);
                let cut = fit(&data, &spec, &mut watch).unwrap();
                let what = format!("{method:?} {k:?} {share}");
                let reason = "stopped".to_string();
                assert_eq!(cut.verdict.status, Status::Truncated { reason }, "{what}");
                assert_eq!(cut.labels.len(), 120, "{what}");
                assert!(cut.centres.iter().flatten().all(|x| x.is_finite()), "{what}");
                if k.is_some() && method.name() != "dbscan" && method.name() != "hdbscan" {
                    assert_eq!(cut.k, 3, "{what}");
                }
                // Nothing long is begun any more.
                let after = watch.looks.load(Ordering::Relaxed) - looks * share / 100;
                assert!(after < 2_000, "{what}: {after} looks of {looks}");
            }
        }
    }
    // Groups so far apart are seen by the first start there is.
    let cut = fit(&data, &quick(Method::Kmeans, Some(3)), &mut hurried(0)).unwrap();
    let whole = fit(&data, &quick(Method::Kmeans, Some(3)), &mut Silent).unwrap();
    assert!(cut.tot_withinss < 1.5 * whole.tot_withinss, "{}", cut.tot_withinss);
    let said = "the time was up before it was known whether rows of one kind have such";
    assert!(cut.warnings.iter().any(|warning| warning.contains(said)), "{:?}", cut.warnings);
}
