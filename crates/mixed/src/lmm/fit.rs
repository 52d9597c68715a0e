//! Fits linear mixed models.

use seedtest_numerics::Observer;

use super::problem::{Point, Problem};
use super::result::Fit;
use super::spec::Spec;
use crate::data::Data;
use crate::error::Error;
use crate::newton::{Ending, Limits, Minimum, minimize};
use crate::system::small;
use crate::template::outer;

/// A relative standard deviation below this, in units of the residual's and of the effect's values, is
/// taken to be zero where the criterion does not object.
const VANISHED: f64 = 1e-4;
/// How far a direction without variance is moved when the criterion falls that way.
const PUSH: f64 = 1e-2;
/// A negative slope at the boundary smaller than this, in units of the criterion, is rounding.
const FLAT: f64 = 1e-7;
/// Searches after a wrong end at the boundary.
const MOST_RESTARTS: u32 = 4;

/// Fits a linear mixed model by REML or maximum likelihood.
///
/// The criterion, profiled over fixed effects and residual variance, is minimised over θ by Newton's
/// method with exact gradients. θ is not bounded: the criterion depends on TTᵀ only, so a variance of
/// zero is an inner minimum at T = 0 and is found as exactly as any other. The result is the same,
/// byte for byte, on any number of threads.
pub fn fit(data: &Data, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    spec.validate()?;
    for group in &data.groups {
        let effects = group.levels.len() * group.n_effects();
        if effects >= data.n() {
            let (group, rows) = (group.name.clone(), data.n());
            return Err(Error::NotIdentified { group, effects, rows });
        }
    }
    let problem = Problem::new(data, spec.reml)?;
    let minimum = search(&problem, spec, observer)?;
    Ok(Fit::new(data, spec, problem, minimum))
}

/// The minimum over θ, canonical, with vanished variances exactly zero.
pub(crate) fn search(
    problem: &Problem,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Minimum<Point>, Error> {
    let limits = Limits {
        max_iterations: u64::from(spec.max_iter),
        tolerance: spec.tolerance,
        longest: f64::INFINITY,
    };
    let mut start = problem.start();
    let mut iterations = 0;
    let mut restarts = 0;
    loop {
        let mut objective = problem;
        let found = minimize(&mut objective, start, limits, observer).ok_or(Error::Start)?;
        iterations += found.iterations;
        let mut minimum = canonical(problem, found);
        minimum.iterations = iterations;
        let pushed = pushed(problem, &minimum);
        let stopped = matches!(minimum.ending, Ending::Stopped | Ending::Iterations);
        match pushed {
            Some(theta) if restarts < MOST_RESTARTS && !stopped => start = theta,
            _ => return Ok(minimum),
        }
        restarts += 1;
    }
}

/// Makes T lower triangular with a diagonal that is not negative and puts vanished columns to zero.
fn canonical(problem: &Problem, found: Minimum<Point>) -> Minimum<Point> {
    let mut at = 0;
    let mut theta = Vec::with_capacity(found.x.len());
    for (g, template) in problem.templates.iter().enumerate() {
        let own = &found.x[at..at + template.free.len()];
        at += template.free.len();
        let scales = problem.scales_of(g);
        let mut own = template.canonical(own);
        for (value, &(a, b)) in own.iter_mut().zip(&template.free) {
            if a == b && *value * scales[a] < VANISHED {
                *value = 0.0;
            }
        }
        theta.extend(template.canonical(&own));
    }
    if theta == found.x {
        return found;
    }
    let tolerance = 1e-9 + 1e-14 * found.value.abs();
    let mut objective = problem;
    let evaluated = problem.point(&theta).map(|point| (problem.criterion(&point), point));
    match evaluated {
        Some((value, mut point)) if value <= found.value + tolerance => {
            use crate::newton::Criterion;
            let (gradient, hessian) = objective.derivatives(&theta, &mut point);
            Minimum { x: theta, value, point, gradient, hessian, ..found }
        }
        _ => found,
    }
}

/// θ moved off the boundary where the criterion falls that way, if it does.
fn pushed(problem: &Problem, minimum: &Minimum<Point>) -> Option<Vec<f64>> {
    let score = minimum.point.score.as_ref()?;
    let variance = minimum.point.residual / problem.degrees();
    let net = problem.net_scores(score, variance);
    let factors = problem.by_group(&minimum.x);
    let mut theta = minimum.x.clone();
    let mut first = 0;
    let mut moved = false;
    for (g, template) in problem.templates.iter().enumerate() {
        let k = template.k;
        for direction in null_directions(&factors[g], problem.scales_of(g), k) {
            let slope: f64 = (0..k)
                .flat_map(|i| (0..k).map(move |j| (i, j)))
                .map(|(i, j)| direction[i] * net[g][i * k + j] * direction[j])
                .sum();
            if slope >= -FLAT * net[g].iter().map(|x| x.abs()).sum::<f64>().max(1.0) {
                continue;
            }
            for (i, &(a, b)) in template.free.iter().enumerate() {
                if factors[g][b * k + b] == 0.0 {
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
