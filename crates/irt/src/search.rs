//! The search for the maximum of the marginal log-posterior.

use seedtest_numerics::{Control, Ending, Interrupted, Observer, Progress, Rule};

use crate::acceleration::{Acceleration, dot};
use crate::expectation::{Expectation, Source};
use crate::grid::Grid;
use crate::information_product::MissingProducts;
use crate::missing_information::{AnswerScores, CompleteScores};
use crate::newton::newton_step;
use crate::parameters::Population;
use crate::warm_curvature::WarmCurvature;

/// Share of the ascent promised by the gradient that a step must keep.
const SUFFICIENT: f64 = 1e-4;
/// Rounding of the log-posterior, relative to its size.
const ROUNDING: f64 = 1e-13;

/// What a calibration maximises, over a flat vector of free numbers: the parameters of the items, then mean
/// and ln sd of the ability distributions.
pub(crate) trait Objective: Sync {
    /// A point in the parameter space.
    type Point: Clone + Sync;
    /// Information the complete data would carry about the parameters of the items.
    type Blocks;
    /// What answers say about the parameters of their items at a point.
    type Scores<'p>: AnswerScores
    where
        Self: 'p;

    /// Length of the flat vector.
    fn n_free(&self) -> usize;

    /// The ability distributions of a point.
    fn populations<'p>(&self, point: &'p Self::Point) -> &'p [Population];

    /// Log-probabilities by code and node.
    fn fill_log_probabilities(&self, point: &Self::Point, nodes: &[f64], table: &mut [f64]);

    /// Log density of the priors.
    fn log_prior(&self, point: &Self::Point) -> f64;

    /// Derivatives at the point whose E-step is in `expected`. The gradient of the expected complete-data
    /// log-posterior equals that of the observed one there.
    fn derivatives(
        &self,
        point: &Self::Point,
        expected: &Expectation<'_>,
    ) -> BlockDerivatives<Self::Blocks>;

    /// Information the complete data carry about the parameters of the items, as they are observed.
    fn observed(&self, point: &Self::Point, expected: &Expectation<'_>) -> Self::Blocks;

    /// Writes the product of a vector with the complete-data information of items and ability distributions.
    fn times(
        &self,
        information: (&Self::Blocks, &[[[f64; 2]; 2]]),
        vector: &[f64],
        out: &mut [f64],
    );

    /// Scores of the complete data at a point.
    fn scores<'p>(
        &'p self,
        nodes: &'p [f64],
        rule: Rule,
        point: &'p Self::Point,
    ) -> CompleteScores<Self::Scores<'p>>;

    /// Solves (complete-data information)·step = rhs.
    fn precondition(
        &self,
        derivatives: &BlockDerivatives<Self::Blocks>,
        rhs: &[f64],
        step: &mut [f64],
    );

    /// Shortens a step where it goes further than the curvature can be trusted.
    fn limit(&self, point: &Self::Point, step: &mut [f64]);

    /// Adds `step`, keeping every parameter inside its range, and says what was really added.
    fn advance(&self, from: &Self::Point, step: &[f64], taken: &mut [f64]) -> Self::Point;

    /// Whether this component of a gradient pushes a parameter against its bound.
    fn is_held(&self, point: &Self::Point, place: usize, gradient: f64) -> bool;
}

/// Gradient of the log-posterior and the information the complete data would carry.
pub(crate) struct BlockDerivatives<B> {
    pub(crate) gradient: Vec<f64>,
    pub(crate) blocks: B,
    /// Of (μ, ln σ) of every group.
    pub(crate) latent: Vec<[[f64; 2]; 2]>,
}

/// When a search ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopping {
    pub(crate) max_iter: u32,
    pub(crate) gradient_tolerance: f64,
    pub(crate) relative_tolerance: f64,
    /// Where the search begins.
    pub(crate) from: From,
}

/// Where a search begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// Far out: EM steps come first, which get near in the end from anywhere.
    Guess,
    /// At a stored solution, which is near the optimum already: Newton steps lead there, where they are tried.
    Stored {
        /// Whether they are.
        newton: bool,
    },
}

/// EM steps from a start that knows nothing.
const EM_STEPS: u32 = 3;
/// Gradients of so many times the tolerance are near enough for what is known of the curvature by then.
const NEAR: f64 = 10.0;
/// A curvature serves for another step where the step before left at most this share of the gradient.
const SERVES: f64 = 0.02;

