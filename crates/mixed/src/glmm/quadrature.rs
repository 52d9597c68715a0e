//! Adaptive Gauss-Hermite quadrature for a single scalar random effect.

use rayon::prelude::*;
use seedtest_numerics::{Quadrature as Nodes, Rule, exp, ln};

use super::problem::{Point, Problem};
use crate::error::Error;
use crate::system::Rows;

/// Nodes of a standard normal variable with the logarithms of their weights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quadrature {
    nodes: Vec<(f64, f64)>,
}

/// The integral over the effect of one level: minus twice its logarithm and the derivative along
/// (T, β, ln size).
struct Integral {
    deviance: f64,
    gradient: Vec<f64>,
}

/// How mode and spread of a level move with a parameter.
struct Motion {
    mode: f64,
    /// Of the inverse of the spread's root.
    spread: f64,
}

impl Quadrature {
    /// `None` for one point, which is the Laplace approximation.
    pub(crate) fn new(rows: &Rows, points: usize) -> Result<Option<Self>, Error> {
        if points == 1 {
            return Ok(None);
        }
        let nodes = Nodes::new(Rule::GaussHermite { points });
        let (Ok(nodes), true) = (nodes, rows.k == 1 && rows.rest.is_empty()) else {
            return Err(Error::Quadrature { points });
        };
        let mut logs = vec![0.0; points];
        nodes.log_weights(0.0, 1.0, &mut logs);
        // Weight and standard normal density apart: what is left multiplies the integrand.
        let pairs = nodes.nodes().iter().zip(&logs);
        Ok(Some(Self { nodes: pairs.map(|(&x, &log)| (x, log + 0.5 * x * x)).collect() }))
    }

    pub(crate) fn deviance(&self, problem: &Problem, point: &Point) -> f64 {
        let t = point.factor.factors[0][0];
        let levels = (0..problem.rows.n_levels()).into_par_iter();
        let deviances: Vec<f64> =
            levels.map(|level| self.level(problem, point, t, level, &[]).deviance).collect();
        deviances.into_iter().sum()
    }

    /// Along θ, β and ln size.
    pub(crate) fn gradient(&self, problem: &Problem, point: &Point, t: &[Vec<f64>]) -> Vec<f64> {
        let t = t[0][0];
        let levels: Vec<Vec<f64>> = (0..problem.rows.n_levels())
            .into_par_iter()
            .map(|level| {
                let motions = motions(problem, point, t, level);
                self.level(problem, point, t, level, &motions).gradient
            })
            .collect();
        let width = 1 + problem.rows.p + usize::from(problem.has_size());
        let mut out = vec![0.0; width];
        for level in levels {
            for (out, x) in out.iter_mut().zip(level) {
                *out += x;
            }
        }
        out
    }

    fn level(
        &self,
        problem: &Problem,
        point: &Point,
        t: f64,
        level: usize,
        motions: &[Motion],
    ) -> Integral {
        let rows = &problem.rows;
        let mode = point.modes.own[level];
        // L⁻¹ of the level's one-by-one block.
        let spread = point.factor.inverse[level];
        let mut terms = Vec::with_capacity(self.nodes.len());
        let mut slopes = vec![vec![0.0; motions.len()]; self.nodes.len()];
        for (&(x, log_weight), slopes) in self.nodes.iter().zip(&mut slopes) {
            let u = mode + x * spread;
            let mut sum = log_weight - 0.5 * u * u;
            let mut along = -u;
            for row in rows.level_rows(level) {
                let z = rows.z[row];
                let eta = point.eta[row] + t * z * (u - mode);
                let (y, w) = problem.y(row);
                let value = point.response.row(y, w, eta);
                sum += value.log_likelihood;
                along += value.score * t * z;
                if motions.is_empty() {
                    continue;
                }
                slopes[0] += value.score * z * u;
                for (slope, q) in slopes[1..].iter_mut().zip(&rows.x[row * rows.p..][..rows.p]) {
                    *slope += value.score * q;
                }
                if problem.has_size() {
                    slopes[1 + rows.p] += point.response.size_row(y, w, eta).log_likelihood;
                }
            }
            for (slope, motion) in slopes.iter_mut().zip(motions) {
                *slope += along * (motion.mode + x * motion.spread);
            }
            terms.push(sum);
        }
        let largest = terms.iter().fold(f64::NEG_INFINITY, |m, &t| m.max(t));
        let weights: Vec<f64> = terms.iter().map(|t| exp(t - largest)).collect();
        let total: f64 = weights.iter().sum();
        let deviance = -2.0 * (largest + ln(total) + ln(spread));
        let gradient = (0..motions.len()).map(|i| {
            let mean: f64 = weights.iter().zip(&slopes).map(|(w, s)| w * s[i]).sum::<f64>() / total;
            -2.0 * (mean + motions[i].spread / spread)
        });
        Integral { deviance, gradient: gradient.collect() }
    }
}

/// Derivatives of mode and spread of a level along (T, β, ln size).
fn motions(problem: &Problem, point: &Point, t: f64, level: usize) -> Vec<Motion> {
    let rows = &problem.rows;
    let (p, u) = (rows.p, point.modes.own[level]);
    let width = 1 + p + usize::from(problem.has_size());
    // What the score of u changes by, and the direct change of the expected information.
    let mut pull = vec![0.0; width];
    let mut direct = vec![0.0; width];
    let (mut observed, mut bent) = (1.0, 0.0);
    for row in rows.level_rows(level) {
        let (z, value) = (rows.z[row], &point.values[row]);
        observed += t * t * z * z * value.observed;
        bent += t * t * t * z * z * z * value.slope;
        pull[0] += z * value.score - t * z * z * u * value.observed;
        direct[0] += 2.0 * t * z * z * value.weight + t * t * z * z * z * u * value.slope;
        for (i, x) in rows.x[row * p..][..p].iter().enumerate() {
            pull[1 + i] -= t * z * x * value.observed;
            direct[1 + i] += t * t * z * z * x * value.slope;
        }
        if problem.has_size() {
            let (y, w) = problem.y(row);
            let own = point.response.size_row(y, w, point.eta[row]);
            pull[1 + p] += t * z * own.score;
            direct[1 + p] += t * t * z * z * own.weight;
        }
    }
    let spread = point.factor.inverse[level];
    let motion = |(pull, direct): (&f64, &f64)| {
        let mode = pull / observed;
        let block = direct + bent * mode;
        // d(M^-1/2) = -M^-3/2 dM / 2.
        Motion { mode, spread: -0.5 * spread * spread * spread * block }
    };
    pull.iter().zip(&direct).map(motion).collect()
}
