//! The criterion of a generalised linear mixed model and its derivatives.

use std::sync::Arc;

use rayon::prelude::*;

use super::family::{Family, Response, Row};
use super::quadrature::Quadrature;
use super::spec::Spec;
use crate::allowance::Allowance;
use crate::data::Data;
use crate::error::Error;
use crate::lmm::{add_curvature, along_theta, scales};
use crate::newton::{Criterion, Minimum};
use crate::orthonormal::Orthonormal;
use crate::search_space::SearchSpace;
use crate::system::{
    AverageInformation, CrossProducts, Factor, Fixed, Rows, Score, leverages, small,
};
use crate::template::{
    Template, entries, entry_units, factors, reordered, scales_by_group, translated, unit_theta,
};

/// Steps towards the conditional modes at one (θ, β).
const MOST_STEPS: u32 = 100;
/// Halvings of such a step.
const MOST_HALVINGS: u32 = 30;
/// A Newton step whose promise was below this leaves an error of its square.
const NEARLY_THERE: f64 = 1e-10;
/// Rows of a task.
const ROWS_PER_TASK: usize = 4096;
/// Step of the differences for the curvature along the size.
const SIZE_STEP: f64 = 1e-4;
/// Copies of the matrix of the smaller grouping factors that are alive at once: cross-products, what the largest factor
/// leaves of them, its factor and the covariance of a minimum, and of the point where a search beside it stands; and the
/// first three of its next point. One more for what the allocator holds and the packed columns.
const COPIES_OF_MATRIX: f64 = 12.0;

/// A generalised linear mixed model's rows.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) rows: Arc<Rows>,
    /// The rows without fixed columns, for the steps towards the modes.
    bare: Arc<Rows>,
    pub(crate) templates: Vec<Template>,
    pub(crate) fixed: Orthonormal,
    pub(crate) response: Response,
    /// Response, weight and offset of every sorted row.
    y: Vec<f64>,
    weights: Vec<f64>,
    /// Trials of a response of counts.
    trials: Option<Vec<f64>>,
    offset: Vec<f64>,
    /// What the log-likelihood has beside the terms with the linear predictor.
    constant: f64,
    scales: Vec<f64>,
    pub(crate) quadrature: Option<Quadrature>,
    /// Where the last search for the modes ended.
    last: Effects,
    /// Other effects to search in than those of the data.
    pub(crate) inner: Option<Inner>,
}

/// The problem of the effects that are searched for. Its fixed effects are those of the data.
#[derive(Debug, Clone)]
pub(crate) struct Inner {
    pub(crate) space: SearchSpace,
    /// `None` where no effect is left.
    pub(crate) problem: Option<Box<Problem>>,
}

/// Spherical random effects u, or other values in their place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Effects {
    pub(crate) own: Vec<f64>,
    pub(crate) rest: Vec<f64>,
}

/// The criterion at one (θ, β, ln size).
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) modes: Effects,
    pub(crate) factor: Factor,
    products: CrossProducts,
    pub(crate) values: Vec<Row>,
    pub(crate) eta: Vec<f64>,
    pub(crate) response: Response,
    /// Known after the derivatives were computed.
    pub(crate) score: Option<Score>,
}

/// The parts of the parameter vector.
pub(crate) struct Parts<'a> {
    pub(crate) theta: &'a [f64],
    pub(crate) beta: &'a [f64],
    response: Response,
}

impl Problem {
    pub(crate) fn new(data: &Data, spec: &Spec, allowance: &Allowance) -> Result<Self, Error> {
        let fixed = Orthonormal::new(&data.fixed, None);
        if data.n() <= fixed.rank() {
            return Err(Error::TooFewRows { rows: data.n(), coefficients: fixed.rank() });
        }
        let rows = Rows::new(data, &fixed, allowance, COPIES_OF_MATRIX)?;
        let response = Response { family: spec.family, link: spec.link(), size: 1.0 };
        let y = rows.sorted(&data.response);
        let ones = vec![1.0; data.n()];
        let weights = rows.sorted(data.weights.as_ref().unwrap_or(&ones));
        let zeros = vec![0.0; data.n()];
        let offset = rows.sorted(data.offset.as_ref().unwrap_or(&zeros));
        let quadrature = Quadrature::new(&rows, spec.quadrature)?;
        let trials = data.trials.as_ref().map(|trials| rows.sorted(trials));
        let constant = constant(response, &y, &weights, trials.as_deref());
        let last = Effects { own: vec![0.0; rows.n_levels() * rows.k], rest: vec![0.0; rows.q] };
        Ok(Self {
            bare: Arc::new(rows.without_fixed()),
            rows: Arc::new(rows),
            templates: data.groups.iter().map(crate::data::Group::template).collect(),
            fixed,
            response,
            y,
            weights,
            trials,
            offset,
            constant,
            scales: data.groups.iter().flat_map(|g| scales(&g.values, g.n_effects())).collect(),
            quadrature,
            last,
            inner: None,
        })
    }