/// A point with its E-step.
pub(crate) struct State<O: Objective> {
    pub(crate) point: O::Point,
    pub(crate) log_likelihood: f64,
    pub(crate) log_posterior: f64,
    derivatives: BlockDerivatives<O::Blocks>,
    pub(crate) max_gradient: f64,
}

/// The best point found.
pub(crate) struct Outcome<O: Objective> {
    pub(crate) state: State<O>,
    /// `None`: an ability distribution left the grid, and the search has to go on on a wider one.
    pub(crate) ending: Option<Ending>,
    pub(crate) iterations: u32,
}

/// Where a search ended, on which grid.
pub(crate) struct Solved<'a, O: Objective> {
    pub(crate) grid: Grid,
    pub(crate) expected: Expectation<'a>,
    pub(crate) outcome: Outcome<O>,
}

/// Searches from `first`, again on a wider grid whenever a population or a student turns out to lie beyond
/// the nodes. `warm` gives the curvature known from a stored solution, if there is one. An E-step ends in the
/// middle when it is time to sum up.
///
/// # Errors
/// [`Interrupted`] when that is before the end of the first of them.
pub(crate) fn solve<'a, O: Objective>(
    objective: &O,
    source: Source<'a>,
    (grid, first): (Grid, O::Point),
    stopping: &Stopping,
    warm: &dyn Fn(&O::Point) -> Option<WarmCurvature>,
    observer: &mut dyn Observer,
) -> Result<Solved<'a, O>, Interrupted> {
    const MOST_WIDENINGS: u32 = 20;
    let (mut grid, mut point, mut iterations) = (grid, first, 0);
    let closing = observer.closing();
    let mut last: Option<Solved<'a, O>> = None;
    if let Some(wider) = grid.wider_for(objective.populations(&point)) {
        grid = wider;
    }
    for widenings in 0..=MOST_WIDENINGS {
        let may_widen = widenings < MOST_WIDENINGS;
        let mut expected = Expectation::new(source, &grid);
        expected.end_with(closing.clone());
        let warm = warm(&point);
        let search = Search {
            objective,
            stopping,
            grid: Some(&grid).filter(|grid| may_widen && grid.can_grow()),
            expected: &mut expected,
            newton: stopping.from == From::Stored { newton: true } && warm.is_none(),
            curvature: None,
            warm,
            observer: &mut *observer,
        };
        let Some(outcome) = search.run(point, iterations) else { break };
        let populations = objective.populations(&outcome.state.point);
        let wider = match outcome.ending {
            _ if !may_widen => None,
            None => grid.wider_for(populations),
            Some(Ending::Converged) => wider_for_students(&grid, &expected, populations),
            Some(_) => None,
        };
        iterations = outcome.iterations;
        point = outcome.state.point.clone();
        let solved = Solved { grid, expected, outcome };
        let Some(wider) = wider else { return Ok(solved) };
        grid = wider;
        last = Some(solved);
    }
    // The time was up in the first step on a wider grid: what was found on the one before is the best there is.
    let mut last = last.ok_or(Interrupted)?;
    last.outcome.ending = Some(Ending::Stopped);
    Ok(last)
}

/// A wider grid where students lie so far out that the first or last node carries more of them than the
/// tail of their population, by the E-step of the solution.
fn wider_for_students(
    grid: &Grid,
    expected: &Expectation<'_>,
    populations: &[Population],
) -> Option<Grid> {
    /// Of one student.
    const NOTICEABLE: f64 = 0.01;
    /// Standard deviations to go further.
    const FURTHER: f64 = 3.0;
    let last = grid.quadrature.nodes().len() - 1;
    let (mut below, mut above, mut sd) = (false, false, 0.0);
    for (group, population) in populations.iter().enumerate() {
        let weights = grid.quadrature.weights(population.mean, population.sd());
        let students = expected.students_of(group);
        let n: f64 = students.iter().sum();
        let surplus = |node: usize| students[node] - n * weights[node];
        below |= surplus(0) > NOTICEABLE;
        above |= surplus(last) > NOTICEABLE;
        sd = f64::max(sd, population.sd());
    }
    grid.further(below, above, FURTHER * sd)
}

/// The curvature at a point that a search passed.
struct Curvature<'b, B> {
    /// Information the complete data carry about the items there.
    observed: B,
    /// What of it is missing.
    missing: MissingProducts<'b>,
    /// Largest component of the gradient from which a step by it was taken last.
    max_gradient: f64,
}

