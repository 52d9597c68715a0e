//! What a fit may take: memory, and time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seedtest_numerics::{Budget, Interrupt, Observer};

/// What a fit may take. It goes with the rows of the fit, so that what is computed from the fit later keeps
/// to it as well.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowance {
    /// Memory beyond the data.
    pub(crate) budget: Budget,
    /// Ends steps that take long.
    pub(crate) interrupt: Interrupt,
    /// Raised when it is time to sum up: fits beside the fit are not begun any more.
    pub(crate) closing: Interrupt,
    /// Searches under way. They have an end that leaves time to sum up what they found.
    searching: Arc<AtomicUsize>,
}

impl Allowance {
    pub(crate) fn of(observer: &dyn Observer) -> Self {
        let searching = Arc::<AtomicUsize>::default();
        let (closing, end) = (observer.closing(), observer.interrupt());
        let (ends_searches, searches) = (closing.clone(), searching.clone());
        let interrupt = Interrupt::when(move || {
            end.is_raised() || searches.load(Ordering::Relaxed) > 0 && ends_searches.is_raised()
        });
        Self { budget: observer.budget(), interrupt, closing, searching }
    }

    /// Runs a search: its steps end when it is time to sum up, not when the answer is wanted.
    pub(crate) fn searching<T>(&self, search: impl FnOnce() -> T) -> T {
        self.searching.fetch_add(1, Ordering::Relaxed);
        let found = search();
        self.searching.fetch_sub(1, Ordering::Relaxed);
        found
    }
}
