//! Degrees of freedom of the t tests of fixed effects.

use super::problem::Problem;
use super::result::Fit;
use crate::system::small;

/// Step of the differences, as a share of the size of θ and σ.
const STEP: f64 = 1e-4;
/// Eigenvalues of the scaled second derivatives below this say nothing.
const SMALLEST_EIGENVALUE: f64 = 1e-8;

/// Derivatives of the deviance as a function of (θ, σ), and the fixed effects' covariance.
struct At {
    gradient: Vec<f64>,
    covariance: Vec<f64>,
}

impl Fit {
    /// Degrees of freedom after Satterthwaite (1946), as in lmerTest, of every fixed effect; `None` for
    /// columns without an estimate.
    ///
    /// The covariance of (θ, σ) comes from differences of the exact gradient: twice as many evaluations
    /// as there are parameters.
    pub fn satterthwaite(&self) -> Vec<Option<f64>> {
        let df = self.degrees_of_freedom();
        let mut df = df.into_iter();
        self.fixed.iter().map(|f| f.estimate.and_then(|_| df.next().flatten())).collect()
    }

    /// For the columns that are kept; `None` where it cannot be computed.
    fn degrees_of_freedom(&self) -> Vec<Option<f64>> {
        let (problem, p) = (&self.problem, self.problem.rows.p);
        let mut parameters = self.theta.clone();
        parameters.push(self.sigma());
        let m = parameters.len();
        let mut hessian = vec![0.0; m * m];
        let mut jacobian = vec![0.0; p * m];
        for i in 0..m {
            let step = STEP * parameters[i].abs().max(0.1 * self.typical(i));
            let moved = |sign: f64| {
                let mut x = parameters.clone();
                x[i] += sign * step;
                at(problem, &x)
            };
            let (Some(high), Some(low)) = (moved(1.0), moved(-1.0)) else { return vec![None; p] };
            for j in 0..m {
                let slope = (high.gradient[j] - low.gradient[j]) / (2.0 * step);
                hessian[i * m + j] += 0.5 * slope;
                hessian[j * m + i] += 0.5 * slope;
            }
            for a in 0..p {
                let difference = high.covariance[a * p + a] - low.covariance[a * p + a];
                jacobian[a * m + i] = difference / (2.0 * step);
            }
        }
        let variance = pseudo_inverse(&hessian, m);
        let df = |a: usize| {
            let g = &jacobian[a * m..(a + 1) * m];
            let mut spread = 0.0;
            for i in 0..m {
                for j in 0..m {
                    spread += 2.0 * g[i] * variance[i * m + j] * g[j];
                }
            }
            let own = self.covariance[a * p + a];
            (spread > 0.0).then(|| 2.0 * own * own / spread)
        };
        (0..p).map(df).collect()
    }

    /// Typical size of a parameter, for the step at zero.
    fn typical(&self, i: usize) -> f64 {
        let start = self.problem.start();
        match start.get(i) {
            Some(_) => {
                start.iter().fold(f64::INFINITY, |m, x| if *x > 0.0 { m.min(*x) } else { m })
            }
            None => self.sigma(),
        }
    }
}

/// The deviance of (θ, σ), β profiled or integrated out.
fn at(problem: &Problem, parameters: &[f64]) -> Option<At> {
    let (sigma, theta) = parameters.split_last()?;
    let point = problem.point(theta)?;
    let score = problem.score(&point);
    let variance = sigma * sigma;
    let net = problem.net_scores(&score, variance);
    let mut gradient = problem.along_theta(&net, &problem.by_group(theta));
    let degrees = problem.degrees();
    gradient.push(2.0 * degrees / sigma - 2.0 * point.residual / (variance * sigma));
    let scaled: Vec<f64> = point.fixed_inverse.iter().map(|v| v * variance).collect();
    Some(At { gradient, covariance: problem.fixed.covariance(&scaled) })
}

/// Inverse of a symmetric matrix without the directions in which it vanishes.
fn pseudo_inverse(a: &[f64], m: usize) -> Vec<f64> {
    let scale: Vec<f64> =
        (0..m).map(|i| if a[i * m + i] > 0.0 { 1.0 / a[i * m + i].sqrt() } else { 1.0 }).collect();
    let scaled: Vec<f64> = (0..m * m).map(|at| a[at] * scale[at / m] * scale[at % m]).collect();
    let (values, vectors) = small::eigen(&scaled, m);
    let mut out = vec![0.0; m * m];
    for (value, v) in values.iter().zip(&vectors).filter(|(v, _)| **v > SMALLEST_EIGENVALUE) {
        for i in 0..m {
            for j in 0..m {
                out[i * m + j] += v[i] * v[j] / value * scale[i] * scale[j];
            }
        }
    }
    out
}
