//! How a fit tells of its progress and is stopped, and what it may take.

use crate::budget::Budget;
use crate::interrupt::Interrupt;

/// What an iterative fit reports after each iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Iterations done, counted from 1.
    pub iteration: u64,
    /// Most iterations the fit will do.
    pub max_iterations: u64,
    /// Value of the criterion the fit improves (a log-likelihood, a log-posterior, a deviance).
    pub objective: f64,
    /// Largest absolute gradient component, where the method has one.
    pub max_gradient: Option<f64>,
}

/// Whether a fit goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop and return the best solution so far, marked as truncated.
    Stop,
}

/// Watches a fit: shows progress, enforces a time budget, cancels.
pub trait Observer {
    /// Called after each iteration, on the thread that called `fit`.
    fn progress(&mut self, progress: &Progress) -> Control;

    /// Ends a step that takes long in the middle.
    fn interrupt(&self) -> Interrupt {
        Interrupt::never()
    }

    /// Raised when it is time to sum up what there is: no later than [`interrupt`](Self::interrupt), by what a
    /// summary may take. A search stops in the middle of a step, and what was not begun is left out.
    fn closing(&self) -> Interrupt {
        self.interrupt()
    }

    /// The memory a fit may take beyond its data.
    fn budget(&self) -> Budget {
        Budget::UNLIMITED
    }
}

/// An observer that watches nothing and never stops a fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) -> Control {
        Control::Continue
    }
}

impl<F: FnMut(&Progress) -> Control> Observer for F {
    fn progress(&mut self, progress: &Progress) -> Control {
        self(progress)
    }
}
