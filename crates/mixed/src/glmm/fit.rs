//! Fits generalised linear mixed models.

use seedtest_numerics::{Observer, Silent};

use super::problem::{Point, Problem};
use super::result::Fit;
use super::spec::Spec;
use crate::allowance::Allowance;
use crate::boundary;
use crate::data::Data;
use crate::error::Error;
use crate::lmm::not_started;
use crate::newton::{Criterion, Limits, Minimum, minimize};

/// Searches after a wrong end at the boundary.
const MOST_RESTARTS: u32 = 3;
/// Step of the differences of the gradient, in standard errors of the model Hessian.
const STEP: f64 = 1e-3;
/// Most parameters whose second derivatives are computed by differences.
const MOST_PARAMETERS: usize = 60;

/// Fits a generalised linear mixed model by maximum likelihood, the integral over the random effects
/// by Laplace's method or adaptive Gauss-Hermite quadrature.
///
/// θ and β are searched for together with exact gradients, which follow the modes of the random
/// effects by implicit differentiation. Standard errors come from the second derivatives of the
/// deviance along θ and β. The result is the same, byte for byte, on any number of threads.
pub fn fit(data: &Data, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    spec.validate()?;
    spec.family.check(data)?;
    let mut problem = Problem::new(data, spec, &Allowance::of(observer))?;
    let minimum = search(&mut problem, spec, observer)?;
    let hessian = hessian(&mut problem, &minimum);
    Ok(Fit::new(data, spec, problem, minimum, &hessian))
}

pub(crate) fn search(
    problem: &mut Problem,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Minimum<Point>, Error> {
    let limits = Limits {
        max_iterations: u64::from(spec.max_iter),
        tolerance: spec.tolerance,
        longest: f64::INFINITY,
    };
    let start = problem.start();
    let search = |problem: &mut Problem, start: Vec<f64>| {
        let found = minimize(problem, start, limits, observer)?;
        Some(canonical(problem, found, limits))
    };
    boundary::search(problem, start, MOST_RESTARTS, search, |problem, minimum| {
        pushed(problem, minimum)
    })
    .ok_or_else(|| not_started(&problem.rows.allowance))
}

/// The same minimum with canonical θ, β following.
fn canonical(problem: &mut Problem, found: Minimum<Point>, limits: Limits) -> Minimum<Point> {
    let m = problem.m();
    let scales = problem.scales_by_group();
    let theta = boundary::canonical(&problem.templates, &scales, &found.x[..m]);
    if theta == found.x[..m] {
        return found;
    }
    let x: Vec<f64> = theta.iter().chain(&found.x[m..]).copied().collect();
    let tolerance = 1e-6 + 1e-12 * found.value.abs();
    match minimize(problem, x, limits, &mut Silent) {
        Some(at) if at.value <= found.value + tolerance => {
            let iterations = found.iterations + at.iterations;
            Minimum { ending: found.ending, iterations, ..at }
        }
        _ => found,
    }
}

fn pushed(problem: &Problem, minimum: &Minimum<Point>) -> Option<Vec<f64>> {
    let m = problem.m();
    let score = minimum.point.score.as_ref()?;
    let information = problem.in_order(score.groups.iter().map(|g| g.information.clone()));
    let modes = super::problem::Effects { own: score.own.clone(), rest: score.rest.clone() };
    let squares = problem.in_order(problem.rows.squares(&modes).into_iter());
    let net: Vec<Vec<f64>> = information
        .iter()
        .zip(&squares)
        .map(|(q, r)| q.iter().zip(r).map(|(q, r)| q - r).collect())
        .collect();
    let scales = problem.scales_by_group();
    let theta = &minimum.x[..m];
    let t = problem.by_group(theta);
    let theta = boundary::pushed(&problem.templates, &scales, theta, &net, &t)?;
    Some(theta.into_iter().chain(minimum.x[m..].iter().copied()).collect())
}

/// Second derivatives of the deviance by differences of its gradient; the search's model where there
/// are many parameters or the differences fail.
fn hessian(problem: &mut Problem, minimum: &Minimum<Point>) -> Vec<f64> {
    let n = minimum.x.len();
    if n > MOST_PARAMETERS {
        return minimum.hessian.clone();
    }
    let mut out = vec![0.0; n * n];
    for i in 0..n {
        let curvature = minimum.hessian[i * n + i].abs().max(1e-12);
        let step = STEP * (2.0 / curvature).sqrt();
        let mut gradient = |sign: f64| {
            let mut x = minimum.x.clone();
            x[i] += sign * step;
            let (_, mut point) = problem.value(&x)?;
            Some(problem.derivatives(&x, &mut point).0)
        };
        let (Some(high), Some(low)) = (gradient(1.0), gradient(-1.0)) else {
            return minimum.hessian.clone();
        };
        for j in 0..n {
            let slope = (high[j] - low[j]) / (2.0 * step);
            out[i * n + j] += 0.5 * slope;
            out[j * n + i] += 0.5 * slope;
        }
    }
    out
}
