//! What a fit may take: memory, and time.

use seedtest_numerics::{Budget, Interrupt, Observer};

/// What a fit may take. It goes with the rows of the fit, so that what is computed from the fit later keeps
/// to it as well.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowance {
    /// Memory beyond the data.
    pub(crate) budget: Budget,
    /// Ends steps that take long.
    pub(crate) interrupt: Interrupt,
}

impl Allowance {
    pub(crate) fn of(observer: &dyn Observer) -> Self {
        Self { budget: observer.budget(), interrupt: observer.interrupt() }
    }
}
