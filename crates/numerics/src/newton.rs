//! Newton's method for the maximum of a smooth log-likelihood.

use crate::cholesky::Cholesky;
use crate::observer::{Control, Observer, Progress};
use crate::verdict::Status;

/// Shortest try of a step: 2⁻³⁰ of it, or 40 dampings.
const MOST_HALVINGS: u32 = 30;
const MOST_DAMPINGS: u32 = 40;
const FIRST_DAMPING: f64 = 1e-3;
const DAMPING_GROWTH: f64 = 4.0;
/// Differences below this share of the objective are the rounding of its sum, no descent.
const ROUNDING: f64 = 1e-13;
/// A gain below this share of the objective may drown in the rounding of a long sum: where the model of
/// second order promises less, a step that does not ascend says nothing.
const HIDDEN: f64 = 1e-11;

/// Value and derivatives of a log-likelihood at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Derivatives {
    /// The log-likelihood.
    pub value: f64,
    /// First derivatives.
    pub gradient: Vec<f64>,
    /// Minus the second derivatives, row-major, the lower triangle filled.
    pub information: Vec<f64>,
}

impl Derivatives {
    /// Zeros for `p` parameters, to add to.
    pub fn zero(p: usize) -> Self {
        Self { value: 0.0, gradient: vec![0.0; p], information: vec![0.0; p * p] }
    }

    /// Adds the derivatives of another part of the log-likelihood.
    pub fn add(&mut self, other: &Self) {
        self.value += other.value;
        for (sum, x) in self.gradient.iter_mut().zip(&other.gradient) {
            *sum += x;
        }
        for (sum, x) in self.information.iter_mut().zip(&other.information) {
            *sum += x;
        }
    }

    /// Factor of the information with `ridge` added to its diagonal.
    pub fn factor(&self, ridge: f64) -> Cholesky {
        let p = self.gradient.len();
        let mut matrix = self.information.clone();
        for j in 0..p {
            matrix[j * p + j] += ridge;
        }
        Cholesky::new(matrix, p)
    }

    /// The gradient after the penalty ½ `ridge` Σ x² is taken off.
    pub fn penalized_gradient(&self, x: &[f64], ridge: f64) -> Vec<f64> {
        self.gradient.iter().zip(x).map(|(g, x)| g - ridge * x).collect()
    }
}

/// A function to be maximised; `None` outside the range of numbers.
pub trait LogLikelihood {
    /// Value and derivatives at a point.
    fn derivatives(&mut self, x: &[f64]) -> Option<Derivatives>;

    /// The value alone, where that is cheaper.
    fn value(&mut self, x: &[f64]) -> Option<f64> {
        self.derivatives(x).map(|at| at.value)
    }
}

impl<F: FnMut(&[f64]) -> Option<Derivatives>> LogLikelihood for F {
    fn derivatives(&mut self, x: &[f64]) -> Option<Derivatives> {
        self(x)
    }
}

/// Where and why an iterative search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The stopping rule is met.
    Converged,
    /// The largest number of iterations was reached.
    Iterations,
    /// The observer stopped it.
    Stopped,
    /// No step raises the objective.
    NoAscent,
}

impl Ending {
    /// The status of a fit that ended so and has nothing else to say.
    pub fn status(self) -> Status {
        let reason = match self {
            Self::Converged => return Status::Converged,
            Self::Iterations => "the largest number of iterations was reached",
            Self::Stopped => "stopped by the caller",
            Self::NoAscent => "no step raises the likelihood",
        };
        Status::Truncated { reason: reason.to_owned() }
    }
}

/// A maximum, or the best point so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// The point.
    pub parameters: Vec<f64>,
    /// Derivatives there, without the penalty.
    pub at: Derivatives,
    /// Steps taken.
    pub iterations: u32,
    /// Why there are no more.
    pub ending: Ending,
}

/// What to try when a step does not ascend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rescue {
    /// Half of it, a quarter, … For concave functions; directions without information are left alone.
    Halve,
    /// A growing multiple of the diagonal is added to the information (Levenberg 1944; Marquardt 1963),
    /// also where it is not positive definite.
    Damp,
}