    /// The problem with the effects to search for, where they are others than those of the data.
    pub(crate) fn within(self, space: Option<SearchSpace>, spec: &Spec) -> Result<Self, Error> {
        let Some(space) = space else { return Ok(self) };
        let own = |data| Self::new(data, spec, &self.rows.allowance).map(Box::new);
        let problem = space.data.as_ref().map(own).transpose()?;
        Ok(Self { inner: Some(Inner { space, problem }), ..self })
    }

    /// The same rows with another response.
    pub(crate) fn with_response(&self, response: &[f64]) -> Self {
        let y = self.rows.sorted(response);
        let constant = constant(self.response, &y, &self.weights, self.trials.as_deref());
        let (own, rest) = (vec![0.0; self.last.own.len()], vec![0.0; self.last.rest.len()]);
        let mut out = Self { y, constant, last: Effects { own, rest }, ..self.clone() };
        if let Some(inner) = out.inner.as_mut().and_then(|inner| inner.problem.as_mut()) {
            **inner = inner.with_response(response);
        }
        out
    }

    /// Number of relative covariance parameters.
    pub(crate) fn m(&self) -> usize {
        self.templates.iter().map(|t| t.free.len()).sum()
    }

    pub(crate) fn has_size(&self) -> bool {
        self.response.family == Family::NegativeBinomial
    }

    /// θ of effects that vary by about one on the scale of the linear predictor, β of the model
    /// without random effects and a size of one.
    pub(crate) fn start(&self) -> Vec<f64> {
        let mut x = unit_theta(&self.templates, &self.scales);
        x.extend(self.without_random());
        x.extend(self.has_size().then_some(0.0));
        x
    }

    /// Size of every entry of θ searched for, of effects that vary by about one.
    pub(crate) fn units(&self) -> Vec<f64> {
        let inner = self.inner.as_ref().and_then(|inner| inner.problem.as_deref());
        let of = inner.unwrap_or(self);
        entry_units(&of.templates, &of.scales)
    }

    /// Typical size of the values of the effects, by group of the data.
    pub(crate) fn scales_by_group(&self) -> Vec<&[f64]> {
        scales_by_group(&self.templates, &self.scales)
    }

