//! The constants of a linking as the least squares between curves, by damped Gauss–Newton.

use crate::link_error::LinkError;

/// Criterion ½Σw·r², its gradient and Gauss–Newton curvature by (slope, intercept).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NormalEquations {
    pub(crate) criterion: f64,
    pub(crate) gradient: [f64; 2],
    pub(crate) curvature: [[f64; 2]; 2],
}

impl NormalEquations {
    /// Adds a residual with its derivatives.
    pub(crate) fn add(&mut self, weight: f64, residual: f64, by: [f64; 2]) {
        self.criterion += 0.5 * weight * residual * residual;
        for i in 0..2 {
            self.gradient[i] += weight * residual * by[i];
            for j in 0..2 {
                self.curvature[i][j] += weight * by[i] * by[j];
            }
        }
    }

    /// Adds Σr², Σr·s, Σs² of residuals whose derivatives are s times `by`.
    pub(crate) fn add_sums(&mut self, weight: f64, [rr, rs, ss]: [f64; 3], by: [f64; 2]) {
        self.criterion += 0.5 * weight * rr;
        for i in 0..2 {
            self.gradient[i] += weight * rs * by[i];
            for j in 0..2 {
                self.curvature[i][j] += weight * ss * by[i] * by[j];
            }
        }
    }

    fn step(&self, damping: f64, same_unit: bool) -> Option<[f64; 2]> {
        let grow = 1.0 + damping;
        let m = self.curvature;
        let damped = [[m[0][0] * grow, m[0][1]], [m[1][0], m[1][1] * grow]];
        solve_constants(damped, self.gradient.map(|g| -g), same_unit)
    }
}

/// (slope, intercept) at the minimum of the criterion, searched from `start`; with `same_unit` the slope stays as it is.
pub(crate) fn least_squares(
    start: [f64; 2],
    same_unit: bool,
    normal_equations: impl Fn([f64; 2]) -> NormalEquations,
) -> Result<[f64; 2], LinkError> {
    const MOST_ITERATIONS: usize = 100;
    const SMALL_STEP: f64 = 1e-12;
    let mut x = start;
    let mut damping = 0.0;
    let mut here = normal_equations(x);
    for _ in 0..MOST_ITERATIONS {
        let Some(step) = here.step(damping, same_unit) else {
            return Err(LinkError::NoUnit { reason: "the curves do not depend on the constants" });
        };
        let next = [x[0] + step[0], x[1] + step[1]];
        let there = (next[0] > 0.0).then(|| normal_equations(next));
        let small = step[0].abs().max(step[1].abs()) < SMALL_STEP * (1.0 + x[0].abs() + x[1].abs());
        match there {
            Some(there) if there.criterion <= here.criterion => {
                (x, here) = (next, there);
                damping *= 0.1;
            }
            _ if small => return Ok(x),
            _ => damping = (damping * 10.0_f64).max(1e-3),
        }
        if small {
            return Ok(x);
        }
    }
    Err(LinkError::NotConverged { iterations: MOST_ITERATIONS })
}

/// Solves a system of the constants; with `same_unit` that of the intercept alone. `None` where it does not bend in
/// every direction.
pub(crate) fn solve_constants(
    m: [[f64; 2]; 2],
    rhs: [f64; 2],
    same_unit: bool,
) -> Option<[f64; 2]> {
    if same_unit {
        return (m[1][1] > 0.0 && m[1][1].is_finite()).then(|| [0.0, rhs[1] / m[1][1]]);
    }
    let determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    // Relative to the diagonal: the criterion must bend in both directions.
    let singular = determinant.abs() <= 1e-14 * (m[0][0] * m[1][1]).abs();
    (!singular && determinant.is_finite()).then(|| {
        [
            (m[1][1] * rhs[0] - m[0][1] * rhs[1]) / determinant,
            (m[0][0] * rhs[1] - m[1][0] * rhs[0]) / determinant,
        ]
    })
}
