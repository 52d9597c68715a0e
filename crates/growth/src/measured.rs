//! Marginal posterior when every score has its own known standard error: the residual variance of
//! a row is σ² + se², so nothing can be pooled and a gradient visits every row.

use rayon::prelude::*;
use seedtest_numerics::ln;

use crate::data::GrowthData;
use crate::density::Density;
use crate::family::Effects;
use crate::layout::{Population, dim};
use crate::marginal::{Gradient, dot, ln_posterior};
use crate::matrix::Sym2;
use crate::prior::PriorSet;

const LN_2PI: f64 = 1.837_877_066_409_345_5;
/// Students of one task; a constant, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;

#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// Rows sorted by student.
    pub(crate) rows: Vec<MeasuredRow>,
    /// First row of each student, and the end.
    pub(crate) first: Vec<usize>,
    pub(crate) centre: f64,
    pub(crate) priors: PriorSet,
    pub(crate) effects: Effects,
    pub(crate) mean_week: f64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct MeasuredRow {
    pub(crate) week: f64,
    /// Score, measured from the centre.
    pub(crate) score: f64,
    pub(crate) weight: f64,
    pub(crate) se2: f64,
}

impl Measured {
    pub(crate) fn new(
        data: &GrowthData<'_>,
        se: &[f64],
        priors: PriorSet,
        effects: Effects,
    ) -> Self {
        let centre = data.score.iter().sum::<f64>() / data.len() as f64;
        let mut first = vec![0usize; data.n_students + 1];
        for &student in data.student {
            first[student as usize + 1] += 1;
        }
        for student in 0..data.n_students {
            first[student + 1] += first[student];
        }
        let mut order: Vec<usize> = (0..data.len()).collect();
        order.sort_by_key(|&row| data.student[row]);
        let row = |row: usize| MeasuredRow {
            week: data.week[row],
            score: data.score[row] - centre,
            weight: data.weight.map_or(1.0, |weights| weights[row]),
            se2: se[row] * se[row],
        };
        let rows = order.into_iter().map(row).collect();
        Self { rows, first, centre, priors, effects, mean_week: data.mean_week() }
    }

    /// Number of students, those without rows included.
    pub(crate) fn n_students(&self) -> usize {
        self.first.len() - 1
    }

    pub(crate) fn beta(&self, p: &Population) -> [f64; 2] {
        [p.alpha - self.centre - p.slope * self.mean_week, p.slope]
    }

    /// Gram matrix and cross product of a student under residual variance σ²/w + se².
    pub(crate) fn sums(&self, student: usize, sigma2: f64) -> (Sym2, [f64; 2]) {
        let (mut gram, mut u) = (Sym2::default(), [0.0; 2]);
        for row in &self.rows[self.first[student]..self.first[student + 1]] {
            let w = 1.0 / (sigma2 / row.weight + row.se2);
            gram.a += w;
            gram.b += w * row.week;
            gram.d += w * row.week * row.week;
            u[0] += w * row.score;
            u[1] += w * row.week * row.score;
        }
        (gram, u)
    }

    /// Log-likelihood of one student, its derivatives added to `derivatives`.
    pub(crate) fn student(
        &self,
        student: usize,
        p: &Population,
        derivatives: &mut Gradient,
    ) -> f64 {
        let rows = &self.rows[self.first[student]..self.first[student + 1]];
        let (beta, covariance, sigma2) = (self.beta(p), p.covariance(), p.sigma * p.sigma);
        let (gram, u) = self.sums(student, sigma2);
        let h = gram.times(beta);
        let v = [u[0] - h[0], u[1] - h[1]];
        let (a, det) = covariance.shrinkage(p.covariance_det(), &gram, 1.0);
        let av = a.times(v);
        let (mut ln_variances, mut weighted, mut variance) = (0.0, 0.0, 0.0);
        for row in rows {
            let w = 1.0 / (sigma2 / row.weight + row.se2);
            let residual = row.score - beta[0] - beta[1] * row.week;
            let z = [1.0, row.week];
            let left = w * (residual - dot(z, av));
            ln_variances -= ln(w);
            weighted += w * residual * residual;
            variance += (left * left - w + w * w * a.form(z)) / row.weight;
        }
        let e = [v[0] - gram.a * av[0] - gram.b * av[1], v[1] - gram.b * av[0] - gram.d * av[1]];
        let ag = [
            [a.a * gram.a + a.b * gram.b, a.a * gram.b + a.b * gram.d],
            [a.b * gram.a + a.d * gram.b, a.b * gram.b + a.d * gram.d],
        ];
        // G − G A G
        let c = Sym2::new(
            gram.a - gram.a * ag[0][0] - gram.b * ag[1][0],
            gram.b - gram.a * ag[0][1] - gram.b * ag[1][1],
            gram.d - gram.b * ag[0][1] - gram.d * ag[1][1],
        );
        derivatives.beta[0] += e[0];
        derivatives.beta[1] += e[1];
        derivatives.covariance.a += 0.5 * (e[0] * e[0] - c.a);
        derivatives.covariance.b += 0.5 * (e[0] * e[1] - c.b);
        derivatives.covariance.d += 0.5 * (e[1] * e[1] - c.d);
        derivatives.variance += 0.5 * variance;
        let quadratic = weighted - dot(v, av);
        -0.5 * (rows.len() as f64 * LN_2PI + ln_variances + ln(det) + quadratic)
    }

    pub(crate) fn likelihood(&self, p: &Population) -> (f64, Gradient) {
        let n = self.n_students();
        let chunks: Vec<(f64, Gradient)> = (0..n.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut derivatives = Gradient::default();
                let students = chunk * CHUNK..((chunk + 1) * CHUNK).min(n);
                let value =
                    students.map(|student| self.student(student, p, &mut derivatives)).sum();
                (value, derivatives)
            })
            .collect();
        let mut sum = (0.0, Gradient::default());
        for (value, derivatives) in chunks {
            sum.0 += value;
            sum.1.beta[0] += derivatives.beta[0];
            sum.1.beta[1] += derivatives.beta[1];
            sum.1.covariance.a += derivatives.covariance.a;
            sum.1.covariance.b += derivatives.covariance.b;
            sum.1.covariance.d += derivatives.covariance.d;
            sum.1.variance += derivatives.variance;
        }
        sum
    }
}

impl Density for Measured {
    fn dim(&self) -> usize {
        dim(self.effects)
    }

    fn ln_density(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let likelihood = |p: &Population| self.likelihood(p);
        ln_posterior(&self.priors, self.effects, self.mean_week, likelihood, x, gradient)
    }
}