    pub(crate) fn parts<'a>(&self, x: &'a [f64]) -> Parts<'a> {
        let (m, p) = (self.m(), self.rows.p);
        let size = x.get(m + p).map_or(1.0, |&k| seedtest_numerics::exp(k));
        let response = Response { size, ..self.response };
        Parts { theta: &x[..m], beta: &x[m..m + p], response }
    }

    /// Coefficients without random effects, by Fisher's scoring from the mean.
    fn without_random(&self) -> Vec<f64> {
        const MOST_ITERATIONS: u32 = 25;
        let (rows, p) = (&self.rows, self.rows.p);
        let total: f64 = self.weights.iter().sum();
        let mean = self.y.iter().zip(&self.weights).map(|(y, w)| y * w).sum::<f64>() / total;
        let mean = match self.response.family {
            Family::Binomial => mean.clamp(0.01, 0.99),
            _ => mean.max(0.01),
        };
        let level = self.response.link.of_mean(mean);
        let mut beta = vec![0.0; p];
        for row in 0..rows.n {
            for (b, x) in beta.iter_mut().zip(&rows.x[row * p..][..p]) {
                *b += x * level;
            }
        }
        let mut best = f64::NEG_INFINITY;
        for _ in 0..MOST_ITERATIONS {
            let eta = self.fixed_part(&beta);
            let values = self.values(self.response, &eta);
            let reached = log_likelihood(&values);
            if !reached.is_finite() || reached < best + 1e-8 * reached.abs() {
                break;
            }
            best = reached;
            let (mut gradient, mut information) = (vec![0.0; p], vec![0.0; p * p]);
            for (row, value) in values.iter().enumerate() {
                let x = &rows.x[row * p..][..p];
                for i in 0..p {
                    gradient[i] += value.score * x[i];
                    for j in 0..p {
                        information[i * p + j] += value.weight * x[i] * x[j];
                    }
                }
            }
            let Some(inverse) = small::inverse(&information, p) else { break };
            for i in 0..p {
                beta[i] += (0..p).map(|j| inverse[i * p + j] * gradient[j]).sum::<f64>();
            }
        }
        beta
    }

    /// Offset + Qβ of every sorted row.
    fn fixed_part(&self, beta: &[f64]) -> Vec<f64> {
        let p = self.rows.p;
        let mut out = self.offset.clone();
        if p > 0 {
            for (out, x) in out.iter_mut().zip(self.rows.x.chunks_exact(p)) {
                *out += x.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
            }
        }
        out
    }

    fn values(&self, response: Response, eta: &[f64]) -> Vec<Row> {
        let mut out = vec![Row::default(); eta.len()];
        let chunks = out.par_chunks_mut(ROWS_PER_TASK).enumerate();
        chunks.for_each(|(chunk, out)| {
            for (at, out) in out.iter_mut().enumerate() {
                let row = chunk * ROWS_PER_TASK + at;
                *out = response.row(self.y[row], self.weights[row], eta[row]);
            }
        });
        out
    }

    /// The modes of the random effects at (θ, β) and the system there.
    pub(crate) fn point(&mut self, x: &[f64]) -> Option<Point> {
        let parts = self.parts(x);
        let factors = self.rows.factors(&self.templates, parts.theta);
        let fixed = self.fixed_part(parts.beta);
        let response = parts.response;
        let mut u = self.last.clone();
        let mut at = self.at(response, &factors, &fixed, &u);
        if !at.2.is_finite() {
            u = Effects { own: vec![0.0; u.own.len()], rest: vec![0.0; u.rest.len()] };
            at = self.at(response, &factors, &fixed, &u);
        }
        let (mut eta, mut values, mut reached) = at;
        if !reached.is_finite() {
            return None;
        }
        for _ in 0..MOST_STEPS {
            let (step, promised) = self.mode_step(&factors, &values, &u)?;
            if promised <= f64::EPSILON * f64::EPSILON {
                break;
            }
            let mut share = 1.0;
            let mut found = None;
            for _ in 0..MOST_HALVINGS {
                let next = u.moved(&step, share);
                let at = self.at(response, &factors, &fixed, &next);
                let rounding = 1e-13 * reached.abs();
                if at.2.is_finite() && at.2 >= reached - rounding {
                    found = Some((next, at));
                    break;
                }
                share *= 0.5;
            }
            let Some((next, at)) = found else { break };
            u = next;
            (eta, values, reached) = at;
            if promised < NEARLY_THERE {
                break;
            }
        }
        self.last.clone_from(&u);
        let weights: Vec<f64> = values.iter().map(|v| v.weight).collect();
        let scores: Vec<f64> = values.iter().map(|v| v.score).collect();
        let products = CrossProducts::new(&self.rows, &weights, &scores, 0.0);
        let factor = Factor::new(&self.rows, &products, factors).ok()?;
        Some(Point { modes: u, factor, products, values, eta, response, score: None })
    }

    /// Linear predictor, rows and penalised log-likelihood at u.
    fn at(
        &self,
        response: Response,
        factors: &[Vec<f64>],
        fixed: &[f64],
        u: &Effects,
    ) -> (Vec<f64>, Vec<Row>, f64) {
        let mut eta = fixed.to_vec();
        self.rows.add_random(&self.rows.scaled(factors, u), &mut eta);
        let values = self.values(response, &eta);
        let reached = log_likelihood(&values) - 0.5 * u.square();
        (eta, values, reached)
    }

    /// Newton's step towards the modes and the increase it promises, twice.
    fn mode_step(
        &self,
        factors: &[Vec<f64>],
        values: &[Row],
        u: &Effects,
    ) -> Option<(Effects, f64)> {
        let observed: Vec<f64> = values.iter().map(|v| v.observed).collect();
        let scores: Vec<f64> = values.iter().map(|v| v.score).collect();
        let products = CrossProducts::new(&self.bare, &observed, &scores, 0.0);
        let factor = Factor::new(&self.bare, &products, factors.to_vec()).ok()?;
        let mut gradient = self.rows.transpose_scaled(factors, &self.rows.transposed(&scores));
        gradient.add(u, -1.0);
        let mut step = gradient.clone();
        factor.solve(&self.bare, &mut step.own, &mut step.rest);
        let promised = gradient.dot(&step);
        Some((step, promised))
    }

    /// Minus twice the logarithm of the likelihood.
    pub(crate) fn deviance(&self, point: &Point) -> f64 {
        let beside = -2.0 * self.constant;
        match &self.quadrature {
            Some(quadrature) => beside + quadrature.deviance(self, point),
            None => {
                beside - 2.0 * log_likelihood(&point.values)
                    + point.modes.square()
                    + point.factor.log_determinant
            }
        }
    }

    pub(crate) fn y(&self, row: usize) -> (f64, f64) {
        (self.y[row], self.weights[row])
    }

    fn gradient_and_model(&self, x: &[f64], point: &mut Point) -> (Vec<f64>, Vec<f64>) {
        let (m, p) = (self.m(), self.rows.p);
        let zeros = vec![0.0; p];
        let mut score = Score::new(
            &self.rows,
            &point.products,
            &point.factor,
            &Fixed { beta: &zeros, inverse: None },
        );
        let scores: Vec<f64> = point.values.iter().map(|v| v.score).collect();
        let at_modes = self.rows.transposed(&scores);
        score.own.clone_from(&at_modes.own);
        score.rest.clone_from(&at_modes.rest);
        let information = self.in_order(score.groups.iter().map(|g| g.information.clone()));
        let parts = self.parts(x);
        let t = self.by_group(parts.theta);
        let gradient = match &self.quadrature {
            Some(quadrature) => quadrature.gradient(self, point, &t),
            None => self.laplace_gradient(point, &score, &at_modes, &information, &t),
        };
        let residual = self.in_order(self.rows.squares(&at_modes).into_iter());
        let net: Vec<Vec<f64>> = information
            .iter()
            .zip(&residual)
            .map(|(q, r)| q.iter().zip(r).map(|(q, r)| q - r).collect())
            .collect();
        let model = self.model(point, &score, &net, m, x.len());
        point.score = Some(score);
        (gradient, model)
    }

    /// Exact gradient of the Laplace approximation, the modes moving along (implicit differentiation).
    fn laplace_gradient(
        &self,
        point: &Point,
        score: &Score,
        at_modes: &Effects,
        information: &[Vec<f64>],
        t: &[Vec<f64>],
    ) -> Vec<f64> {
        let rows = &self.rows;
        let factors = &point.factor.factors;
        let leverage = leverages(rows, &point.factor, &score.covariance);
        let pairs = point.values.iter().zip(&leverage);
        let bent: Vec<f64> = pairs.map(|(v, h)| v.slope * h).collect();
        let mut adjoint = rows.transpose_scaled(factors, &rows.transposed(&bent));
        self.solve_observed(point, &mut adjoint);
        let mut carried = vec![0.0; rows.n];
        rows.add_random(&rows.scaled(factors, &adjoint), &mut carried);
        let along: Vec<f64> = point
            .values
            .iter()
            .zip(&bent)
            .zip(&carried)
            .map(|((v, c), a)| c - 2.0 * v.score - v.observed * a)
            .collect();
        // ∂/∂T of the determinant with W fixed, then of everything that moves with the predictor.
        let determinant = along_theta(&self.templates, information, t);
        let moved = rows.outer(&rows.transposed(&along), &point.modes);
        let turned = rows.outer(at_modes, &adjoint);
        let sums = moved
            .into_iter()
            .zip(turned)
            .map(|(a, b)| a.iter().zip(&b).map(|(a, b)| a + b).collect::<Vec<f64>>());
        let sums = self.in_order(sums);
        let entries = self.templates.iter().zip(&sums).flat_map(|(template, sums)| {
            template.free.iter().map(|&(a, b)| sums[a * template.k + b])
        });
        let mut gradient: Vec<f64> = determinant.iter().zip(entries).map(|(d, e)| d + e).collect();
        let mut fixed = vec![0.0; rows.p];
        for (row, value) in along.iter().enumerate() {
            for (sum, x) in fixed.iter_mut().zip(&rows.x[row * rows.p..][..rows.p]) {
                *sum += value * x;
            }
        }
        gradient.extend(fixed);
        if self.has_size() {
            gradient.push(self.along_size(point, &leverage, &carried));
        }
        gradient
    }

    fn along_size(&self, point: &Point, leverage: &[f64], carried: &[f64]) -> f64 {
        let mut sum = 0.0;
        for row in 0..self.rows.n {
            let (y, w) = self.y(row);
            let own = point.response.size_row(y, w, point.eta[row]);
            sum += leverage[row] * own.weight + carried[row] * own.score - 2.0 * own.log_likelihood;
        }
        sum
    }

    /// x ← M⁻¹x with the observed information, along which the modes move.
    fn solve_observed(&self, point: &Point, x: &mut Effects) {
        if point.response.canonical() {
            return point.factor.solve(&self.rows, &mut x.own, &mut x.rest);
        }
        let observed: Vec<f64> = point.values.iter().map(|v| v.observed).collect();
        let nothing = vec![0.0; observed.len()];
        let products = CrossProducts::new(&self.bare, &observed, &nothing, 0.0);
        let factors = point.factor.factors.clone();
        match Factor::new(&self.bare, &products, factors) {
            Ok(factor) => factor.solve(&self.bare, &mut x.own, &mut x.rest),
            Err(_) => point.factor.solve(&self.rows, &mut x.own, &mut x.rest),
        }
    }

    /// A model of the second derivatives: those of the working linear model.
    fn model(
        &self,
        point: &Point,
        score: &Score,
        net: &[Vec<f64>],
        m: usize,
        all: usize,
    ) -> Vec<f64> {
        let (p, c) = (self.rows.p, self.rows.p + 1);
        let average = AverageInformation::new(
            &self.rows,
            &point.products,
            &point.factor,
            score,
            &self.templates,
        );
        let fixed = &point.factor.fixed;
        let mut information = vec![0.0; p * p];
        for i in 0..p {
            information[i * p..(i + 1) * p].copy_from_slice(&fixed[i * c..i * c + p]);
        }
        let mut own = average.products.clone();
        if let Some(inverse) = small::inverse(&information, p) {
            for i in 0..m {
                for j in 0..m {
                    for a in 0..p {
                        let inner: f64 =
                            (0..p).map(|b| inverse[a * p + b] * average.fixed[b * m + j]).sum();
                        own[i * m + j] += average.fixed[a * m + i] * inner;
                    }
                }
            }
        }
        add_curvature(&self.templates, net, m, &mut own);
        let mut model = vec![0.0; all * all];
        for i in 0..m {
            model[i * all..i * all + m].copy_from_slice(&own[i * m..(i + 1) * m]);
            for a in 0..p {
                let crossed = 2.0 * average.fixed[a * m + i];
                model[i * all + m + a] = crossed;
                model[(m + a) * all + i] = crossed;
            }
        }
        for a in 0..p {
            for b in 0..p {
                model[(m + a) * all + m + b] = 2.0 * information[a * p + b];
            }
        }
        if self.has_size() {
            model[all * all - 1] = self.size_curvature(point);
        }
        model
    }

    /// Second derivative of the deviance along ln size, the predictor fixed.
    fn size_curvature(&self, point: &Point) -> f64 {
        let slope = |shift: f64| -> f64 {
            let size = point.response.size * seedtest_numerics::exp(shift);
            let response = Response { size, ..point.response };
            let of_row = |row: usize| {
                let (y, w) = self.y(row);
                -2.0 * response.size_row(y, w, point.eta[row]).log_likelihood
            };
            (0..self.rows.n).map(of_row).sum()
        };
        ((slope(SIZE_STEP) - slope(-SIZE_STEP)) / (2.0 * SIZE_STEP)).abs().max(1e-3)
    }

    /// From the order of the system to that of the data's groups.
    pub(crate) fn in_order(&self, blocks: impl Iterator<Item = Vec<f64>>) -> Vec<Vec<f64>> {
        let mut out = vec![Vec::new(); self.templates.len()];
        for (g, block) in self.rows.group_order().into_iter().zip(blocks) {
            out[g] = block;
        }
        out
    }

    /// Relative covariance factors by group of the data.
    pub(crate) fn by_group(&self, theta: &[f64]) -> Vec<Vec<f64>> {
        factors(&self.templates, theta)
    }
}

