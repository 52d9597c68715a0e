//! Profile-likelihood intervals of a linear mixed model.

use seedtest_numerics::{Silent, normal_quantile};

use super::fit::search;
use super::problem::{Point, Problem, projected};
use super::result::Fit;
use super::spec::Spec;
use crate::data::Data;
use crate::error::Error;
use crate::estimates::Interval;
use crate::identified::Unidentified;
use crate::newton::{Criterion, Limits, minimize};
use crate::root::end;
use crate::system::AverageInformation;

/// Correlations stay this far from ±1.
const EDGE: f64 = 1e-6;

/// What is held fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// The standard deviation of an effect of a group.
    Sd { group: usize, effect: usize },
    /// The correlation of two effects of a group.
    Correlation { group: usize, first: usize, second: usize },
    /// The residual standard deviation.
    Sigma,
}

impl Fit {
    /// Profile-likelihood interval of a parameter (its name as in [`Fit::parameter_names`]), by maximum
    /// likelihood whatever the fit was made by. A standard deviation that the data do not tell from zero
    /// has the lower end 0, a correlation that they do not tell from ±1 ends there. One with an effect that
    /// does not vary in the fit by maximum likelihood has no profile, which is an error.
    pub fn profile(&self, data: &Data, name: &str, level: f64) -> Result<Interval, Error> {
        let names = self.parameter_names();
        let Some(at) = names.iter().position(|n| n == name) else {
            return Err(Error::UnknownParameter { name: name.to_owned(), available: names });
        };
        let spec = Spec { reml: false, ..self.spec.clone() };
        let problem = self.problem.with_reml(false);
        let found = search(&problem, &spec, &mut Silent)?;
        let best = Self::new(data, &spec, problem, found, &Unidentified::default());
        let z = normal_quantile(0.5 + 0.5 * level);
        let p = best.coefficients().len();
        let estimate = best.parameters()[at];
        let refused = |reason| Error::Profile { name: name.to_owned(), reason };
        if estimate.is_nan() {
            return Err(refused("one of its effects does not vary"));
        }
        let interval = if at < p {
            best.profile_fixed(data, at, z)?
        } else {
            best.profile_held(best.held(at - p), estimate, z)
        };
        if interval.low.is_nan() || interval.high.is_nan() {
            return Err(refused("the deviance does not reach its quantile, or cannot be computed"));
        }
        Ok(interval)
    }

    /// Intervals of all parameters, by name; one that has none does not take the others away.
    pub fn profiles(&self, data: &Data, level: f64) -> Vec<(String, Result<Interval, Error>)> {
        let interval = |name: String| {
            let interval = self.profile(data, &name, level);
            (name, interval)
        };
        self.parameter_names().into_iter().map(interval).collect()
    }

    /// The parameter at this place behind the fixed effects.
    fn held(&self, mut at: usize) -> Held {
        for (group, random) in self.random.iter().enumerate() {
            let k = random.k();
            if at < k {
                return Held::Sd { group, effect: at };
            }
            at -= k;
            for first in 0..k {
                for second in (first + 1..k).filter(|a| random.correlated[a * k + first]) {
                    if at == 0 {
                        return Held::Correlation { group, first, second };
                    }
                    at -= 1;
                }
            }
        }
        Held::Sigma
    }

