//! Fits generalised linear mixed models.

use seedtest_numerics::{Observer, Silent};

use super::problem::{Inner, Point, Problem};
use super::result::Fit;
use super::spec::Spec;
use crate::allowance::Allowance;
use crate::boundary::{self, Budget};
use crate::data::Data;
use crate::error::Error;
use crate::found::Found;
use crate::identified::{Comparison, Space, Unidentified};
use crate::lmm::not_started;
use crate::newton::{Criterion, Limits, Minimum, minimize};
use crate::search_space::{add_dependent, search_space};

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
    spec.link().check_offset(data)?;
    let mut unidentified = Unidentified::default();
    let space = search_space(data, |_, _| false, &mut unidentified);
    let mut problem = Problem::new(data, spec, &Allowance::of(observer))?.within(space, spec)?;
    let found = search(&mut problem, spec, observer)?;
    let hessian = match (&mut problem.inner, &found.inner) {
        (Some(Inner { problem: Some(inner), .. }), Some(minimum)) => hessian(inner, minimum),
        _ => hessian(&mut problem, &found.minimum),
    };
    let found = in_order_of_data(&mut problem, data, found);
    if found.is_doubtful(data.n(), &problem.units()) {
        let space = Space { weights: None, fixed: None, residual: false };
        let inner = problem.inner.as_ref().map(|inner| inner.space.data.as_ref());
        if let Some(data) = inner.unwrap_or(Some(data)) {
            add_dependent(&Comparison::new(&data.groups, data.n(), &space), &mut unidentified);
        }
    }
    Ok(Fit::new(data, spec, problem, found, &hessian, &unidentified))
}

/// The minimum over θ, β and ln size.
pub(crate) fn search(
    problem: &mut Problem,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found<Point>, Error> {
    let Some(mut inner) = problem.inner.take() else {
        return Ok(Found::plain(search_in(problem, spec, observer)?));
    };
    let found = search_within(problem, &mut inner, spec, observer);
    problem.inner = Some(inner);
    found
}

/// Where the search ended, with θ in the order of the data.
fn in_order_of_data(problem: &mut Problem, data: &Data, found: Found<Point>) -> Found<Point> {
    let Found { minimum, inner } = found;
    let inner = match (&mut problem.inner, inner) {
        (Some(Inner { space, problem: Some(own) }), Some(minimum)) => Some(match &space.data {
            Some(data) => own.in_order_of_data(data, minimum),
            None => minimum,
        }),
        (_, inner) => inner,
    };
    Found { minimum: problem.in_order_of_data(data, minimum), inner }
}

/// The same by a search for other effects; where there is none left, for β alone.
fn search_within(
    problem: &mut Problem,
    inner: &mut Inner,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found<Point>, Error> {
    let Some(own) = &mut inner.problem else {
        return without_random(problem, spec, observer);
    };
    let minimum = search_in(own, spec, observer)?;
    let (theta, others) = minimum.x.split_at(own.m());
    let mut x = inner.space.back(&problem.templates, &own.templates, theta);
    x.extend(others);
    let (value, mut point) = problem.value(&x).ok_or(Error::Start)?;
    let (gradient, _) = problem.derivatives(&x, &mut point);
    Ok(Found::within(Some(minimum), x, value, point, gradient))
}

/// The minimum over β and ln size with effects that do not vary.
fn without_random(
    problem: &mut Problem,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found<Point>, Error> {
    let mut start = problem.start();
    start[..problem.m()].fill(0.0);
    let max_iterations = u64::from(spec.max_iter);
    let limits = Limits { max_iterations, tolerance: spec.tolerance, longest: f64::INFINITY };
    minimize(problem, start, limits, observer).map(Found::plain).ok_or(Error::Start)
}

fn search_in(
    problem: &mut Problem,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Minimum<Point>, Error> {
    let start = problem.start();
    let search = |problem: &mut Problem, start: Vec<f64>, max_iterations: u64| {
        let limits = Limits { max_iterations, tolerance: spec.tolerance, longest: f64::INFINITY };
        let found = minimize(problem, start, limits, observer)?;
        let found = canonical(problem, found, limits);
        Some(at_boundary(problem, found, limits))
    };
    let budget = Budget { restarts: MOST_RESTARTS, iterations: u64::from(spec.max_iter) };
    let allowance = problem.rows.allowance.clone();
    allowance.searching(|| {
        boundary::search(problem, start, budget, search, pushed)
            .ok_or_else(|| not_started(&allowance))
    })
}

/// The same minimum with canonical θ, β following.
fn canonical(problem: &mut Problem, found: Minimum<Point>, limits: Limits) -> Minimum<Point> {
    let (m, limit) = (problem.m(), boundary::VANISHED);
    let theta =
        boundary::canonical(&problem.templates, &problem.scales_by_group(), &found.x[..m], limit);
    moved(problem, &found, &theta, limits).unwrap_or(found)
}

/// The minimum on the boundary beside the one found, where the search stopped short of it: the deviance is flat
/// there along θ, so that a step of the size of θ promises nothing, but along the variance it rises.
fn at_boundary(problem: &mut Problem, found: Minimum<Point>, limits: Limits) -> Minimum<Point> {
    let (m, limit) = (problem.m(), boundary::NEARLY_VANISHED);
    let theta =
        boundary::canonical(&problem.templates, &problem.scales_by_group(), &found.x[..m], limit);
    match moved(problem, &found, &theta, limits) {
        Some(at) if pushed(problem, &at).is_none() => at,
        _ => found,
    }
}

/// The minimum found with another θ, β following, where it is one as well.
fn moved(
    problem: &mut Problem,
    found: &Minimum<Point>,
    theta: &[f64],
    limits: Limits,
) -> Option<Minimum<Point>> {
    let m = problem.m();
    if theta == &found.x[..m] {
        return None;
    }
    let x: Vec<f64> = theta.iter().chain(&found.x[m..]).copied().collect();
    let tolerance = 1e-6 + 1e-12 * found.value.abs();
    let max_iterations = limits.max_iterations.saturating_sub(found.iterations);
    let at = minimize(problem, x, Limits { max_iterations, ..limits }, &mut Silent)?;
    let iterations = found.iterations + at.iterations;
    (at.value <= found.value + tolerance).then_some(Minimum {
        ending: found.ending,
        iterations,
        ..at
    })
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
