//! The mode of the posterior: an exact minimum over the coefficients for each noise variance, and a
//! search over the variance.

use seedtest_numerics::{Control, Interrupt, Observer, Progress, exp, ln};

use crate::lasso::Lasso;
use crate::linear_algebra::{gram, transposed_product};
use crate::problem::{FIRST_CHANGE, Problem, SIGMA_PENALTY};

/// The noise variance (of values scaled to about 1) below which the curve is taken to run through
/// every point.
pub(crate) const LEAST_VARIANCE: f64 = 1e-12;
/// The search ends when the variance that fits the residuals differs from the one they were
/// computed with by this share.
const TOLERANCE: f64 = 1e-10;
/// The search over the variance goes at most so many times as far as the residuals alone say.
const LONGEST_STRIDE: f64 = 6.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Converged,
    /// The variance went to its lower bound.
    NoNoise,
    Iterations,
    Stopped,
}

pub(crate) struct Optimum {
    pub(crate) theta: Vec<f64>,
    pub(crate) variance: f64,
    pub(crate) objective: f64,
    pub(crate) max_gradient: f64,
    pub(crate) iterations: u32,
    pub(crate) ending: Ending,
}

/// Minimises [`Problem::objective`].
///
/// Given the variance s, θ minimises ½‖r‖² + ½ s θᵀDθ + (s/τ) Σ|δ|; given θ, s solves
/// n − ‖r‖²/s + 4s = 0. The squares grow with s, so going back and forth from the largest s they allow
/// comes down to the mode with the largest noise: where a curve can run through every point the
/// posterior has no maximum, and this is the mode that means something. Secant steps shorten the way.
pub(crate) fn optimum(
    problem: &Problem,
    start: Vec<f64>,
    max_iter: u32,
    observer: &mut dyn Observer,
) -> Optimum {
    let n = problem.n() as f64;
    let mut inner = Inner::new(problem, start);
    let total: f64 = problem.y.iter().map(|y| y * y).sum();
    let mut search = VarianceSearch::new(ln(fitting_variance(total, n).max(LEAST_VARIANCE)));
    let mut ending = Ending::Iterations;
    let mut iterations = 0;
    let mut variance = exp(search.at);
    while iterations < max_iter {
        variance = exp(search.at);
        let squares = inner.minimize(variance, observer);
        iterations += 1;
        if inner.is_stopped {
            ending = Ending::Stopped;
            break;
        }
        let fitting = fitting_variance(squares, n);
        if fitting <= LEAST_VARIANCE {
            variance = LEAST_VARIANCE;
            inner.minimize(variance, observer);
            ending = Ending::NoNoise;
            break;
        }
        let gap = ln(fitting) - search.at;
        if gap.abs() < TOLERANCE {
            variance = fitting;
            ending = Ending::Converged;
            break;
        }
        search.step(gap);
        let progress = Progress {
            iteration: u64::from(iterations),
            max_iterations: u64::from(max_iter),
            objective: -problem.objective(&inner.theta, variance),
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop {
            ending = Ending::Stopped;
            break;
        }
    }
    let objective = problem.objective(&inner.theta, variance);
    let max_gradient = max_gradient(problem, &inner.theta, variance);
    Optimum { theta: inner.theta, variance, objective, max_gradient, iterations, ending }
}

/// The variance at which n/2 ln s + squares/(2s) + 2s is least: 4s² + ns = squares.
fn fitting_variance(squares: f64, n: f64) -> f64 {
    2.0 * squares / (n + (n * n + 8.0 * SIGMA_PENALTY * squares).sqrt())
}

/// Root of the gap between two logarithms of variances, from above.
struct VarianceSearch {
    at: f64,
    last: Option<(f64, f64)>,
    /// A point below the root, once one is known.
    below: Option<f64>,
    above: f64,
}

impl VarianceSearch {
    fn new(at: f64) -> Self {
        Self { at, last: None, below: None, above: at }
    }

    fn step(&mut self, gap: f64) {
        if gap < 0.0 {
            self.above = self.at;
        } else {
            self.below = Some(self.below.map_or(self.at, |b| b.max(self.at)));
        }
        let mut stride = gap;
        if let Some((at, gap_there)) = self.last {
            let slope = (gap - gap_there) / (self.at - at);
            if slope < 0.0 && slope > -1.0 {
                let secant = -gap / slope;
                let longest = LONGEST_STRIDE * gap.abs();
                stride = secant.clamp(-longest, longest);
            }
        }
        let mut next = self.at + stride;
        if let Some(below) = self.below
            && !(below..=self.above).contains(&next)
        {
            next = 0.5 * (below + self.above);
        }
        self.last = Some((self.at, gap));
        self.at = next;
    }
}

/// Minimum over θ for a given variance.
struct Inner<'a> {
    problem: &'a Problem,
    precisions: Vec<f64>,
    theta: Vec<f64>,
    /// AᵀA and Aᵀy of a curve that is linear in θ.
    linear: Option<(Vec<f64>, Vec<f64>)>,
    damping: f64,
    /// Gauss–Newton steps so far, each of which the observer sees: one of a long series takes its time.
    steps: u64,
    /// Whether the observer ended the last minimisation.
    is_stopped: bool,
}

