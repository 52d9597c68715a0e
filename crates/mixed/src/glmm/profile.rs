//! Profile-likelihood intervals of a generalised linear mixed model.

use seedtest_numerics::{Silent, ln, normal_quantile};

use super::problem::{Point, Problem};
use super::result::Fit;
use crate::data::Data;
use crate::error::Error;
use crate::estimates::Interval;
use crate::newton::{Criterion, Limits, minimize};
use crate::root::end;
use crate::template::semidefinite_factor;

/// Correlations stay this far from ±1.
const EDGE: f64 = 1e-6;
/// Standard deviation, in units of an effect's scale, below which a search does not start: gradients vanish
/// at zero.
const SMALLEST_START: f64 = 0.05;

/// Longest first step away from a fixed effect's estimate, on the scale of the link.
const LONGEST_STEP: f64 = 4.0;

/// What is held fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// A fixed effect, by its place among those that have estimates.
    Fixed(usize),
    /// The standard deviation of an effect of a group.
    Sd { group: usize, effect: usize },
    /// The correlation of two effects of a group.
    Correlation { group: usize, first: usize, second: usize },
    /// The size of a negative binomial family.
    Size,
}

impl Fit {
    /// Profile-likelihood interval of a parameter (its name as in [`Fit::parameter_names`]). A standard
    /// deviation that the data do not tell from zero has the lower end 0, a correlation that they do not tell
    /// from ±1 ends there. A correlation with an effect that does not vary has no profile.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`], and [`Error::Profile`] where there is none.
    pub fn profile(&self, data: &Data, name: &str, level: f64) -> Result<Interval, Error> {
        let names = self.parameter_names();
        let Some(at) = names.iter().position(|n| n == name) else {
            return Err(Error::UnknownParameter { name: name.to_owned(), available: names });
        };
        let refused = |reason| Error::Profile { name: name.to_owned(), reason };
        let estimate = self.parameters()[at];
        if estimate.is_nan() {
            return Err(refused("one of its effects does not vary"));
        }
        let held = self.held(at);
        let profile = Profile::new(self, data, held)?;
        let z = normal_quantile(0.5 + 0.5 * level);
        let best = self.metrics.deviance;
        let root = |value: f64| {
            let deviance = profile.deviance(value)?;
            Some((deviance - best).max(0.0).sqrt().copysign(value - estimate))
        };
        let (step, limits) = self.search_of(data, held, estimate, z);
        let low = end(&root, estimate, -step, -z, limits);
        let high = end(&root, estimate, step, z, limits);
        if low.is_nan() || high.is_nan() {
            return Err(refused("the deviance does not reach its quantile, or cannot be computed"));
        }
        if let Held::Correlation { .. } = held {
            let low = if low <= limits.0 { -1.0 } else { low };
            let high = if high >= limits.1 { 1.0 } else { high };
            return Ok(Interval { low, high });
        }
        Ok(Interval { low, high })
    }

    /// Intervals of all parameters, by name; one that has none does not take the others away.
    pub fn profiles(&self, data: &Data, level: f64) -> Vec<(String, Result<Interval, Error>)> {
        let interval = |name: String| {
            let interval = self.profile(data, &name, level);
            (name, interval)
        };
        self.parameter_names().into_iter().map(interval).collect()
    }

    /// First step away from the estimate, and between what the parameter lies.
    fn search_of(&self, data: &Data, held: Held, estimate: f64, z: f64) -> (f64, (f64, f64)) {
        match held {
            Held::Fixed(at) => {
                let se = self.covariance[at * self.problem.rows.p + at].sqrt();
                let column = data.fixed.column(self.problem.fixed.kept[at]);
                let mean = column.iter().sum::<f64>() / column.len() as f64;
                let most = |from: f64| column.iter().fold(0.0_f64, |m, x| m.max((x - from).abs()));
                // An intercept does not spread.
                let size = if most(mean) > 0.0 { most(mean) } else { most(0.0) };
                // A standard error says nothing where the likelihood is flat.
                let step = (z * se).min(LONGEST_STEP / size);
                (step, (f64::NEG_INFINITY, f64::INFINITY))
            }
            Held::Sd { .. } => ((0.2 * estimate).max(0.05), (0.0, f64::INFINITY)),
            Held::Correlation { .. } => (0.2, (-1.0 + EDGE, 1.0 - EDGE)),
            Held::Size => (0.2 * estimate, (f64::MIN_POSITIVE, f64::INFINITY)),
        }
    }

    /// The parameter at this place of [`Fit::parameter_names`].
    fn held(&self, at: usize) -> Held {
        let Some(mut at) = at.checked_sub(self.coefficients().len()) else {
            return Held::Fixed(at);
        };
        for (group, random) in self.random.iter().enumerate() {
            let k = random.k();
            if at < k {
                return Held::Sd { group, effect: at };
            }
            at -= k;
            let pairs: Vec<(usize, usize)> = random.correlated_pairs().collect();
            if let Some(&(second, first)) = pairs.get(at) {
                return Held::Correlation { group, first, second };
            }
            at -= pairs.len();
        }
        Held::Size
    }
}

