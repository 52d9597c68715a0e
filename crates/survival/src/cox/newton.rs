use seedtest_numerics::{Cholesky, Control, Observer, Progress};

use super::likelihood::Likelihood;
use super::partial::Derivatives;

const MOST_HALVINGS: u32 = 30;
/// Converged when the step left to do is shorter than this, in standard errors. The last step is
/// still taken; the error after it is of the order of the square.
const SHORTEST_STEP: f64 = 1e-5;

/// Where and why Newton's method ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Converged,
    Iterations,
    Stopped,
    NoAscent,
}

pub(crate) struct Optimum {
    pub(crate) beta: Vec<f64>,
    /// Derivatives of the likelihood without penalty.
    pub(crate) at: Derivatives,
    pub(crate) iterations: u32,
    pub(crate) ending: Ending,
}

/// Maximises log-likelihood − ½ ridge Σ β² by Newton's method with step halving, from zero, where
/// the derivatives are known.
pub(crate) fn maximize(
    likelihood: &mut Likelihood<'_, '_>,
    at_zero: Derivatives,
    ridge: f64,
    max_iter: u32,
    observer: &mut dyn Observer,
) -> Optimum {
    let p = at_zero.gradient.len();
    let mut current =
        Optimum { beta: vec![0.0; p], at: at_zero, iterations: 0, ending: Ending::Iterations };
    while current.iterations < max_iter {
        let gradient = penalized_gradient(&current, ridge);
        let mut step = gradient.clone();
        factor(&current.at, ridge).solve(&mut step);
        let decrement: f64 = step.iter().zip(&gradient).map(|(s, g)| s * g).sum();
        let Some(next) = ascend(likelihood, &current, &step, ridge) else {
            // Rounding hides the ascent that is left when it is this small.
            let tiny = decrement <= SHORTEST_STEP;
            current.ending = if tiny { Ending::Converged } else { Ending::NoAscent };
            return current;
        };
        current.beta = next.0;
        current.at = next.1;
        current.iterations += 1;
        if decrement.sqrt() <= SHORTEST_STEP {
            current.ending = Ending::Converged;
            return current;
        }
        let progress = Progress {
            iteration: u64::from(current.iterations),
            max_iterations: u64::from(max_iter),
            objective: current.at.log_likelihood,
            max_gradient: Some(max_abs(&penalized_gradient(&current, ridge))),
        };
        if observer.progress(&progress) == Control::Stop {
            current.ending = Ending::Stopped;
            return current;
        }
    }
    current
}

pub(crate) fn penalized_gradient(optimum: &Optimum, ridge: f64) -> Vec<f64> {
    optimum.at.gradient.iter().zip(&optimum.beta).map(|(g, b)| g - ridge * b).collect()
}

pub(crate) fn max_abs(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m: f64, v| m.max(v.abs()))
}

/// Factor of the information plus the ridge.
pub(crate) fn factor(at: &Derivatives, ridge: f64) -> Cholesky {
    let p = at.gradient.len();
    let mut matrix = at.information.clone();
    for j in 0..p {
        matrix[j * p + j] += ridge;
    }
    Cholesky::new(matrix, p)
}

/// The first of the step, half of it, a quarter … that does not lower the objective.
fn ascend(
    likelihood: &mut Likelihood<'_, '_>,
    from: &Optimum,
    step: &[f64],
    ridge: f64,
) -> Option<(Vec<f64>, Derivatives)> {
    let before = from.at.log_likelihood - penalty(&from.beta, ridge);
    // Differences below the rounding of the sum are no descent.
    let slack = 1e-13 * before.abs();
    let mut share = 1.0;
    for halving in 0..=MOST_HALVINGS {
        let beta: Vec<f64> = from.beta.iter().zip(step).map(|(b, s)| b + share * s).collect();
        let improves = |value: f64| value - penalty(&beta, ridge) >= before - slack;
        // The first try is nearly always taken: its derivatives are computed at once.
        if halving == 0 {
            if let Some(at) = likelihood.derivatives(&beta)
                && improves(at.log_likelihood)
            {
                return Some((beta, at));
            }
        } else if likelihood.value(&beta).is_some_and(improves) {
            return likelihood.derivatives(&beta).map(|at| (beta, at));
        }
        share *= 0.5;
    }
    None
}

fn penalty(beta: &[f64], ridge: f64) -> f64 {
    0.5 * ridge * beta.iter().map(|b| b * b).sum::<f64>()
}
