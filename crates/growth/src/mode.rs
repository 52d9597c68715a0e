//! Where a chain starts: the posterior mode with the covariance of the normal approximation there.

use seedtest_numerics::Interrupt;

use crate::density::Density;

const MOST_STEPS: usize = 200;
/// Newton decrement at which the mode counts as found: chains need no more.
const TOLERANCE: f64 = 1e-6;
const DIFFERENCE: f64 = 1e-4;

/// Mode and covariance in rows.
pub(crate) struct Mode {
    pub(crate) position: Vec<f64>,
    pub(crate) covariance: Vec<f64>,
}

/// Damped Newton from `start` with second derivatives by differences of the gradient; `None` when
/// no maximum with a curvature is found before `stop` is raised.
pub(crate) fn mode(density: &dyn Density, start: Vec<f64>, stop: &Interrupt) -> Option<Mode> {
    let dim = density.dim();
    let mut x = start;
    let mut gradient = vec![0.0; dim];
    let mut value = density.ln_density(&x, &mut gradient);
    if !value.is_finite() {
        return None;
    }
    let mut damping = 1e-3;
    for _ in 0..MOST_STEPS {
        stop.check().ok()?;
        let information = information(density, &x);
        let (step, damped) = newton_step(&information, &gradient, damping)?;
        damping = damped;
        let decrement: f64 = step.iter().zip(&gradient).map(|(s, g)| s * g).sum();
        if decrement < TOLERANCE {
            return inverse(&information, dim).map(|covariance| Mode { position: x, covariance });
        }
        let trial: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x + s).collect();
        let mut there = vec![0.0; dim];
        let reached = density.ln_density(&trial, &mut there);
        if reached.is_finite() && reached > value {
            (x, gradient, value) = (trial, there, reached);
            damping = (damping * 0.2).max(1e-12);
        } else {
            damping = (damping * 8.0).max(1e-6);
            if damping > 1e12 {
                return None;
            }
        }
    }
    None
}

/// Minus the second derivatives, in rows.
fn information(density: &dyn Density, x: &[f64]) -> Vec<f64> {
    let dim = x.len();
    let mut matrix = vec![0.0; dim * dim];
    let (mut up, mut down) = (vec![0.0; dim], vec![0.0; dim]);
    let mut point = x.to_vec();
    for i in 0..dim {
        point[i] = x[i] + DIFFERENCE;
        density.ln_density(&point, &mut up);
        point[i] = x[i] - DIFFERENCE;
        density.ln_density(&point, &mut down);
        point[i] = x[i];
        for j in 0..dim {
            let slope = (down[j] - up[j]) / (2.0 * DIFFERENCE);
            matrix[i * dim + j] += 0.5 * slope;
            matrix[j * dim + i] += 0.5 * slope;
        }
    }
    matrix
}

/// The step (I + λD)⁻¹g, D the diagonal made positive, and the damping with which it exists.
fn newton_step(information: &[f64], gradient: &[f64], damping: f64) -> Option<(Vec<f64>, f64)> {
    let dim = gradient.len();
    let mut damping = damping;
    while damping < 1e12 {
        let mut matrix = information.to_vec();
        for i in 0..dim {
            matrix[i * dim + i] += damping * matrix[i * dim + i].abs().max(1e-3);
        }
        if let Some(factor) = factor(&matrix, dim) {
            return Some((solve(&factor, gradient), damping));
        }
        damping = damping.max(1e-6) * 8.0;
    }
    None
}

fn inverse(matrix: &[f64], dim: usize) -> Option<Vec<f64>> {
    let factor = factor(matrix, dim)?;
    let mut all = Vec::with_capacity(dim * dim);
    for i in 0..dim {
        let mut unit = vec![0.0; dim];
        unit[i] = 1.0;
        all.extend(solve(&factor, &unit));
    }
    Some(all)
}

fn factor(matrix: &[f64], dim: usize) -> Option<Vec<f64>> {
    crate::nuts::cholesky(matrix, dim)
}

fn solve(factor: &[f64], right: &[f64]) -> Vec<f64> {
    let dim = right.len();
    let mut x = right.to_vec();
    for i in 0..dim {
        let known: f64 = (0..i).map(|k| factor[i * dim + k] * x[k]).sum();
        x[i] = (x[i] - known) / factor[i * dim + i];
    }
    crate::nuts::solve_transposed(factor, &mut x);
    x
}
