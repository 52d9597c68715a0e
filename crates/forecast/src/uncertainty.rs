//! How sure the coefficients of a fit are, and the noise with what they used up given back.

use seedtest_numerics::{Cholesky, normal_quantile};

use crate::data::Data;
use crate::error::Error;
use crate::fit::Fit;
use crate::linear_algebra::{dot, gram};
use crate::optimum::add_diagonal;
use crate::problem::{FIRST_CHANGE, Problem};
use crate::student::{central_quantile, normal_equivalent, two_sided};

/// Covariance of the coefficients at the mode in units of the noise's variance, (AᵀA + σ²D)⁻¹ over the
/// coefficients that are not at a kink.
pub(crate) struct Uncertainty {
    theta: Vec<f64>,
    /// Coefficients that are free to move.
    free: Vec<usize>,
    covariance: Vec<f64>,
    /// How much of each fitted row's value goes into its own fit.
    pub(crate) leverages: Vec<f64>,
    /// Parameters the fit used up, the sum of these.
    pub(crate) parameters: f64,
    /// Standard deviation of the noise on the scale of the model, by the degrees of freedom left.
    sigma: f64,
    degrees_of_freedom: f64,
}

impl Uncertainty {
    /// `fitted` are the rows of the fit.
    pub(crate) fn new(fit: &Fit, fitted: &Data<'_>) -> Result<Self, Error> {
        let theta = fit.theta();
        let problem = fit.layout.problem(fitted, &fit.spec)?;
        let changes = FIRST_CHANGE..problem.first_effect();
        let free: Vec<usize> =
            (0..problem.p()).filter(|&j| !changes.contains(&j) || theta[j] != 0.0).collect();
        let columns = chosen(&problem, &theta, &free);
        let mut information = gram(&columns, problem.n(), free.len());
        let variance = fit.sigma_obs * fit.sigma_obs;
        let precisions = problem.precisions();
        add_diagonal(&mut information, free.iter().map(|&j| variance * precisions[j]));
        let covariance = Cholesky::new(information, free.len()).inverse();
        let mut known = Self {
            theta,
            free,
            covariance,
            leverages: Vec::new(),
            parameters: 0.0,
            sigma: 0.0,
            degrees_of_freedom: 1.0,
        };
        let n = problem.n() as f64;
        known.leverages = known.of(&problem);
        known.parameters = known.leverages.iter().sum();
        known.degrees_of_freedom = (n - known.parameters).max(1.0);
        known.sigma = fit.sigma_obs * (n / known.degrees_of_freedom).sqrt();
        Ok(known)
    }

    /// Variance of the curve at the rows of a problem in units of the noise's.
    pub(crate) fn of(&self, problem: &Problem) -> Vec<f64> {
        let (n, size) = (problem.n(), self.free.len());
        let columns = chosen(problem, &self.theta, &self.free);
        let of_row = |row: usize| {
            let a: Vec<f64> = (0..size).map(|j| columns[j * n + row]).collect();
            (0..size).map(|j| a[j] * dot(&self.covariance[j * size..][..size], &a)).sum()
        };
        (0..n).map(of_row).collect()
    }

    /// How rare a residual of a row that was not fitted is, the first of `problem`: the normal value as rare, and the
    /// two-sided probability. `None` without noise to compare it with.
    pub(crate) fn score(&self, problem: &Problem, residual: f64) -> Option<(f64, f64)> {
        let sd = self.sigma * (1.0 + self.of(problem).first()?).sqrt();
        let t = residual / sd;
        let df = self.degrees_of_freedom;
        (sd > 0.0).then(|| (normal_equivalent(t, df), two_sided(t, df)))
    }

    /// Standard deviation of a new value at the rows of a problem, such that the normal interval of
    /// `width` with it is that of Student's t with the degrees of freedom left.
    pub(crate) fn sigmas(&self, problem: &Problem, width: f64) -> Vec<f64> {
        let reach = central_quantile(width, self.degrees_of_freedom);
        let sigma = self.sigma * reach / normal_quantile(0.5 + 0.5 * width);
        self.of(problem).iter().map(|of_curve| sigma * (1.0 + of_curve).sqrt()).collect()
    }
}

/// Derivatives of the curve in the free coefficients, a column for each.
fn chosen(problem: &Problem, theta: &[f64], free: &[usize]) -> Vec<f64> {
    let (n, all) = (problem.n(), problem.jacobian(theta, &problem.curve(theta)));
    free.iter().flat_map(|&j| all[j * n..(j + 1) * n].to_vec()).collect()
}