/// Maximises the marginal log-posterior: a few EM steps or, from a stored solution, Newton steps, then quasi-Newton
/// steps; a step that does not ascend is replaced by shortened EM-gradient steps (Lange 1995), which ascend in the end.
struct Search<'a, 'b, O: Objective> {
    objective: &'a O,
    stopping: &'a Stopping,
    /// `None`: the grid cannot be widened, whatever the distributions do.
    grid: Option<&'a Grid>,
    expected: &'a mut Expectation<'b>,
    /// Inverse curvature known from a stored solution.
    warm: Option<WarmCurvature>,
    /// Whether Newton steps are tried.
    newton: bool,
    curvature: Option<Curvature<'b, O::Blocks>>,
    observer: &'a mut dyn Observer,
}

impl<O: Objective> Search<'_, '_, O> {
    /// Searches from `start`, after `iterations` E-steps of earlier searches; `None` where the time was up before
    /// the end of the first.
    fn run(mut self, start: O::Point, iterations: u32) -> Option<Outcome<O>> {
        let mut memory = Acceleration::new();
        let mut state = self.evaluate(start)?;
        let mut iterations = iterations + 1;
        let mut change = f64::INFINITY;
        let mut step = vec![0.0; self.objective.n_free()];
        loop {
            let populations = self.objective.populations(&state.point);
            if self.grid.is_some_and(|grid| !grid.holds(populations)) {
                return Some(Outcome { state, ending: None, iterations });
            }
            let flat = change <= self.stopping.relative_tolerance * state.log_posterior.abs();
            let level = state.max_gradient <= self.stopping.gradient_tolerance;
            if level && (flat || step.is_empty()) {
                return Some(Outcome { state, ending: Some(Ending::Converged), iterations });
            }
            if let Some(ending) = self.interrupted(&state, iterations) {
                return Some(Outcome { state, ending: Some(ending), iterations });
            }
            if self.stopping.from == From::Guess && iterations <= EM_STEPS {
                self.em_step(&state.point, &mut step);
            } else if !self.newton_step(&mut memory, &state, &mut step) {
                self.accelerated_step(&memory, &state, &mut step);
            }
            let mut next = self.attempt(&state, &mut step, &mut iterations);
            if next.is_none() {
                memory.clear();
                (self.warm, self.newton) = (None, false);
                next = self.shortened(&state, &mut step, &mut iterations);
            }
            let Some(next) = next else {
                let ending = if self.expected.stop().is_raised() {
                    // The observer is told, who may want to know that it was stopped.
                    self.interrupted(&state, iterations).unwrap_or(Ending::Stopped)
                } else {
                    Ending::NoAscent
                };
                return Some(Outcome { state, ending: Some(ending), iterations });
            };
            memory.learn(&step, &state.derivatives.gradient, &next.derivatives.gradient);
            change = (next.log_posterior - state.log_posterior).abs();
            state = next;
        }
    }

    fn interrupted(&mut self, state: &State<O>, iterations: u32) -> Option<Ending> {
        let progress = Progress {
            iteration: u64::from(iterations),
            max_iterations: u64::from(self.stopping.max_iter),
            objective: state.log_posterior,
            max_gradient: Some(state.max_gradient),
        };
        if self.observer.progress(&progress) == Control::Stop {
            return Some(Ending::Stopped);
        }
        (iterations >= self.stopping.max_iter).then_some(Ending::Iterations)
    }

    /// The EM step: maximises the expected complete-data log-posterior by Newton iterations and
    /// writes the way there into `step`.
    fn em_step(&self, point: &O::Point, step: &mut [f64]) {
        const NEWTON_STEPS: usize = 8;
        const SMALL_STEP: f64 = 1e-6;
        let mut taken = vec![0.0; step.len()];
        let mut newton = vec![0.0; step.len()];
        let mut here = point.clone();
        step.fill(0.0);
        for _ in 0..NEWTON_STEPS {
            let derivatives = self.objective.derivatives(&here, self.expected);
            self.objective.precondition(&derivatives, &derivatives.gradient, &mut newton);
            self.objective.limit(&here, &mut newton);
            here = self.objective.advance(&here, &newton, &mut taken);
            let mut largest: f64 = 0.0;
            for (s, t) in step.iter_mut().zip(&taken) {
                *s += t;
                largest = largest.max(t.abs());
            }
            if largest < SMALL_STEP {
                return;
            }
        }
    }

