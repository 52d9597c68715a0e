use rayon::prelude::*;

use crate::data::Data;

const BLOCK: usize = 1024;

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
    data.covariates.par_iter().map(|c| column_moments(c.values)).collect()
}

fn column_moments(values: &[f64]) -> Moments {
    let n = values.len() as f64;
    let constant = values.iter().all(|x| *x == values[0]);
    // Shifted by a value of the column, so that large means do not eat the digits of the spread.
    let shift = values[0];
    let blocks = values.chunks(BLOCK);
    let mean = shift + blocks.map(|b| b.iter().map(|x| x - shift).sum::<f64>()).sum::<f64>() / n;
    let square = |x: &f64| (x - mean) * (x - mean);
    let squares: f64 = values.chunks(BLOCK).map(|b| b.iter().map(square).sum::<f64>()).sum();
    let sd = (squares / (n - 1.0).max(1.0)).sqrt();
    Moments { mean, sd, constant: constant || sd == 0.0 }
}
