//! The profiled criterion of a linear mixed model and its derivatives.

use std::sync::Arc;

use seedtest_numerics::ln;

use crate::allowance::Allowance;
use crate::data::Data;
use crate::error::Error;
use crate::newton::{Criterion, Minimum};
use crate::orthonormal::Orthonormal;
use crate::search_space::SearchSpace;
use crate::system::{AverageInformation, CrossProducts, Factor, Fixed, Rows, Score, small};
use crate::template::{
    Template, entries, entry_units, factors, reordered, scales_by_group, translated, unit_theta,
};

/// A response whose residual sum of squares is below this share of its own is explained exactly.
const EXPLAINED: f64 = 1e-20;

/// Copies of the matrix of the smaller grouping factors that are alive at once in a search: cross-products; of the
/// point it stands at what the largest factor leaves of them, its factor, the covariance; of the next one the first two.
/// Two more for what the allocator holds and the packed columns.
const COPIES_OF_MATRIX: f64 = 8.0;

/// A linear mixed model's rows, reduced to what its criterion needs.
///
/// The response is replaced by its residuals from ordinary least squares, which changes neither
/// criterion nor θ and keeps digits.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) rows: Arc<Rows>,
    pub(crate) products: CrossProducts,
    pub(crate) templates: Vec<Template>,
    pub(crate) fixed: Orthonormal,
    /// Ordinary least squares coefficients of the orthonormal columns.
    pub(crate) least_squares: Vec<f64>,
    pub(crate) reml: bool,
    /// What weights and the columns of X add to the criterion.
    constant: f64,
    /// Typical size of the values of every effect, by θ's diagonal.
    scales: Vec<f64>,
    /// Other effects to search in than those of the data.
    pub(crate) inner: Option<Inner>,
}

/// The problem of the effects that are searched for.
#[derive(Debug, Clone)]
pub(crate) struct Inner {
    pub(crate) space: SearchSpace,
    /// `None` where no effect is left.
    pub(crate) problem: Option<Box<Problem>>,
}

/// The criterion at one θ.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) factor: Factor,
    /// Coefficients of the orthonormal columns, without those of least squares.
    pub(crate) beta: Vec<f64>,
    /// (QᵀΣ⁻¹Q)⁻¹.
    pub(crate) fixed_inverse: Vec<f64>,
    /// Penalised residual sum of squares.
    pub(crate) residual: f64,
    /// Known after the derivatives were computed.
    pub(crate) score: Option<Score>,
}

impl Problem {
    pub(crate) fn new(data: &Data, reml: bool, allowance: &Allowance) -> Result<Self, Error> {
        let n = data.n();
        let fixed = Orthonormal::new(&data.fixed, data.weights.as_deref());
        if n <= fixed.rank() {
            return Err(Error::TooFewRows { rows: n, coefficients: fixed.rank() });
        }
        let (least_squares, residuals) = least_squares(data, &fixed)?;
        let rows = Rows::new(data, &fixed, allowance, COPIES_OF_MATRIX)?;
        let (weights, weighted, square) = weighted(data, &rows, &residuals);
        let products = CrossProducts::new(&rows, &weights, &weighted, square);
        let log_weights: f64 = data.weights.iter().flatten().map(|&w| ln(w)).sum();
        let log_columns = if reml { 2.0 * fixed.log_determinant() } else { 0.0 };
        Ok(Self {
            rows: Arc::new(rows),
            products,
            templates: data.groups.iter().map(crate::data::Group::template).collect(),
            fixed,
            least_squares,
            reml,
            constant: log_columns - log_weights,
            scales: data.groups.iter().flat_map(|g| scales(&g.values, g.n_effects())).collect(),
            inner: None,
        })
    }

    /// The problem with the effects to search for, where they are others than those of the data.
    pub(crate) fn within(self, space: Option<SearchSpace>) -> Result<Self, Error> {
        let Some(space) = space else { return Ok(self) };
        let own = |data| Self::new(data, self.reml, &self.rows.allowance).map(Box::new);
        let problem = space.data.as_ref().map(own).transpose()?;
        Ok(Self { inner: Some(Inner { space, problem }), ..self })
    }