/// What the log-likelihood has beside the terms with the linear predictor. Weights of rows of counts, some
/// of several trials, multiply what each row has, as in R's `binomial()$aic`; otherwise they are trials.
fn constant(response: Response, y: &[f64], weights: &[f64], trials: Option<&[f64]>) -> f64 {
    match trials.filter(|trials| trials.iter().any(|n| *n > 1.0)) {
        Some(trials) => {
            let rows = y.iter().zip(weights).zip(trials);
            rows.map(|((&y, &w), &n)| w / n * response.constant(y, n)).sum()
        }
        None => y.iter().zip(weights).map(|(&y, &w)| response.constant(y, w)).sum(),
    }
}

pub(crate) fn log_likelihood(values: &[Row]) -> f64 {
    values.iter().map(|v| v.log_likelihood).sum()
}

impl Criterion for Problem {
    type Point = Point;

    fn value(&mut self, x: &[f64]) -> Option<(f64, Point)> {
        let point = self.point(x)?;
        let value = self.deviance(&point);
        value.is_finite().then_some((value, point))
    }

    fn derivatives(&mut self, x: &[f64], point: &mut Point) -> (Vec<f64>, Vec<f64>) {
        self.gradient_and_model(x, point)
    }

    fn reparameterised(&mut self, x: &[f64]) -> Option<(Vec<f64>, f64, Point)> {
        let (theta, others) = x.split_at(self.m());
        let (templates, mut x) = reordered(&self.templates, &self.scales_by_group(), theta)?;
        x.extend(others);
        let before = std::mem::replace(&mut self.templates, templates);
        // The modes of the other factor are others.
        let modes = self.last.clone();
        self.last = Effects { own: vec![0.0; modes.own.len()], rest: vec![0.0; modes.rest.len()] };
        let found = self.value(&x);
        if found.is_none() {
            (self.templates, self.last) = (before, modes);
        }
        found.map(|(value, point)| (x, value, point))
    }
}

