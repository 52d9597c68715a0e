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
        let (problem, theta) = self.searched();
        let p = problem.rows.p;
        let mut parameters = theta.to_vec();
        parameters.push(self.sigma());
        let m = parameters.len();
        let mut hessian = vec![0.0; m * m];
        let mut jacobian = vec![0.0; p * m];
        for i in 0..m {
            let step = STEP * parameters[i].abs().max(0.1 * self.typical(problem, i));
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
        let variance = small::pseudo_inverse(&hessian, m, SMALLEST_EIGENVALUE);
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

    /// The problem of the effects searched for, and θ there.
    fn searched(&self) -> (&Problem, &[f64]) {
        let inner = self.problem.inner.as_ref().and_then(|inner| inner.problem.as_deref());
        match (inner, &self.searched) {
            (Some(problem), Some(theta)) => (problem, theta),
            _ => (&self.problem, &self.theta),
        }
    }

    /// Typical size of a parameter, for the step at zero.
    fn typical(&self, problem: &Problem, i: usize) -> f64 {
        let start = problem.unit_start();
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