    /// Newton's step at the point of the last E-step, where it is worth its price; what is learnt of the curvature on
    /// the way is kept.
    fn newton_step(
        &mut self,
        memory: &mut Acceleration,
        state: &State<O>,
        step: &mut [f64],
    ) -> bool {
        if !self.newton || state.max_gradient <= NEAR * self.stopping.gradient_tolerance {
            return false;
        }
        if !self.curvature_serves(state) {
            self.newton = false;
            return false;
        }
        let Some(Curvature { observed, missing, .. }) = &self.curvature else { return false };
        let (objective, derivatives) = (self.objective, &state.derivatives);
        let times = |vector: &[f64], out: &mut [f64]| {
            objective.times((observed, &derivatives.latent), vector, out);
            missing.subtract(vector, out);
        };
        let precondition = |rhs: &[f64], out: &mut [f64]| {
            memory.step(rhs, |rhs, out| objective.precondition(derivatives, rhs, out), out);
        };
        let Some(found) = newton_step(&derivatives.gradient, times, precondition) else {
            self.newton = false;
            return false;
        };
        step.copy_from_slice(&found.step);
        for (direction, product) in found.directions {
            memory.learn_pair(direction, product);
        }
        objective.limit(&state.point, step);
        true
    }

    /// Makes sure of a curvature near the point of the last E-step; says whether there is one.
    fn curvature_serves(&mut self, state: &State<O>) -> bool {
        if let Some(known) = &mut self.curvature
            && state.max_gradient <= SERVES * known.max_gradient
        {
            known.max_gradient = state.max_gradient;
            return true;
        }
        let nodes = self.expected.nodes.clone();
        let scores = self.objective.scores(&nodes, self.expected.rule(), &state.point);
        let observed = self.objective.observed(&state.point, self.expected);
        let missing = MissingProducts::new(&scores, self.expected);
        let max_gradient = state.max_gradient;
        self.curvature = missing.map(|missing| Curvature { observed, missing, max_gradient });
        self.curvature.is_some()
    }

    fn accelerated_step(&self, memory: &Acceleration, state: &State<O>, step: &mut [f64]) {
        let derivatives = &state.derivatives;
        memory.step(
            &derivatives.gradient,
            |rhs, out| {
                self.objective.precondition(derivatives, rhs, out);
                if let Some(warm) = &self.warm {
                    warm.apply(rhs, out);
                }
            },
            step,
        );
        self.objective.limit(&state.point, step);
    }

    /// Takes a step if it ascends, and there was time to see; `step` becomes what was really added.
    fn attempt(
        &mut self,
        from: &State<O>,
        step: &mut [f64],
        iterations: &mut u32,
    ) -> Option<State<O>> {
        let mut taken = vec![0.0; step.len()];
        let point = self.objective.advance(&from.point, step, &mut taken);
        let next = self.evaluate(point)?;
        *iterations += 1;
        let promised = SUFFICIENT * dot(&from.derivatives.gradient, &taken).max(0.0);
        let noise = ROUNDING * from.log_posterior.abs();
        step.copy_from_slice(&taken);
        (next.log_posterior >= from.log_posterior + promised - noise).then_some(next)
    }

    fn shortened(
        &mut self,
        from: &State<O>,
        step: &mut [f64],
        iterations: &mut u32,
    ) -> Option<State<O>> {
        const HALVINGS: u32 = 30;
        let mut direction = vec![0.0; step.len()];
        let gradient = &from.derivatives.gradient;
        self.objective.precondition(&from.derivatives, gradient, &mut direction);
        self.objective.limit(&from.point, &mut direction);
        let mut factor = 1.0;
        for _ in 0..HALVINGS {
            self.expected.stop().check().ok()?;
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

    /// The E-step of a point; `None` where the time was up in the middle.
    fn evaluate(&mut self, point: O::Point) -> Option<State<O>> {
        let objective = self.objective;
        let log_likelihood =
            self.expected.run_with(objective.populations(&point), |nodes, table| {
                objective.fill_log_probabilities(&point, nodes, table);
            });
        self.expected.stop().check().ok()?;
        let derivatives = objective.derivatives(&point, self.expected);
        let free = derivatives.gradient.iter().enumerate();
        let max_gradient = free
            .filter(|&(place, &g)| !objective.is_held(&point, place, g))
            .fold(0.0, |max, (_, g)| f64::max(max, g.abs()));
        let log_posterior = log_likelihood + objective.log_prior(&point);
        Some(State { point, log_likelihood, log_posterior, derivatives, max_gradient })
    }
}
