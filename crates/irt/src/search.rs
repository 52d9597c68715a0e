//! The search for the maximum of the marginal log-posterior.

use seedtest_numerics::{Control, Ending, Observer, Progress};

use crate::acceleration::{Acceleration, dot};
use crate::expectation::Expectation;
use crate::grid::Grid;
use crate::maximization::{BlockDerivatives, Target};
use crate::parameters::{FreeSet, Point, limits};
use crate::spec::Spec;
use crate::warm_curvature::WarmCurvature;

/// Full EM steps before the acceleration takes over.
const EM_STEPS: u32 = 3;
/// Share of the ascent promised by the gradient that a step must keep.
const SUFFICIENT: f64 = 1e-4;
/// Rounding of the log-posterior, relative to its size.
const ROUNDING: f64 = 1e-13;

/// A point with its E-step.
pub(crate) struct State {
    pub(crate) point: Point,
    pub(crate) log_likelihood: f64,
    pub(crate) log_posterior: f64,
    derivatives: BlockDerivatives,
    pub(crate) max_gradient: f64,
}

/// The best point found.
pub(crate) struct Outcome {
    pub(crate) state: State,
    /// `None`: an ability distribution left the grid, and the search has to go on on a wider one.
    pub(crate) ending: Option<Ending>,
    pub(crate) iterations: u32,
}

/// Maximises the marginal log-posterior: a few EM steps, then quasi-Newton steps; a step that does
/// not ascend is replaced by shortened EM-gradient steps (Lange 1995), which ascend in the end.
pub(crate) struct Search<'a, 'b> {
    pub(crate) target: Target<'a>,
    pub(crate) spec: &'a Spec,
    /// `None`: the grid cannot be widened, whatever the distributions do.
    pub(crate) grid: Option<&'a Grid>,
    pub(crate) expected: &'a mut Expectation<'b>,
    /// Inverse curvature known from a stored solution.
    pub(crate) warm: Option<WarmCurvature>,
    pub(crate) observer: &'a mut dyn Observer,
}

impl Search<'_, '_> {
    /// Searches from `start`, after `iterations` E-steps of earlier searches.
    pub(crate) fn run(mut self, start: Point, iterations: u32) -> Outcome {
        let mut memory = Acceleration::new();
        let mut state = self.evaluate(start);
        let mut iterations = iterations + 1;
        let mut change = f64::INFINITY;
        let mut step = vec![0.0; self.target.free.len()];
        loop {
            if self.grid.is_some_and(|grid| !grid.holds(&state.point.populations)) {
                return Outcome { state, ending: None, iterations };
            }
            let flat = change <= self.spec.relative_tolerance * state.log_posterior.abs();
            if state.max_gradient <= self.spec.gradient_tolerance && (flat || step.is_empty()) {
                return Outcome { state, ending: Some(Ending::Converged), iterations };
            }
            if let Some(ending) = self.interrupted(&state, iterations) {
                return Outcome { state, ending: Some(ending), iterations };
            }
            // A stored solution is near the optimum already.
            if iterations <= EM_STEPS && self.spec.start.is_none() {
                self.target.em_step(&state.point, self.expected, &mut step);
            } else {
                self.accelerated_step(&memory, &state, &mut step);
            }
            let mut next = self.attempt(&state, &mut step, &mut iterations);
            if next.is_none() {
                memory.clear();
                self.warm = None;
                next = self.shortened(&state, &mut step, &mut iterations);
            }
            let Some(next) = next else {
                return Outcome { state, ending: Some(Ending::NoAscent), iterations };
            };
            memory.learn(&step, &state.derivatives.gradient, &next.derivatives.gradient);
            change = (next.log_posterior - state.log_posterior).abs();
            state = next;
        }
    }

    fn interrupted(&mut self, state: &State, iterations: u32) -> Option<Ending> {
        let progress = Progress {
            iteration: u64::from(iterations),
            max_iterations: u64::from(self.spec.max_iter),
            objective: state.log_posterior,
            max_gradient: Some(state.max_gradient),
        };
        if self.observer.progress(&progress) == Control::Stop {
            return Some(Ending::Stopped);
        }
        (iterations >= self.spec.max_iter).then_some(Ending::Iterations)
    }

    fn accelerated_step(&self, memory: &Acceleration, state: &State, step: &mut [f64]) {
        let derivatives = &state.derivatives;
        memory.step(
            &derivatives.gradient,
            |rhs, out| {
                self.target.precondition(derivatives, rhs, out);
                if let Some(warm) = &self.warm {
                    warm.apply(rhs, out);
                }
            },
            step,
        );
        self.target.limit(&state.point, step);
    }

    /// Takes a step if it ascends; `step` becomes what was really added.
    fn attempt(&mut self, from: &State, step: &mut [f64], iterations: &mut u32) -> Option<State> {
        let mut taken = vec![0.0; step.len()];
        let point = self.target.free.advance(&from.point, step, &mut taken);
        let next = self.evaluate(point);
        *iterations += 1;
        let promised = SUFFICIENT * dot(&from.derivatives.gradient, &taken).max(0.0);
        let noise = ROUNDING * from.log_posterior.abs();
        step.copy_from_slice(&taken);
        (next.log_posterior >= from.log_posterior + promised - noise).then_some(next)
    }

    fn shortened(&mut self, from: &State, step: &mut [f64], iterations: &mut u32) -> Option<State> {
        const HALVINGS: u32 = 30;
        let mut direction = vec![0.0; step.len()];
        let gradient = &from.derivatives.gradient;
        self.target.precondition(&from.derivatives, gradient, &mut direction);
        self.target.limit(&from.point, &mut direction);
        let mut factor = 1.0;
        for _ in 0..HALVINGS {
            for (s, d) in step.iter_mut().zip(&direction) {
                *s = factor * d;
            }
            if let Some(next) = self.attempt(from, step, iterations) {
                return Some(next);
            }
            factor *= 0.5;
        }
        None
    }

    fn evaluate(&mut self, point: Point) -> State {
        let log_likelihood = self.expected.run(&point);
        let derivatives = self.target.derivatives(&point, self.expected);
        let max_gradient = max_free_gradient(self.target.free, &point, &derivatives.gradient);
        let log_posterior = log_likelihood + self.target.log_prior(&point);
        State { point, log_likelihood, log_posterior, derivatives, max_gradient }
    }
}

/// Largest gradient component, without those that push a parameter against its bound.
fn max_free_gradient(free: &FreeSet, point: &Point, gradient: &[f64]) -> f64 {
    let k = free.own.len();
    let held = |index: usize, g: f64| {
        if index >= free.globals_start() {
            return false;
        }
        let parameter = free.own[index % k];
        let value = point.curves[free.items[index / k] as usize].get(parameter);
        let (low, high) = limits(parameter);
        (value <= low && g < 0.0) || (value >= high && g > 0.0)
    };
    gradient
        .iter()
        .enumerate()
        .filter(|&(i, &g)| !held(i, g))
        .fold(0.0, |max, (_, g)| f64::max(max, g.abs()))
}
