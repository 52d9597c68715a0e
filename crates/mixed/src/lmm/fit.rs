//! Fits linear mixed models.

use seedtest_numerics::Observer;

use super::problem::{Point, Problem, Search};
use super::result::Fit;
use super::spec::Spec;
use crate::allowance::Allowance;
use crate::boundary::{self, Budget};
use crate::data::Data;
use crate::error::Error;
use crate::found::Found;
use crate::identified::{Comparison, Space, Unidentified};
use crate::newton::{Criterion, Limits, Minimum, minimize};
use crate::search_space::{add_dependent, search_space};
use crate::template::factors;

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
        let widest =
            group.term_ranges().map(|term| term.filter(|&a| group.varies(a)).count()).max();
        let effects = group.levels.len() * widest.unwrap_or(0);
        if effects >= data.n() {
            let (group, rows) = (group.name.clone(), data.n());
            return Err(Error::NotIdentified { group, effects, rows });
        }
    }
    let mut unidentified = Unidentified::default();
    let plain = Problem::new(data, spec.reml, &Allowance::of(observer))?;
    let space = search_space(data, |_, _| false, &mut unidentified);
    let mut problem = plain.within(space)?;
    let mut found = search(&problem, spec, observer)?;
    if found.is_doubtful(data.n(), &problem.units()) {
        let fixed = spec.reml.then(|| problem.fixed.clone());
        let weights = data.weights.as_deref();
        let space = Space { weights, fixed: fixed.as_ref(), residual: true };
        let comparison = Comparison::new(&data.groups, data.n(), &space);
        if (0..data.groups.len()).any(|g| comparison.finds_nothing_of(g, &data.groups[g])) {
            let nothing = |g, a| comparison.says_nothing(g, a);
            let within = search_space(data, nothing, &mut unidentified);
            problem.inner = None;
            problem = problem.within(within)?;
            found = search(&problem, spec, observer)?;
        }
        let inner = problem.inner.as_ref().map(|inner| inner.space.data.as_ref());
        match inner {
            None => add_dependent(&comparison, &mut unidentified),
            Some(Some(inner)) => {
                let comparison = Comparison::new(&inner.groups, data.n(), &space);
                add_dependent(&comparison, &mut unidentified);
            }
            Some(None) => {}
        }
    }
    Ok(Fit::new(data, spec, problem, found, &unidentified))
}

/// The minimum over θ, canonical, with vanished variances exactly zero.
pub(crate) fn search(
    problem: &Problem,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found<Point>, Error> {
    let Some(inner) = &problem.inner else {
        return Ok(Found::plain(search_in(problem, spec, observer)?));
    };
    let templates = &problem.templates;
    let (theta, inner) = match &inner.problem {
        None => (inner.space.back(templates, &[], &[]), None),
        Some(own) => {
            let minimum = search_in(own, spec, observer)?;
            (inner.space.back(templates, &own.templates, &minimum.x), Some(minimum))
        }
    };
    let mut objective = problem;
    let (value, mut point) =
        objective.value(&theta).ok_or_else(|| not_started(&problem.rows.allowance))?;
    let (gradient, _) = objective.derivatives(&theta, &mut point);
    Ok(Found::within(inner, theta, value, point, gradient))
}

fn search_in(
    problem: &Problem,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Minimum<Point>, Error> {
    let search = |search: &mut Search<'_>, start: Vec<f64>, max_iterations: u64| {
        let limits = Limits { max_iterations, tolerance: spec.tolerance, longest: f64::INFINITY };
        let found = minimize(search, start, limits, observer)?;
        Some(canonical(search, found))
    };
    let mut criterion = Search::new(problem);
    let start = problem.start();
    let budget = Budget { restarts: MOST_RESTARTS, iterations: u64::from(spec.max_iter) };
    let allowance = &problem.rows.allowance;
    let found = allowance.searching(|| {
        boundary::search(&mut criterion, start, budget, search, pushed)
            .ok_or_else(|| not_started(allowance))
    });
    Ok(criterion.in_order_of_data(found?))
}

/// Why there is no first point.
pub(crate) fn not_started(allowance: &Allowance) -> Error {
    allowance.interrupt.check().err().map_or(Error::Start, Error::from)
}

/// The minimum with canonical θ.
fn canonical(search: &mut Search<'_>, found: Minimum<Point>) -> Minimum<Point> {
    let scales = search.problem.scales_by_group();
    let theta = boundary::canonical(&search.templates, &scales, &found.x, boundary::VANISHED);
    if theta == found.x {
        return found;
    }
    let tolerance = 1e-9 + 1e-14 * found.value.abs();
    match search.value(&theta) {
        Some((value, mut point)) if value <= found.value + tolerance => {
            drop(found.point);
            let (gradient, hessian) = search.derivatives(&theta, &mut point);
            Minimum { x: theta, value, point, gradient, hessian, ..found }
        }
        _ => found,
    }
}

/// θ moved off the boundary where the criterion falls that way, if it does.
fn pushed(search: &Search<'_>, minimum: &Minimum<Point>) -> Option<Vec<f64>> {
    let (problem, templates) = (search.problem, &search.templates);
    let score = minimum.point.score.as_ref()?;
    let net = problem.net_scores(score, minimum.point.residual / problem.degrees());
    let t = factors(templates, &minimum.x);
    boundary::pushed(templates, &problem.scales_by_group(), &minimum.x, &net, &t)
}