    /// The same model of other responses.
    pub(crate) fn with_response(&self, data: &Data) -> Result<Self, Error> {
        let (least_squares, residuals) = least_squares(data, &self.fixed)?;
        let mut out = Self { least_squares, ..self.clone() };
        let (weights, weighted, square) = weighted(data, &self.rows, &residuals);
        out.products.fill(&self.rows, &weights, &weighted, square);
        let inner = out.inner.as_mut().and_then(|inner| inner.problem.as_mut());
        if let Some(inner) = inner {
            **inner = inner.with_response(data)?;
        }
        Ok(out)
    }

    /// Degrees of freedom of the residual variance.
    pub(crate) fn degrees(&self) -> f64 {
        (self.rows.n - if self.reml { self.rows.p } else { 0 }) as f64
    }

    /// θ of effects that vary as much as the residuals.
    pub(crate) fn unit_start(&self) -> Vec<f64> {
        unit_theta(&self.templates, &self.scales)
    }

    /// A start: variances by moments; where there are none every effect varies as much as the residuals.
    pub(crate) fn start(&self) -> Vec<f64> {
        self.moments().unwrap_or_else(|| self.unit_start())
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

    /// The same rows with the fixed effects integrated out or not.
    pub(crate) fn with_reml(&self, reml: bool) -> Self {
        let mut out = Self { reml, constant: self.constant_for(reml), ..self.clone() };
        if let Some(inner) = out.inner.as_mut().and_then(|inner| inner.problem.as_mut()) {
            **inner = inner.with_reml(reml);
        }
        out
    }

    /// What weights and columns add to the criterion.
    pub(crate) fn constant_for(&self, reml: bool) -> f64 {
        let log_columns = 2.0 * self.fixed.log_determinant();
        match (self.reml, reml) {
            (true, false) => self.constant - log_columns,
            (false, true) => self.constant + log_columns,
            _ => self.constant,
        }
    }

    pub(crate) fn point(&self, theta: &[f64]) -> Option<Point> {
        self.point_at(&self.by_group(theta))
    }

    /// The point of these relative covariance factors, by group of the data.
    pub(crate) fn point_at(&self, by_group: &[Vec<f64>]) -> Option<Point> {
        let factors = self.rows.group_order().into_iter().map(|g| by_group[g].clone()).collect();
        let factor = Factor::new(&self.rows, &self.products, factors).ok()?;
        let (p, c) = (self.rows.p, self.rows.p + 1);
        let mut information = vec![0.0; p * p];
        for i in 0..p {
            information[i * p..(i + 1) * p].copy_from_slice(&factor.fixed[i * c..i * c + p]);
        }
        let fixed_inverse = small::inverse(&information, p)?;
        let right: Vec<f64> = (0..p).map(|i| factor.fixed[i * c + p]).collect();
        let beta: Vec<f64> =
            (0..p).map(|i| (0..p).map(|j| fixed_inverse[i * p + j] * right[j]).sum()).collect();
        let explained: f64 = beta.iter().zip(&right).map(|(b, r)| b * r).sum();
        let residual = factor.fixed[c * c - 1] - explained;
        (residual > 0.0).then_some(Point { factor, beta, fixed_inverse, residual, score: None })
    }

    /// The profiled deviance, or REML criterion, at a point.
    pub(crate) fn criterion(&self, point: &Point) -> f64 {
        let degrees = self.degrees();
        let two_pi = std::f64::consts::TAU;
        point.factor.log_determinant
            + self.log_fixed(point)
            + self.constant
            + degrees * (1.0 + ln(two_pi * point.residual / degrees))
    }

    /// The deviance, or REML criterion, at a residual standard deviation that is not profiled.
    pub(crate) fn deviance_at(&self, point: &Point, sigma: f64) -> f64 {
        let variance = sigma * sigma;
        point.factor.log_determinant
            + self.log_fixed(point)
            + self.constant
            + self.degrees() * ln(std::f64::consts::TAU * variance)
            + point.residual / variance
    }

    /// ln det(QᵀΣ⁻¹Q) where the fixed effects are integrated out.
    pub(crate) fn log_fixed(&self, point: &Point) -> f64 {
        let p = self.rows.p;
        if !self.reml || p == 0 {
            return 0.0;
        }
        let mut lower = point.fixed_inverse.clone();
        small::cholesky(&mut lower, p);
        -2.0 * (0..p).map(|i| ln(lower[i * p + i])).sum::<f64>()
    }

    pub(crate) fn score(&self, point: &Point) -> Score {
        let inverse = self.reml.then_some(point.fixed_inverse.as_slice());
        let fixed = Fixed { beta: &point.beta, inverse };
        Score::new(&self.rows, &self.products, &point.factor, &fixed)
    }

    /// Σ over levels of ZᵀPZ − rrᵀ/σ² by group of the data: half the derivative of the criterion with
    /// respect to the relative covariance of the effects.
    pub(crate) fn net_scores(&self, score: &Score, variance: f64) -> Vec<Vec<f64>> {
        let mut out = vec![Vec::new(); self.templates.len()];
        for (g, sums) in self.rows.group_order().into_iter().zip(&score.groups) {
            let pairs = sums.information.iter().zip(&sums.residual);
            out[g] = pairs.map(|(q, r)| q - r / variance).collect();
        }
        out
    }

    /// Gradient along θ of these templates, and a model of the second derivatives.
    fn gradient_and_model(
        &self,
        templates: &[Template],
        theta: &[f64],
        point: &mut Point,
    ) -> (Vec<f64>, Vec<f64>) {
        let score = self.score(point);
        let degrees = self.degrees();
        let variance = point.residual / degrees;
        let net = self.net_scores(&score, variance);
        let t = factors(templates, theta);
        let gradient = along_theta(templates, &net, &t);
        let mut residual = vec![Vec::new(); t.len()];
        for (g, sums) in self.rows.group_order().into_iter().zip(&score.groups) {
            residual[g].clone_from(&sums.residual);
        }
        // The derivative of the residual sum of squares is minus this.
        let squares = along_theta(templates, &residual, &t);
        let average =
            AverageInformation::new(&self.rows, &self.products, &point.factor, &score, templates);
        let m = theta.len();
        let mut model = projected(&average, &point.fixed_inverse, self.rows.p, m);
        for i in 0..m {
            for j in 0..m {
                model[i * m + j] = model[i * m + j] / variance
                    - squares[i] * squares[j] / (degrees * variance * variance);
            }
        }
        add_curvature(templates, &net, m, &mut model);
        point.score = Some(score);
        (gradient, model)
    }

    /// Relative covariance factors by group of the data.
    pub(crate) fn by_group(&self, theta: &[f64]) -> Vec<Vec<f64>> {
        factors(&self.templates, theta)
    }

    /// 2(N·T) at the free entries of T: derivative along θ of ⟨N, TTᵀ⟩.
    pub(crate) fn along_theta(&self, n: &[Vec<f64>], t: &[Vec<f64>]) -> Vec<f64> {
        along_theta(&self.templates, n, t)
    }
}

pub(crate) fn along_theta(templates: &[Template], n: &[Vec<f64>], t: &[Vec<f64>]) -> Vec<f64> {
    let mut out = Vec::new();
    for ((template, n), t) in templates.iter().zip(n).zip(t) {
        let k = template.k;
        for &(a, b) in &template.free {
            out.push(2.0 * (0..k).map(|i| n[a * k + i] * t[i * k + b]).sum::<f64>());
        }
    }
    out
}

/// fᵀPf, P being Σ⁻¹ without the part of the fixed effects.
pub(crate) fn projected(
    average: &AverageInformation,
    fixed_inverse: &[f64],
    p: usize,
    m: usize,
) -> Vec<f64> {
    let mut out = average.products.clone();
    for i in 0..m {
        for j in 0..m {
            for a in 0..p {
                let inner: f64 =
                    (0..p).map(|b| fixed_inverse[a * p + b] * average.fixed[b * m + j]).sum();
                out[i * m + j] -= average.fixed[a * m + i] * inner;
            }
        }
    }
    out
}

/// Adds 2⟨N, ∂²(TTᵀ)/∂θ²⟩/… : the part of the second derivative that is exact.
pub(crate) fn add_curvature(templates: &[Template], net: &[Vec<f64>], m: usize, model: &mut [f64]) {
    let mut first = 0;
    for (template, n) in templates.iter().zip(net) {
        for (i, &(a, b)) in template.free.iter().enumerate() {
            for (j, &(c, d)) in template.free.iter().enumerate() {
                if b == d {
                    model[(first + i) * m + first + j] += 2.0 * n[a * template.k + c];
                }
            }
        }
        first += template.free.len();
    }
}

impl Criterion for &Problem {
    type Point = Point;