    fn profile_fixed(&self, data: &Data, at: usize, z: f64) -> Result<Interval, Error> {
        let column = self.problem.fixed.kept[at];
        let estimate = self.coefficients()[at];
        let se = self.covariance[at * self.problem.rows.p + at].sqrt();
        // Without the columns that others make up: one of them may stand for the one held.
        let others: Vec<usize> =
            self.problem.fixed.kept.iter().copied().filter(|&j| j != column).collect();
        let mut reduced = data.clone();
        reduced.fixed.names = others.iter().map(|&j| data.fixed.names[j].clone()).collect();
        reduced.fixed.assign = others.iter().map(|&j| data.fixed.assign[j]).collect();
        reduced.fixed.values = others.iter().flat_map(|&j| data.fixed.column(j)).copied().collect();
        let space = self.problem.inner.as_ref().map(|inner| inner.space.with_fixed(&reduced));
        let base = Problem::new(&reduced, false, &self.problem.rows.allowance)?.within(space)?;
        let deviance = |value: f64| -> Option<f64> {
            self.problem.rows.allowance.closing.check().ok()?;
            let mut moved = reduced.clone();
            for (y, x) in moved.response.iter_mut().zip(data.fixed.column(column)) {
                *y -= value * x;
            }
            let problem = base.with_response(&moved).ok()?;
            Some(search(&problem, &self.spec, &mut Silent).ok()?.minimum.value)
        };
        let best = self.metrics.deviance;
        let root = |v: f64| Some((deviance(v)? - best).max(0.0).sqrt().copysign(v - estimate));
        let low = end(&root, estimate, -z * se, -z, (f64::NEG_INFINITY, f64::INFINITY));
        let high = end(&root, estimate, z * se, z, (f64::NEG_INFINITY, f64::INFINITY));
        Ok(Interval { low, high })
    }

    fn profile_held(&self, held: Held, estimate: f64, z: f64) -> Interval {
        let best = self.metrics.deviance;
        let limits = match held {
            Held::Correlation { .. } => (-1.0 + EDGE, 1.0 - EDGE),
            _ => (0.0, f64::INFINITY),
        };
        let root = |value: f64| {
            let deviance = self.held_deviance(held, value)?;
            Some((deviance - best).max(0.0).sqrt().copysign(value - estimate))
        };
        let step = match held {
            Held::Correlation { .. } => 0.2,
            _ => (0.2 * estimate).max(1e-3 * self.sigma()),
        };
        let low = end(&root, estimate, -step, -z, limits);
        let high = end(&root, estimate, step, z, limits);
        match held {
            Held::Correlation { .. } => Interval {
                low: if low <= limits.0 { -1.0 } else { low },
                high: if high >= limits.1 { 1.0 } else { high },
            },
            _ => Interval { low, high },
        }
    }

    /// The deviance minimised with a parameter held at a value.
    fn held_deviance(&self, held: Held, value: f64) -> Option<f64> {
        self.problem.rows.allowance.closing.check().ok()?;
        let mut profile = Profile::new(&self.problem, held, value);
        let start = profile.start(&self.theta, self.sigma());
        let limits = Limits { max_iterations: 200, tolerance: 1e-9, longest: f64::INFINITY };
        minimize(&mut profile, start, limits, &mut Silent).map(|minimum| minimum.value)
    }
}

/// The deviance as a function of absolute factors τ = σT and σ, one parameter held.
///
/// The rows of the held parameter's group are put first, so that its standard deviation is the first
/// entry of τ, or the correlation the direction of the second row.
struct Profile<'a> {
    problem: &'a Problem,
    held: Held,
    value: f64,
    /// Order of the effects of every group.
    orders: Vec<Vec<usize>>,
    /// Free entries (row, column) of the reordered factors.
    free: Vec<Vec<(usize, usize)>>,
}

/// T by group with its derivatives along the free parameters.
struct Map {
    /// τ reordered, by group.
    tau: Vec<Vec<f64>>,
    sigma: f64,
}

impl<'a> Profile<'a> {
    fn new(problem: &'a Problem, held: Held, value: f64) -> Self {
        let mut orders = Vec::new();
        let mut free = Vec::new();
        for (g, template) in problem.templates.iter().enumerate() {
            let first: &[usize] = match held {
                Held::Sd { group, effect } if group == g => &[effect],
                Held::Correlation { group, first, second } if group == g => &[first, second],
                _ => &[],
            };
            let mut order = first.to_vec();
            order.extend((0..template.k).filter(|a| !first.contains(a)));
            // Effects stay within their terms: entries are free where the pair was.
            let joined = |a: usize, b: usize| {
                let (a, b) = (order[a].max(order[b]), order[a].min(order[b]));
                template.free.contains(&(a, b))
            };
            let entries = (0..template.k).flat_map(|b| (b..template.k).map(move |a| (a, b)));
            free.push(entries.filter(|&(a, b)| joined(a, b)).collect());
            orders.push(order);
        }
        Self { problem, held, value, orders, free }
    }