/// The deviance with one parameter held: a search in a slice of the parameter space.
///
/// The held effects are put first among those of their group, so that a standard deviation is an entry of
/// T and a correlation the direction of its second row; a held column is put last, so that its coefficient is
/// the last one of the orthonormal columns but for a factor.
struct Profile {
    problem: Problem,
    held: Held,
    /// Where the fit stands, in the order of this problem.
    start: Vec<f64>,
    /// Places of the parameters that the held one decides: one, or the two entries of a correlation's row.
    places: Vec<usize>,
    /// Coefficient of the held orthonormal column for a coefficient of one.
    factor: f64,
    limits: Limits,
}

impl Profile {
    fn new(fit: &Fit, data: &Data, held: Held) -> Result<Self, Error> {
        let orders: Vec<Vec<usize>> = (0..data.groups.len())
            .map(|group| order(&data.groups[group].terms, group, held))
            .collect();
        let columns = fit.columns(held);
        let data = reordered(data, &orders, &columns);
        let problem = Problem::new(&data, &fit.spec, &fit.problem.rows.allowance)?;
        let start = fit.start_of(&problem, &orders, held);
        let (m, p) = (problem.m(), problem.rows.p);
        let places = match held {
            Held::Fixed(_) => vec![m + p - 1],
            Held::Size => vec![m + p],
            Held::Sd { group, effect } => vec![place(&problem, &orders, group, effect, effect)],
            Held::Correlation { group, first, second } => vec![
                place(&problem, &orders, group, second, first),
                place(&problem, &orders, group, second, second),
            ],
        };
        let factor = if p == 0 { 1.0 } else { problem.fixed.triangle[p * p - 1] };
        let limits = Limits {
            max_iterations: u64::from(fit.spec.max_iter),
            tolerance: fit.spec.tolerance,
            longest: f64::INFINITY,
        };
        Ok(Self { problem, held, start, places, factor, limits })
    }

    /// The deviance minimised with the parameter held at a value.
    fn deviance(&self, value: f64) -> Option<f64> {
        self.problem.rows.allowance.closing.check().ok()?;
        let mut slice = Slice { problem: self.problem.clone(), profile: self, value };
        let start = slice.start();
        let start = slice.better(start);
        minimize(&mut slice, start, self.limits, &mut Silent).map(|minimum| minimum.value)
    }
}

/// The effects of a group in order: the held ones first within their term.
fn order(terms: &[usize], group: usize, held: Held) -> Vec<usize> {
    let first: Vec<usize> = match held {
        Held::Sd { group: own, effect } if own == group => vec![effect],
        Held::Correlation { group: own, first, second } if own == group => vec![first, second],
        _ => Vec::new(),
    };
    let mut out = Vec::new();
    let mut at = 0;
    for &width in terms {
        let own = at..at + width;
        out.extend(first.iter().copied().filter(|a| own.contains(a)));
        out.extend(own.clone().filter(|a| !first.contains(a)));
        at = own.end;
    }
    out
}

/// Place in θ of the entry (a, b) of a group's factor, both as the data order the effects.
fn place(problem: &Problem, orders: &[Vec<usize>], group: usize, a: usize, b: usize) -> usize {
    let before: usize = problem.templates[..group].iter().map(|t| t.free.len()).sum();
    let at = |effect: usize| orders[group].iter().position(|&e| e == effect).unwrap_or(0);
    let entry = (at(a), at(b));
    before + problem.templates[group].free.iter().position(|&free| free == entry).unwrap_or(0)
}

/// The data with columns and effects in another order.
fn reordered(data: &Data, orders: &[Vec<usize>], columns: &[usize]) -> Data {
    let mut out = data.clone();
    out.fixed.names = columns.iter().map(|&j| data.fixed.names[j].clone()).collect();
    out.fixed.assign = columns.iter().map(|&j| data.fixed.assign[j]).collect();
    out.fixed.values = columns.iter().flat_map(|&j| data.fixed.column(j)).copied().collect();
    for (group, order) in out.groups.iter_mut().zip(orders) {
        group.effects = order.iter().map(|&a| group.effects[a].clone()).collect();
        let rows = group.values.chunks_exact(order.len());
        group.values = rows.flat_map(|row| order.iter().map(|&a| row[a])).collect();
    }
    out
}

impl Fit {
    /// Columns with estimates, the held one last.
    fn columns(&self, held: Held) -> Vec<usize> {
        let kept = &self.problem.fixed.kept;
        let Held::Fixed(at) = held else { return kept.clone() };
        let others = kept.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, &j)| j);
        others.chain([kept[at]]).collect()
    }

    /// The estimates as parameters of the reordered problem.
    fn start_of(&self, problem: &Problem, orders: &[Vec<usize>], held: Held) -> Vec<f64> {
        let scales = problem.scales_by_group();
        let mut x = Vec::new();
        for (g, (random, order)) in self.random.iter().zip(orders).enumerate() {
            let k = random.k();
            let mut covariance = Vec::with_capacity(k * k);
            for &a in order {
                covariance.extend(order.iter().map(|&b| random.covariance[a * k + b]));
            }
            for (a, scale) in scales[g].iter().enumerate() {
                covariance[a * k + a] += (SMALLEST_START / scale) * (SMALLEST_START / scale);
            }
            let t = semidefinite_factor(&covariance, k);
            x.extend(problem.templates[g].free.iter().map(|&(a, b)| t[a * k + b]));
        }
        let mut beta = self.coefficients();
        if let Held::Fixed(at) = held {
            let own = beta.remove(at);
            beta.push(own);
        }
        let p = beta.len();
        let triangle = &problem.fixed.triangle;
        x.extend((0..p).map(|i| (i..p).map(|j| triangle[i * p + j] * beta[j]).sum::<f64>()));
        x.extend(self.size.map(ln));
        x
    }
}