    fn value(&mut self, theta: &[f64]) -> Option<(f64, Point)> {
        let point = self.point(theta)?;
        let value = self.criterion(&point);
        value.is_finite().then_some((value, point))
    }

    fn derivatives(&mut self, theta: &[f64], point: &mut Point) -> (Vec<f64>, Vec<f64>) {
        self.gradient_and_model(&self.templates, theta, point)
    }
}

/// A search over θ in whatever order of the effects it is well determined.
pub(crate) struct Search<'a> {
    pub(crate) problem: &'a Problem,
    /// Those of θ.
    pub(crate) templates: Vec<Template>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(problem: &'a Problem) -> Self {
        Self { problem, templates: problem.templates.clone() }
    }

    /// A minimum with θ in the order of the data, and gradient and second derivatives by the same entries.
    pub(crate) fn in_order_of_data(&self, found: Minimum<Point>) -> Minimum<Point> {
        let own = &self.problem.templates;
        if self.templates == *own {
            return found;
        }
        let m = found.x.len();
        let entry = entries(&self.templates, own);
        Minimum {
            x: translated(&self.templates, own, &found.x),
            gradient: entry.iter().map(|&i| found.gradient[i]).collect(),
            hessian: (0..m * m)
                .map(|at| found.hessian[entry[at / m] * m + entry[at % m]])
                .collect(),
            ..found
        }
    }
}

