//! A fit that stops when its time is up.

use std::time::{Duration, Instant};

use seedtest_irt::{Control, Observer, Progress};
use seedtest_numerics::Interrupt;

/// Passes on what another observer says, and stops the fit when its time is up.
pub(super) struct Deadline<'a> {
    inner: &'a mut dyn Observer,
    until: Option<Instant>,
}

impl<'a> Deadline<'a> {
    /// No deadline without a number of seconds.
    pub(super) fn new(inner: &'a mut dyn Observer, seconds: Option<f64>) -> Self {
        let budget = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self { inner, until: budget.and_then(|budget| Instant::now().checked_add(budget)) }
    }
}

impl Observer for Deadline<'_> {
    fn progress(&mut self, progress: &Progress) -> Control {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Control::Stop;
        }
        self.inner.progress(progress)
    }

    fn interrupt(&self) -> Interrupt {
        self.inner.interrupt()
    }

    fn closing(&self) -> Interrupt {
        let (inner, until) = (self.inner.closing(), self.until);
        Interrupt::when(move || {
            inner.is_raised() || until.is_some_and(|until| Instant::now() >= until)
        })
    }
}