    /// Parameters: the free entries of τ by group, then σ, without the one that is held; for a
    /// correlation the second row's length stands in the place of its two entries.
    fn start(&self, theta: &[f64], sigma: f64) -> Vec<f64> {
        let mut x = Vec::new();
        let all_scales = self.problem.scales_by_group();
        for (g, t) in self.problem.by_group(theta).iter().enumerate() {
            let k = self.orders[g].len();
            let relative = crate::template::outer(t, k);
            let scales = all_scales[g];
            let mut covariance = vec![0.0; k * k];
            for a in 0..k {
                for b in 0..k {
                    let (i, j) = (self.orders[g][a], self.orders[g][b]);
                    covariance[a * k + b] = sigma * sigma * relative[i * k + j];
                }
                // Off the boundary, where gradients vanish.
                let floor = 0.05 * sigma / scales[self.orders[g][a]];
                covariance[a * k + a] += floor * floor;
            }
            let tau = crate::template::semidefinite_factor(&covariance, k);
            for &(a, b) in &self.free[g] {
                match self.part(g, a, b) {
                    Part::Free => x.push(tau[a * k + b]),
                    Part::Length => x.push(covariance[k + 1].sqrt()),
                    Part::Fixed | Part::Along => {}
                }
            }
        }
        if self.held != Held::Sigma {
            x.push(sigma);
        }
        x
    }

    fn part(&self, g: usize, a: usize, b: usize) -> Part {
        match self.held {
            Held::Sd { group, .. } if group == g && (a, b) == (0, 0) => Part::Fixed,
            Held::Correlation { group, .. } if group == g && (a, b) == (1, 0) => Part::Length,
            Held::Correlation { group, .. } if group == g && (a, b) == (1, 1) => Part::Along,
            _ => Part::Free,
        }
    }

    fn map(&self, x: &[f64]) -> Map {
        let mut x = x.iter().copied();
        let mut next = || x.next().unwrap_or(0.0);
        let mut tau = Vec::new();
        for (g, free) in self.free.iter().enumerate() {
            let k = self.orders[g].len();
            let mut t = vec![0.0; k * k];
            for &(a, b) in free {
                match self.part(g, a, b) {
                    Part::Free => t[a * k + b] = next(),
                    Part::Fixed => t[a * k + b] = self.value,
                    Part::Length => {
                        let length = next();
                        t[k] = self.value * length;
                        t[k + 1] = (1.0 - self.value * self.value).sqrt() * length;
                    }
                    Part::Along => {}
                }
            }
            tau.push(t);
        }
        let sigma = if self.held == Held::Sigma { self.value } else { next() };
        Map { tau, sigma }
    }

    /// Relative factors in the order of the data's effects.
    fn factors(&self, map: &Map) -> Vec<Vec<f64>> {
        let back = |(tau, order): (&Vec<f64>, &Vec<usize>)| {
            let k = order.len();
            let mut t = vec![0.0; k * k];
            for (a, &i) in order.iter().enumerate() {
                for b in 0..k {
                    t[i * k + b] = tau[a * k + b] / map.sigma;
                }
            }
            t
        };
        map.tau.iter().zip(&self.orders).map(back).collect()
    }

    /// Derivative of each parameter's entries: (group, row in the data's order, column, derivative of
    /// τ), and whether it is σ.
    fn directions(&self) -> Vec<Vec<(usize, usize, usize, f64)>> {
        let mut out = Vec::new();
        for (g, free) in self.free.iter().enumerate() {
            let order = &self.orders[g];
            for &(a, b) in free {
                match self.part(g, a, b) {
                    Part::Free => out.push(vec![(g, order[a], b, 1.0)]),
                    Part::Length => {
                        let across = (1.0 - self.value * self.value).sqrt();
                        out.push(vec![(g, order[1], 0, self.value), (g, order[1], 1, across)]);
                    }
                    Part::Fixed | Part::Along => {}
                }
            }
        }
        out
    }
}

