//! The search for the maximum of the marginal log-likelihood.

use seedtest_numerics::{Control, Ending, Observer, Progress};

use super::expectation::Expectation;
use super::objective::{Derivatives, derivatives};
use super::structure::{Point, Structure};
use crate::acceleration::{Acceleration, dot};

/// Share of the ascent promised by the gradient that a step must keep.
const SUFFICIENT: f64 = 1e-4;
/// Rounding of the log-likelihood, relative to its size.
const ROUNDING: f64 = 1e-13;
const HALVINGS: u32 = 30;

/// When a search ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopping {
    pub(crate) max_iter: u32,
    pub(crate) gradient_tolerance: f64,
    pub(crate) relative_tolerance: f64,
}

/// A point with its E-step.
pub(crate) struct State {
    pub(crate) point: Point,
    pub(crate) log_likelihood: f64,
    pub(crate) derivatives: Derivatives,
    pub(crate) max_gradient: f64,
}

/// Climbs on the points of one lattice, by steps of EM (Lange 1995) that a quasi-Newton memory makes longer.
pub(crate) struct Search<'a> {
    pub(crate) structure: &'a Structure,
    pub(crate) expected: Expectation<'a>,
    pub(crate) stopping: Stopping,
    /// E-steps so far.
    pub(crate) iterations: u32,
}

impl Search<'_> {
    /// Climbs from a state on.
    pub(crate) fn climb(&mut self, start: State, observer: &mut dyn Observer) -> (State, Ending) {
        let mut memory = Acceleration::new();
        let mut state = start;
        let mut change = f64::INFINITY;
        let mut step = vec![0.0; self.structure.n_free()];
        loop {
            let flat = change <= self.stopping.relative_tolerance * state.log_likelihood.abs();
            if flat && state.max_gradient <= self.stopping.gradient_tolerance {
                return (state, Ending::Converged);
            }
            if let Some(ending) = self.interrupted(&state, observer) {
                return (state, ending);
            }
            let precondition = |rhs: &[f64], out: &mut [f64]| {
                state.derivatives.precondition(self.structure, rhs, out);
            };
            memory.step(&state.derivatives.gradient, precondition, &mut step);
            self.structure.limit(&mut step);
            let mut next = self.attempt(&state, &mut step);
            if next.is_none() {
                memory.clear();
                next = self.shortened(&state, &mut step);
            }
            let Some(next) = next else {
                let stopped = self.expected.stop.is_raised();
                return (state, if stopped { Ending::Stopped } else { Ending::NoAscent });
            };
            memory.learn(&step, &state.derivatives.gradient, &next.derivatives.gradient);
            change = (next.log_likelihood - state.log_likelihood).abs();
            state = next;
        }
    }

    fn interrupted(&self, state: &State, observer: &mut dyn Observer) -> Option<Ending> {
        let progress = Progress {
            iteration: u64::from(self.iterations),
            max_iterations: u64::from(self.stopping.max_iter),
            objective: state.log_likelihood,
            max_gradient: Some(state.max_gradient),
        };
        if observer.progress(&progress) == Control::Stop {
            return Some(Ending::Stopped);
        }
        (self.iterations >= self.stopping.max_iter).then_some(Ending::Iterations)
    }

    /// Takes a step if it ascends, and there was time to see; `step` becomes what was really added.
    fn attempt(&mut self, from: &State, step: &mut [f64]) -> Option<State> {
        let mut taken = vec![0.0; step.len()];
        let point = self.structure.advance(&from.point, step, &mut taken);
        let next = self.evaluate(point)?;
        let promised = SUFFICIENT * dot(&from.derivatives.gradient, &taken).max(0.0);
        let noise = ROUNDING * from.log_likelihood.abs();
        step.copy_from_slice(&taken);
        (next.log_likelihood >= from.log_likelihood + promised - noise).then_some(next)
    }

    /// The step of EM, half of it, a quarter …: it ascends in the end.
    fn shortened(&mut self, from: &State, step: &mut [f64]) -> Option<State> {
        let mut direction = vec![0.0; step.len()];
        let gradient = &from.derivatives.gradient;
        from.derivatives.precondition(self.structure, gradient, &mut direction);
        self.structure.limit(&mut direction);
        let mut factor = 1.0;
        for _ in 0..HALVINGS {
            self.expected.stop.check().ok()?;
            for (s, d) in step.iter_mut().zip(&direction) {
                *s = factor * d;
            }
            if let Some(next) = self.attempt(from, step) {
                return Some(next);
            }
            factor *= 0.5;
        }
        None
    }

    /// The E-step of a point; `None` where the time was up in the middle.
    pub(crate) fn evaluate(&mut self, point: Point) -> Option<State> {
        let root = self.structure.root(&point.tangents);
        let log_likelihood = self.expected.run(&point, &root);
        self.expected.stop.check().ok()?;
        self.iterations += 1;
        let derivatives = derivatives(self.structure, (&point, &root), &self.expected);
        let free = derivatives.gradient.iter().enumerate();
        let max_gradient = free
            .filter(|&(place, &g)| !self.structure.is_held(&point, place, g))
            .fold(0.0, |max, (_, g)| f64::max(max, g.abs()));
        Some(State { point, log_likelihood, derivatives, max_gradient })
    }
}