/// Settings of a search for the maximum of log-likelihood − ½ `ridge` Σ x².
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Newton {
    /// Most iterations.
    pub max_iter: u32,
    /// Converged when the step left to do is shorter than this, in standard errors. The last step is
    /// still taken; the error after it is of the order of the square.
    pub shortest_step: f64,
    /// Penalty, ≥ 0.
    pub ridge: f64,
    /// What to try when a step does not ascend.
    pub rescue: Rescue,
}

/// A step that was taken, with its length in standard errors.
struct Taken {
    parameters: Vec<f64>,
    at: Derivatives,
    length: f64,
}

impl Newton {
    /// Maximises from `start`, where the derivatives are `at`.
    pub fn maximize(
        &self,
        start: Vec<f64>,
        at: Derivatives,
        function: &mut impl LogLikelihood,
        observer: &mut dyn Observer,
    ) -> Optimum {
        let mut best = Optimum { parameters: start, at, iterations: 0, ending: Ending::Iterations };
        while best.iterations < self.max_iter {
            let step = match self.rescue {
                Rescue::Halve => self.halved(&best, function),
                Rescue::Damp => self.damped(&best, function),
            };
            let Taken { parameters, at, length } = match step {
                Ok(taken) => taken,
                Err(_) if observer.closing().is_raised() => {
                    return Optimum { ending: Ending::Stopped, ..best };
                }
                Err(ending) => return Optimum { ending, ..best },
            };
            best = Optimum { parameters, at, iterations: best.iterations + 1, ..best };
            if length <= self.shortest_step {
                return Optimum { ending: Ending::Converged, ..best };
            }
            let gradient = best.at.penalized_gradient(&best.parameters, self.ridge);
            let progress = Progress {
                iteration: u64::from(best.iterations),
                max_iterations: u64::from(self.max_iter),
                objective: best.at.value,
                max_gradient: Some(max_abs(&gradient)),
            };
            if observer.progress(&progress) == Control::Stop {
                return Optimum { ending: Ending::Stopped, ..best };
            }
        }
        best
    }

    /// The first of the step, half of it, a quarter … that does not lower the objective.
    fn halved(&self, from: &Optimum, function: &mut impl LogLikelihood) -> Result<Taken, Ending> {
        let gradient = from.at.penalized_gradient(&from.parameters, self.ridge);
        let mut step = gradient.clone();
        from.at.factor(self.ridge).solve(&mut step);
        let decrement = product(&step, &gradient);
        let mut share = 1.0;
        for halving in 0..=MOST_HALVINGS {
            let next: Vec<f64> =
                from.parameters.iter().zip(&step).map(|(x, s)| x + share * s).collect();
            if next == from.parameters {
                break;
            }
            if let Some(at) = self.improvement(from, &next, halving == 0, function) {
                return Ok(Taken { parameters: next, at, length: decrement.sqrt() });
            }
            share *= 0.5;
        }
        Err(self.ending(decrement, from))
    }

    /// The first step that does not lower the objective as the damping grows. A whole step that should
    /// ascend by less than rounding shows is the last, on the word of the derivatives: shorter ones would be
    /// taken for ever.
    fn damped(&self, from: &Optimum, function: &mut impl LogLikelihood) -> Result<Taken, Ending> {
        let p = from.parameters.len();
        let gradient = from.at.penalized_gradient(&from.parameters, self.ridge);
        let mut damping = 0.0;
        // What the whole step promises: a damped one that moves nothing any more says nothing of it.
        let mut promised = None;
        for attempt in 0..MOST_DAMPINGS {
            let mut matrix = from.at.information.clone();
            for j in 0..p {
                let own = matrix[j * p + j].abs();
                matrix[j * p + j] += self.ridge + damping * own.max(f64::MIN_POSITIVE);
            }
            let factor = Cholesky::new(matrix, p);
            if factor.dropped().is_empty() {
                let mut step = gradient.clone();
                factor.solve(&mut step);
                let decrement = product(&step, &gradient).abs();
                let next: Vec<f64> =
                    from.parameters.iter().zip(&step).map(|(x, s)| x + s).collect();
                if damping == 0.0 {
                    promised = Some(decrement);
                }
                if next == from.parameters {
                    return Err(promised.map_or(Ending::NoAscent, |whole| self.ending(whole, from)));
                }
                if let Some(at) = self.improvement(from, &next, attempt == 0, function) {
                    // A damped step says nothing about the distance to the maximum.
                    let length = if damping > 0.0 { f64::INFINITY } else { decrement.sqrt() };
                    return Ok(Taken { parameters: next, at, length });
                }
                if damping == 0.0 && self.is_hidden(decrement, from) {
                    let last = function.derivatives(&next).ok_or(Ending::Converged)?;
                    return Ok(Taken { parameters: next, at: last, length: 0.0 });
                }
            }
            damping = if damping == 0.0 { FIRST_DAMPING } else { damping * DAMPING_GROWTH };
        }
        Err(Ending::NoAscent)
    }

