//! Fits linear mixed models.

use seedtest_numerics::Observer;

use super::problem::{Point, Problem};
use super::result::Fit;
use super::spec::Spec;
use crate::allowance::Allowance;
use crate::boundary;
use crate::data::Data;
use crate::error::Error;
use crate::newton::{Criterion, Limits, Minimum, minimize};

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
        // Term by term, as lme4: effects of different terms do not make each other up for the residuals.
        let widest = group.terms.iter().max().copied().unwrap_or(0);
        let effects = group.levels.len() * widest;
        if effects >= data.n() {
            let (group, rows) = (group.name.clone(), data.n());
            return Err(Error::NotIdentified { group, effects, rows });
        }
    }
    let problem = Problem::new(data, spec.reml, &Allowance::of(observer))?;
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
    let search = |objective: &mut &Problem, start: Vec<f64>| {
        Some(canonical(problem, minimize(objective, start, limits, observer)?))
    };
    let mut objective = problem;
    let start = problem.start();
    boundary::search(&mut objective, start, MOST_RESTARTS, search, |_, minimum| {
        pushed(problem, minimum)
    })
    .ok_or_else(|| not_started(&problem.rows.allowance))
}

/// Why there is no first point.
pub(crate) fn not_started(allowance: &Allowance) -> Error {
    allowance.interrupt.check().err().map_or(Error::Start, Error::from)
}

/// The minimum with canonical θ.
fn canonical(problem: &Problem, found: Minimum<Point>) -> Minimum<Point> {
    let theta = boundary::canonical(&problem.templates, &problem.scales_by_group(), &found.x);
    if theta == found.x {
        return found;
    }
    let tolerance = 1e-9 + 1e-14 * found.value.abs();
    let mut objective = problem;
    match objective.value(&theta) {
        Some((value, mut point)) if value <= found.value + tolerance => {
            let (gradient, hessian) = objective.derivatives(&theta, &mut point);
            Minimum { x: theta, value, point, gradient, hessian, ..found }
        }
        _ => found,
    }
}

/// θ moved off the boundary where the criterion falls that way, if it does.
fn pushed(problem: &Problem, minimum: &Minimum<Point>) -> Option<Vec<f64>> {
    let score = minimum.point.score.as_ref()?;
    let net = problem.net_scores(score, minimum.point.residual / problem.degrees());
    let t = problem.by_group(&minimum.x);
    boundary::pushed(&problem.templates, &problem.scales_by_group(), &minimum.x, &net, &t)
}
