//! Variances of zero: putting them there exactly, and moving away where they do not belong.

use crate::newton::{Ending, Minimum};
use crate::system::small;
use crate::template::{Template, outer};

/// A relative standard deviation below this, in units of the residual's and of the effect's values, is
/// taken to be zero where the criterion does not object.
pub(crate) const VANISHED: f64 = 1e-4;
/// A relative standard deviation below this is put to the test whether the criterion is as low without it.
pub(crate) const NEARLY_VANISHED: f64 = 2e-2;
/// How far a direction without variance is moved when the criterion falls that way.
const PUSH: f64 = 1e-2;
/// A negative slope at the boundary smaller than this share is rounding.
const FLAT: f64 = 1e-7;

/// What searches may take together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Searches after the first one.
    pub(crate) restarts: u32,
    /// Iterations of all searches.
    pub(crate) iterations: u64,
}

/// Searches for a minimum, and again from beside the boundary where the minimum found there is none:
/// `pushed` says from where. `None` when a search cannot begin. A search is told from where and in how many
/// iterations; the minimum counts those of all searches.
pub(crate) fn search<C, P>(
    criterion: &mut C,
    mut start: Vec<f64>,
    budget: Budget,
    mut minimum_from: impl FnMut(&mut C, Vec<f64>, u64) -> Option<Minimum<P>>,
    pushed: impl Fn(&C, &Minimum<P>) -> Option<Vec<f64>>,
) -> Option<Minimum<P>> {
    let mut iterations = 0;
    let mut restarts = budget.restarts;
    loop {
        let found = minimum_from(criterion, start, budget.iterations.saturating_sub(iterations))?;
        iterations += found.iterations;
        let minimum = Minimum { iterations, ..found };
        let stopped = matches!(minimum.ending, Ending::Stopped | Ending::Iterations);
        match pushed(criterion, &minimum) {
            Some(beside) if restarts > 0 && !stopped => start = beside,
            _ => return Some(minimum),
        }
        restarts -= 1;
    }
}

/// θ with every T lower triangular, a diagonal that is not negative, and columns at zero whose standard deviation
/// on the diagonal is below `limit` in units of the residual's and of the effect's values.
pub(crate) fn canonical(
    templates: &[Template],
    scales: &[&[f64]],
    theta: &[f64],
    limit: f64,
) -> Vec<f64> {
    let mut at = 0;
    let mut out = Vec::with_capacity(theta.len());
    for (template, scales) in templates.iter().zip(scales) {
        let own = &theta[at..at + template.free.len()];
        at += template.free.len();
        let mut own = template.canonical(own);
        // What a zeroed column leaves behind moves to the next one and may be as small.
        for _ in 0..template.k {
            for (value, &(a, b)) in own.iter_mut().zip(&template.free) {
                if a == b && *value * scales[a] < limit {
                    *value = 0.0;
                }
            }
            own = template.canonical(&own);
        }
        out.extend(own);
    }
    out
}

/// θ moved off the boundary where the criterion falls that way, if it does: `net` is half the
/// criterion's derivative along the covariance of each group's effects, `t` the relative factors.
pub(crate) fn pushed(
    templates: &[Template],
    scales: &[&[f64]],
    theta: &[f64],
    net: &[Vec<f64>],
    t: &[Vec<f64>],
) -> Option<Vec<f64>> {
    let mut theta = theta.to_vec();
    let mut first = 0;
    let mut moved = false;
    for (g, template) in templates.iter().enumerate() {
        let k = template.k;
        for direction in null_directions(&t[g], scales[g], k) {
            let slope: f64 = (0..k)
                .flat_map(|i| (0..k).map(move |j| (i, j)))
                .map(|(i, j)| direction[i] * net[g][i * k + j] * direction[j])
                .sum();
            if slope >= -FLAT * net[g].iter().map(|x| x.abs()).sum::<f64>().max(1.0) {
                continue;
            }
            for (i, &(a, b)) in template.free.iter().enumerate() {
                if t[g][b * k + b] == 0.0 {
                    theta[first + i] += PUSH * direction[a];
                    moved = true;
                }
            }
        }
        first += template.free.len();
    }
    moved.then_some(theta)
}

/// Directions of the effects (as coefficients of b) that have no variance, each of unit length in
/// units of the effects' values.
pub(crate) fn null_directions(t: &[f64], scales: &[f64], k: usize) -> Vec<Vec<f64>> {
    let covariance = outer(t, k);
    let scaled: Vec<f64> =
        (0..k * k).map(|at| covariance[at] * scales[at / k] * scales[at % k]).collect();
    let (values, vectors) = small::eigen(&scaled, k);
    let limit = VANISHED * VANISHED;
    let none = values.iter().zip(vectors).filter(|(value, _)| **value < limit);
    none.map(|(_, v)| v.iter().zip(scales).map(|(v, s)| v * s).collect()).collect()
}