impl Problem {
    /// Takes parameters in the order of the data again: the minimum with θ in that order, gradient and second
    /// derivatives by the same entries.
    pub(crate) fn in_order_of_data(
        &mut self,
        data: &Data,
        found: Minimum<Point>,
    ) -> Minimum<Point> {
        let own: Vec<Template> = data.groups.iter().map(crate::data::Group::template).collect();
        if self.templates == own {
            return found;
        }
        let (all, m) = (found.x.len(), self.m());
        let mut entry = entries(&self.templates, &own);
        entry.extend(m..all);
        let mut x = translated(&self.templates, &own, &found.x[..m]);
        x.extend(&found.x[m..]);
        self.templates = own;
        Minimum {
            x,
            gradient: entry.iter().map(|&i| found.gradient[i]).collect(),
            hessian: (0..all * all)
                .map(|at| found.hessian[entry[at / all] * all + entry[at % all]])
                .collect(),
            ..found
        }
    }
}

impl Effects {
    pub(crate) fn square(&self) -> f64 {
        self.dot(self)
    }

    fn dot(&self, other: &Self) -> f64 {
        let own: f64 = self.own.iter().zip(&other.own).map(|(a, b)| a * b).sum();
        own + self.rest.iter().zip(&other.rest).map(|(a, b)| a * b).sum::<f64>()
    }

    fn add(&mut self, other: &Self, factor: f64) {
        for (a, b) in self.own.iter_mut().zip(&other.own) {
            *a += factor * b;
        }
        for (a, b) in self.rest.iter_mut().zip(&other.rest) {
            *a += factor * b;
        }
    }

    fn moved(&self, step: &Self, share: f64) -> Self {
        let mut out = self.clone();
        out.add(step, share);
        out
    }
}
