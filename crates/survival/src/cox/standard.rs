use crate::data::Data;
use crate::simd::{sum, vectorized};
use rayon::prelude::*;

/// A covariate that takes part in the fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StandardColumn {
    /// Index among the covariates of the data.
    pub(crate) index: usize,
    /// Mean over the rows.
    pub(crate) mean: f64,
    /// Standard deviation over the rows, > 0.
    pub(crate) sd: f64,
}

/// How covariates are centred and scaled inside the fit: (x − mean) / sd.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Standard {
    pub(crate) columns: Vec<StandardColumn>,
}

/// Location and spread of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    pub(crate) constant: bool,
}

/// Moments of every covariate over all rows, unweighted.
pub(crate) fn moments(data: &Data<'_>) -> Vec<Moments> {
    data.covariates.par_iter().map(|c| vectorized(|| column_moments(c.values))).collect()
}

fn column_moments(values: &[f64]) -> Moments {
    let n = values.len() as f64;
    let constant = values.iter().all(|x| *x == values[0]);
    // Shifted by a value of the column, so that large means do not eat the digits of the spread.
    let shift = values[0];
    let mean = shift + values.iter().map(|x| x - shift).sum::<f64>() / n;
    let squares: Vec<f64> = values.iter().map(|x| (x - mean) * (x - mean)).collect();
    let sd = (sum(&squares) / (n - 1.0).max(1.0)).sqrt();
    Moments { mean, sd, constant: constant || sd == 0.0 }
}