/// What becomes of an entry of τ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Free,
    Fixed,
    /// Carries the length of the second row.
    Length,
    /// Follows from the length.
    Along,
}

impl Criterion for Profile<'_> {
    type Point = Point;

    fn value(&mut self, x: &[f64]) -> Option<(f64, Point)> {
        let map = self.map(x);
        if map.sigma <= 0.0 {
            return None;
        }
        let point = self.problem.point_at(&self.factors(&map))?;
        let value = self.problem.deviance_at(&point, map.sigma);
        value.is_finite().then_some((value, point))
    }

    fn derivatives(&mut self, x: &[f64], point: &mut Point) -> (Vec<f64>, Vec<f64>) {
        let map = self.map(x);
        let (problem, sigma) = (self.problem, map.sigma);
        let factors = self.factors(&map);
        let score = problem.score(point);
        let variance = sigma * sigma;
        let net = problem.net_scores(&score, variance);
        // ∂/∂T_ab for all entries, so that any order of the rows is served.
        let slope = |n: &[f64], t: &[f64], k: usize, a: usize, b: usize| -> f64 {
            2.0 * (0..k).map(|i| n[a * k + i] * t[i * k + b]).sum::<f64>()
        };
        let along_t =
            |g: usize, a: usize, b: usize| slope(&net[g], &factors[g], self.orders[g].len(), a, b);
        let directions = self.directions();
        let mut gradient: Vec<f64> = directions
            .iter()
            .map(|entries| {
                entries.iter().map(|&(g, a, b, d)| along_t(g, a, b) * d / sigma).sum::<f64>()
            })
            .collect();
        let degrees = problem.degrees();
        if self.held != Held::Sigma {
            let through: f64 = (0..factors.len())
                .map(|g| {
                    let k = self.orders[g].len();
                    (0..k * k).map(|at| along_t(g, at / k, at % k) * factors[g][at]).sum::<f64>()
                })
                .sum();
            let own = 2.0 * degrees / sigma - 2.0 * point.residual / (variance * sigma);
            gradient.push(own - through / sigma);
        }
        let model = self.model(point, &score, &net, &directions, gradient.len(), sigma);
        (gradient, model)
    }
}

impl Profile<'_> {
    /// Average information along the parameters, and the exact curvature along σ.
    fn model(
        &self,
        point: &Point,
        score: &crate::system::Score,
        net: &[Vec<f64>],
        directions: &[Vec<(usize, usize, usize, f64)>],
        all: usize,
        sigma: f64,
    ) -> Vec<f64> {
        let problem = self.problem;
        let full: Vec<crate::template::Template> =
            problem.templates.iter().map(|t| crate::template::Template::full(t.k)).collect();
        let m: usize = full.iter().map(|t| t.free.len()).sum();
        let average =
            AverageInformation::new(&problem.rows, &problem.products, &point.factor, score, &full);
        let mut own = projected(&average, &point.fixed_inverse, problem.rows.p, m);
        let variance = sigma * sigma;
        for x in &mut own {
            *x /= variance;
        }
        crate::lmm::add_curvature(&full, net, m, &mut own);
        let starts: Vec<usize> = full
            .iter()
            .scan(0, |at, t| {
                let start = *at;
                *at += t.free.len();
                Some(start)
            })
            .collect();
        let place = |g: usize, a: usize, b: usize| {
            starts[g] + full[g].free.iter().position(|&f| f == (a, b)).unwrap_or(0)
        };
        let mut model = vec![0.0; all * all];
        for (i, one) in directions.iter().enumerate() {
            for (j, other) in directions.iter().enumerate() {
                for &(g, a, b, d) in one {
                    for &(h, c, e, f) in other {
                        model[i * all + j] +=
                            d * f * own[place(g, a, b) * m + place(h, c, e)] / variance;
                    }
                }
            }
        }
        if all > directions.len() {
            let degrees = problem.degrees();
            model[all * all - 1] = 2.0 * degrees / variance;
        }
        model
    }
}