impl<'a> Inner<'a> {
    fn new(problem: &'a Problem, theta: Vec<f64>) -> Self {
        let linear = problem.is_linear().then(|| {
            let columns = problem.jacobian(&theta, &problem.curve(&theta));
            let (n, p) = (problem.n(), problem.p());
            (gram(&columns, n, p), transposed_product(&columns, &problem.y, p))
        });
        Self {
            problem,
            precisions: problem.precisions(),
            theta,
            linear,
            damping: 1e-4,
            steps: 0,
            is_stopped: false,
        }
    }

    /// Moves θ to the minimum and returns the sum of squared residuals there; on the way there when it is time to sum
    /// up.
    fn minimize(&mut self, variance: f64, observer: &mut dyn Observer) -> f64 {
        let stop = observer.closing();
        let squares = self.minimize_within(variance, &stop, observer);
        self.is_stopped |= stop.is_raised();
        squares
    }

    fn minimize_within(
        &mut self,
        variance: f64,
        stop: &Interrupt,
        observer: &mut dyn Observer,
    ) -> f64 {
        if let Some((gram, target)) = &self.linear {
            let mut h = gram.clone();
            add_diagonal(&mut h, self.precisions.iter().map(|d| variance * d));
            self.lasso(&h, target, variance).minimize(&mut self.theta, stop);
            return sum_of_squares(&self.residuals(&self.theta));
        }
        self.gauss_newton(variance, stop, observer)
    }

    fn lasso<'b>(&self, h: &'b [f64], c: &'b [f64], variance: f64) -> Lasso<'b> {
        let weight = variance * self.problem.change_weight;
        Lasso { h, c, penalized: FIRST_CHANGE..self.problem.first_effect(), weight }
    }

    fn residuals(&self, theta: &[f64]) -> Vec<f64> {
        self.problem.residuals(&self.problem.curve(theta))
    }

    /// ½‖r‖² + variance · penalty.
    fn value(&self, theta: &[f64], squares: f64, variance: f64) -> f64 {
        0.5 * squares + variance * self.problem.penalty(theta)
    }