impl Criterion for Search<'_> {
    type Point = Point;

    fn value(&mut self, theta: &[f64]) -> Option<(f64, Point)> {
        let point = self.problem.point_at(&factors(&self.templates, theta))?;
        let value = self.problem.criterion(&point);
        value.is_finite().then_some((value, point))
    }

    fn derivatives(&mut self, theta: &[f64], point: &mut Point) -> (Vec<f64>, Vec<f64>) {
        self.problem.gradient_and_model(&self.templates, theta, point)
    }

    fn reparameterised(&mut self, theta: &[f64]) -> Option<(Vec<f64>, f64, Point)> {
        let scales = self.problem.scales_by_group();
        let (templates, theta) = reordered(&self.templates, &scales, theta)?;
        let before = std::mem::replace(&mut self.templates, templates);
        let found = self.value(&theta);
        if found.is_none() {
            self.templates = before;
        }
        found.map(|(value, point)| (theta, value, point))
    }
}

/// Weights and weighted residuals of the sorted rows, and the weighted sum of squares.
fn weighted(data: &Data, rows: &Rows, residuals: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
    let weights = data.weights.as_ref().map_or_else(|| vec![1.0; data.n()], |w| rows.sorted(w));
    let response = rows.sorted(residuals);
    let weighted: Vec<f64> = response.iter().zip(&weights).map(|(y, w)| y * w).collect();
    let square = response.iter().zip(&weighted).map(|(y, w)| y * w).sum();
    (weights, weighted, square)
}

/// Coefficients of the orthonormal columns and residuals of ordinary (weighted) least squares.
fn least_squares(data: &Data, fixed: &Orthonormal) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let mut residuals = data.response.clone();
    if let Some(offset) = &data.offset {
        for (y, o) in residuals.iter_mut().zip(offset) {
            *y -= o;
        }
    }
    let square = |y: &[f64]| match &data.weights {
        None => y.iter().map(|y| y * y).sum::<f64>(),
        Some(w) => y.iter().zip(w).map(|(y, w)| w * y * y).sum(),
    };
    let before = square(&residuals);
    let mut coefficients = vec![0.0; fixed.rank()];
    for _ in 0..2 {
        for (q, coefficient) in fixed.columns.iter().zip(&mut coefficients) {
            let share: f64 = match &data.weights {
                None => q.iter().zip(&residuals).map(|(q, y)| q * y).sum(),
                Some(w) => q.iter().zip(&residuals).zip(w).map(|((q, y), w)| w * q * y).sum(),
            };
            *coefficient += share;
            for (y, q) in residuals.iter_mut().zip(q) {
                *y -= share * q;
            }
        }
    }
    if square(&residuals) <= EXPLAINED * before {
        return Err(Error::NoVariation);
    }
    Ok((coefficients, residuals))
}

/// Root mean squares of the columns of a row-major matrix.
pub(crate) fn scales(values: &[f64], k: usize) -> Vec<f64> {
    let mut squares = vec![0.0; k];
    for row in values.chunks_exact(k) {
        for (sum, z) in squares.iter_mut().zip(row) {
            *sum += z * z;
        }
    }
    let n = (values.len() / k) as f64;
    let root = |sum: f64| if sum > 0.0 { (sum / n).sqrt() } else { 1.0 };
    squares.into_iter().map(root).collect()
}