/// The problem with a parameter held at a value.
struct Slice<'a> {
    problem: Problem,
    profile: &'a Profile,
    value: f64,
}

impl Slice<'_> {
    /// What a correlation's row is made of its length, or `None` for a single held parameter.
    fn direction(&self) -> Option<[f64; 2]> {
        let Held::Correlation { .. } = self.profile.held else { return None };
        Some([self.value, (1.0 - self.value * self.value).sqrt()])
    }

    /// Free parameters at the start: all but the held ones, then the length of a correlation's row.
    fn start(&self) -> Vec<f64> {
        let (all, places) = (&self.profile.start, &self.profile.places);
        let mut x: Vec<f64> =
            (0..all.len()).filter(|at| !places.contains(at)).map(|at| all[at]).collect();
        if self.direction().is_some() {
            let length: f64 = places.iter().map(|&at| all[at] * all[at]).sum();
            x.push(length.sqrt());
        }
        x
    }

    /// Where to begin: at these parameters, whose other coefficients make up for the held one as least squares
    /// would, or where they are as in the fit, whichever is likelier. Far out, where a held effect has no end,
    /// making up for it would spoil all other rows.
    fn better(&self, start: Vec<f64>) -> Vec<f64> {
        let Held::Fixed(_) = self.profile.held else { return start };
        let (m, p) = (self.problem.m(), self.problem.rows.p);
        let estimate = self.profile.start[m + p - 1] / self.profile.factor;
        let mut other = start.clone();
        for i in 0..p - 1 {
            let share = self.problem.fixed.triangle[i * p + p - 1];
            other[m + i] += share * (self.value - estimate);
        }
        let deviance = |x: &[f64]| {
            let found = self.problem.clone().value(&self.whole(x));
            found.map_or(f64::INFINITY, |(deviance, _)| deviance)
        };
        if deviance(&other) < deviance(&start) { other } else { start }
    }

    /// All parameters of the problem.
    fn whole(&self, x: &[f64]) -> Vec<f64> {
        let mut free = x.iter().copied();
        let places = &self.profile.places;
        let mut out: Vec<f64> = (0..self.profile.start.len())
            .map(|at| if places.contains(&at) { 0.0 } else { free.next().unwrap_or(0.0) })
            .collect();
        match self.direction() {
            Some(direction) => {
                let length = free.next().unwrap_or(0.0);
                for (&at, share) in places.iter().zip(direction) {
                    out[at] = share * length;
                }
            }
            None => {
                out[places[0]] = match self.profile.held {
                    Held::Fixed(_) => self.value * self.profile.factor,
                    Held::Size => ln(self.value),
                    _ => self.value,
                };
            }
        }
        out
    }

    /// The map from free to whole parameters, whole × free, row-major.
    fn jacobian(&self, free: usize) -> Vec<f64> {
        let (all, places) = (self.profile.start.len(), &self.profile.places);
        let mut out = vec![0.0; all * free];
        let others = (0..all).filter(|at| !places.contains(at));
        for (column, at) in others.enumerate() {
            out[at * free + column] = 1.0;
        }
        for (&at, share) in places.iter().zip(self.direction().into_iter().flatten()) {
            out[at * free + free - 1] = share;
        }
        out
    }
}

impl Criterion for Slice<'_> {
    type Point = Point;

    fn value(&mut self, x: &[f64]) -> Option<(f64, Point)> {
        let whole = self.whole(x);
        self.problem.value(&whole)
    }

    fn derivatives(&mut self, x: &[f64], point: &mut Point) -> (Vec<f64>, Vec<f64>) {
        let whole = self.whole(x);
        let (gradient, hessian) = self.problem.derivatives(&whole, point);
        let (all, free) = (whole.len(), x.len());
        let jacobian = self.jacobian(free);
        let along = |values: &dyn Fn(usize) -> f64, column: usize| -> f64 {
            (0..all).map(|at| values(at) * jacobian[at * free + column]).sum()
        };
        let own = (0..free).map(|i| along(&|at| gradient[at], i)).collect();
        let mut model = vec![0.0; free * free];
        for i in 0..free {
            let row: Vec<f64> = (0..all).map(|b| along(&|a| hessian[a * all + b], i)).collect();
            for j in 0..free {
                model[i * free + j] = along(&|at| row[at], j);
            }
        }
        (own, model)
    }
}