    /// Gauss–Newton steps with Levenberg's damping; each is a quadratic with absolute values again, so
    /// that changes of slope come out exactly 0.
    fn gauss_newton(
        &mut self,
        variance: f64,
        stop: &Interrupt,
        observer: &mut dyn Observer,
    ) -> f64 {
        const MOST_STEPS: u64 = 200;
        const LEAST_GAIN: f64 = 1e-15;
        let (n, p) = (self.problem.n(), self.problem.p());
        let mut curve = self.problem.curve(&self.theta);
        let mut residuals = self.problem.residuals(&curve);
        let mut squares = sum_of_squares(&residuals);
        let mut value = self.value(&self.theta, squares, variance);
        for _ in 0..MOST_STEPS {
            let columns = self.problem.jacobian(&self.theta, &curve);
            let gram = gram(&columns, n, p);
            let mut c = transposed_product(&columns, &residuals, p);
            for (j, c) in c.iter_mut().enumerate() {
                *c += crate::linear_algebra::dot(&gram[j * p..][..p], &self.theta);
            }
            let weighed = (variance, stop);
            let Some((next, next_value)) = self.damped_step(&gram, &c, weighed, value) else {
                return squares;
            };
            let gain = value - next_value;
            self.theta = next;
            curve = self.problem.curve(&self.theta);
            residuals = self.problem.residuals(&curve);
            squares = sum_of_squares(&residuals);
            value = next_value;
            if gain <= LEAST_GAIN * value.abs() {
                return squares;
            }
            self.steps += 1;
            let progress = Progress {
                iteration: self.steps,
                max_iterations: self.steps + MOST_STEPS,
                objective: -value,
                max_gradient: None,
            };
            if observer.progress(&progress) == Control::Stop {
                self.is_stopped = true;
                return squares;
            }
        }
        squares
    }

    /// The first step that does not raise the value, with ever more damping; `None` when there is none.
    fn damped_step(
        &mut self,
        gram: &[f64],
        c: &[f64],
        (variance, stop): (f64, &Interrupt),
        value: f64,
    ) -> Option<(Vec<f64>, f64)> {
        const MOST_DAMPING: f64 = 1e12;
        let p = c.len();
        loop {
            let mut h = gram.to_vec();
            let mut c = c.to_vec();
            for j in 0..p {
                let damping = self.damping * (gram[j * p + j] + 1e-12);
                h[j * p + j] += variance * self.precisions[j] + damping;
                c[j] += damping * self.theta[j];
            }
            let mut next = self.theta.clone();
            self.lasso(&h, &c, variance).minimize(&mut next, stop);
            let squares = sum_of_squares(&self.residuals(&next));
            let next_value = self.value(&next, squares, variance);
            if next_value <= value {
                self.damping = (self.damping * 0.1).max(1e-12);
                return Some((next, next_value));
            }
            self.damping = (self.damping * 10.0).max(1e-8);
            if self.damping > MOST_DAMPING {
                self.damping = 1e-4;
                return None;
            }
        }
    }
}

pub(crate) fn add_diagonal(matrix: &mut [f64], values: impl ExactSizeIterator<Item = f64>) {
    let p = values.len();
    for (j, value) in values.enumerate() {
        matrix[j * p + j] += value;
    }
}

fn sum_of_squares(values: &[f64]) -> f64 {
    crate::linear_algebra::dot(values, values)
}

/// Largest component of the gradient in θ and ln σ; at a kink, what exceeds its two slopes.
fn max_gradient(problem: &Problem, theta: &[f64], variance: f64) -> f64 {
    let curve = problem.curve(theta);
    let residuals = problem.residuals(&curve);
    let columns = problem.jacobian(theta, &curve);
    let weight = problem.change_weight;
    let of_fit = transposed_product(&columns, &residuals, problem.p());
    let mut largest: f64 = 0.0;
    for (j, precision) in problem.precisions().into_iter().enumerate() {
        let smooth = precision * theta[j] - of_fit[j] / variance;
        let is_change = (FIRST_CHANGE..problem.first_effect()).contains(&j);
        let component = match (is_change, theta[j] == 0.0) {
            (true, true) => (smooth.abs() - weight).max(0.0),
            (true, false) => (smooth + weight * theta[j].signum()).abs(),
            (false, _) => smooth.abs(),
        };
        largest = largest.max(component);
    }
    let n = problem.n() as f64;
    let squares = sum_of_squares(&residuals);
    largest.max((n - squares / variance + 2.0 * SIGMA_PENALTY * variance).abs())
}