    /// How the search ends where no step can be taken.
    fn ending(&self, decrement: f64, from: &Optimum) -> Ending {
        if self.is_hidden(decrement, from) { Ending::Converged } else { Ending::NoAscent }
    }

    /// Whether the step left to do is as short as the last one may be, or the ascent it promises, half
    /// its squared length in standard errors, is too small to be seen.
    fn is_hidden(&self, decrement: f64, from: &Optimum) -> bool {
        let objective = from.at.value - self.penalty(&from.parameters);
        decrement.sqrt() <= self.shortest_step || 0.5 * decrement <= HIDDEN * objective.abs()
    }

    /// Derivatives at a point that is no worse than the one before. The first try is nearly always
    /// taken: its derivatives are computed at once.
    fn improvement(
        &self,
        from: &Optimum,
        next: &[f64],
        is_first: bool,
        function: &mut impl LogLikelihood,
    ) -> Option<Derivatives> {
        let before = from.at.value - self.penalty(&from.parameters);
        let slack = ROUNDING * before.abs();
        let improves = |value: f64| value - self.penalty(next) >= before - slack;
        if is_first {
            return function.derivatives(next).filter(|at| improves(at.value));
        }
        function.value(next).filter(|&value| improves(value))?;
        function.derivatives(next)
    }

    fn penalty(&self, x: &[f64]) -> f64 {
        0.5 * self.ridge * x.iter().map(|x| x * x).sum::<f64>()
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Largest absolute value; 0 of none.
pub fn max_abs(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m: f64, v| m.max(v.abs()))
}

#[cfg(test)]
mod tests {
    use super::{Derivatives, Ending, Newton, Rescue};
    use crate::elementary::{exp, ln};
    use crate::observer::{Control, Progress, Silent};

    const SEARCH: Newton =
        Newton { max_iter: 50, shortest_step: 1e-8, ridge: 0.0, rescue: Rescue::Halve };

    /// Poisson counts with the means e^x₀ and e^(x₀ + x₁): the maximum is (ln y₀, ln y₁ − ln y₀).
    fn poisson(x: &[f64]) -> Option<Derivatives> {
        let y = [3.0, 20.0];
        let mean = [exp(x[0]), exp(x[0] + x[1])];
        let value = y[0] * x[0] - mean[0] + y[1] * (x[0] + x[1]) - mean[1];
        let gradient = vec![y[0] - mean[0] + y[1] - mean[1], y[1] - mean[1]];
        let information = vec![mean[0] + mean[1], 0.0, mean[1], mean[1]];
        value.is_finite().then_some(Derivatives { value, gradient, information })
    }

    /// −(x² − 1)²: two maxima, and convex between them.
    #[allow(clippy::unnecessary_wraps)] // the shape of a log-likelihood
    fn double_well(x: &[f64]) -> Option<Derivatives> {
        let u = x[0] * x[0] - 1.0;
        let information = vec![12.0 * x[0] * x[0] - 4.0];
        Some(Derivatives { value: -u * u, gradient: vec![-4.0 * x[0] * u], information })
    }

    #[test]
    fn a_poisson_maximum_is_found_by_either_rescue() {
        for rescue in [Rescue::Halve, Rescue::Damp] {
            for start in [[0.0, 0.0], [-6.0, 9.0], [5.0, -3.0]] {
                let at = poisson(&start).unwrap();
                let search = Newton { rescue, ..SEARCH };
                let found = search.maximize(start.to_vec(), at, &mut poisson, &mut Silent);
                assert_eq!(found.ending, Ending::Converged, "{rescue:?} {start:?}");
                assert!((found.parameters[0] - ln(3.0)).abs() < 1e-12);
                assert!((found.parameters[1] - ln(20.0 / 3.0)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn damping_leaves_a_convex_region() {
        let at = double_well(&[0.1]).unwrap();
        let search = Newton { rescue: Rescue::Damp, ..SEARCH };
        let found = search.maximize(vec![0.1], at, &mut double_well, &mut Silent);
        assert_eq!(found.ending, Ending::Converged);
        assert!((found.parameters[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_penalty_moves_the_maximum_to_where_its_gradient_balances() {
        let at = poisson(&[0.0, 0.0]).unwrap();
        let search = Newton { ridge: 2.0, ..SEARCH };
        let found = search.maximize(vec![0.0; 2], at, &mut poisson, &mut Silent);
        let gradient = poisson(&found.parameters).unwrap().gradient;
        for (g, x) in gradient.iter().zip(&found.parameters) {
            assert!((g - 2.0 * x).abs() < 1e-9);
        }
    }

    /// A parabola of height `top` at 1 whose value is `noise` too low within 1e-6 of it: the rounding of a
    /// long sum.
    fn noisy(top: f64, noise: f64) -> impl FnMut(&[f64]) -> Option<Derivatives> {
        move |x: &[f64]| {
            let d = x[0] - 1.0;
            let fault = if d.abs() < 1e-6 { noise } else { 0.0 };
            let value = top - 0.5 * d * d - fault;
            Some(Derivatives { value, gradient: vec![-d], information: vec![1.0] })
        }
    }

    #[test]
    fn an_ascent_that_rounding_hides_is_the_end() {
        for rescue in [Rescue::Halve, Rescue::Damp] {
            let mut function = noisy(1e6, 3e-7);
            let start = vec![1.0 - 1e-5];
            let at = function(&start).unwrap();
            let search = Newton { rescue, ..SEARCH };
            let found = search.maximize(start, at, &mut function, &mut Silent);
            // What is left of a hundred-thousandth of a standard error is not in this objective.
            assert_eq!(found.ending, Ending::Converged, "{rescue:?}");
            assert!(found.iterations <= 20, "{rescue:?}: {}", found.iterations);
            assert!((found.parameters[0] - 1.0).abs() < 1e-5, "{rescue:?}");
        }
    }

    #[test]
    fn an_ascent_that_should_be_seen_is_missed() {
        // 7e-5 standard errors are left, whose gain of 2.5e-9 is far above the rounding of 1.
        let start = vec![1.0 - 7e-5];
        let mut lower = |x: &[f64]| {
            let value = if x[0] == 1.0 - 7e-5 { 1.0 } else { 0.5 };
            Some(Derivatives { value, gradient: vec![1.0 - x[0]], information: vec![1.0] })
        };
        for rescue in [Rescue::Halve, Rescue::Damp] {
            let at = lower(&start).unwrap();
            let search = Newton { rescue, ..SEARCH };
            let found = search.maximize(start.clone(), at, &mut lower, &mut Silent);
            assert_eq!(found.ending, Ending::NoAscent, "{rescue:?}");
        }
    }

    #[test]
    fn it_says_why_it_ended() {
        let run = |search: Newton, observer: &mut dyn crate::observer::Observer| {
            let at = poisson(&[5.0, 0.0]).unwrap();
            search.maximize(vec![5.0, 0.0], at, &mut poisson, observer).ending
        };
        assert_eq!(run(Newton { max_iter: 1, ..SEARCH }, &mut Silent), Ending::Iterations);
        assert_eq!(run(SEARCH, &mut |_: &Progress| Control::Stop), Ending::Stopped);
    }
}
