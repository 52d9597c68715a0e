//! Location and spread of covariates, and how they are centred and scaled inside a fit.

use seedtest_numerics::vectorized;

use crate::data::Data;
use crate::simd::sum;
use crate::tasks::map_columns;
use crate::warning::Warning;

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

impl StandardColumn {
    /// The covariate in a row, centred and scaled.
    pub(crate) fn value(&self, data: &Data<'_>, row: usize) -> f64 {
        (data.covariates[self.index].values[row] - self.mean) / self.sd
    }
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
    map_columns(&data.covariates, data.n(), |c| vectorized(|| column_moments(c.values)))
}

/// The covariates that vary, with warnings about those that do not.
pub(crate) fn without_constant(data: &Data<'_>) -> (Standard, Vec<Warning>) {
    let mut standard = Standard::default();
    let mut warnings = Vec::new();
    for (index, Moments { mean, sd, constant }) in moments(data).into_iter().enumerate() {
        if constant {
            let covariate = data.covariates[index].name.to_owned();
            warnings.push(Warning::Constant { covariate });
        } else {
            standard.columns.push(StandardColumn { index, mean, sd });
        }
    }
    (standard, warnings)
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn column_moments(values: &[f64]) -> Moments {
    let n = values.len() as f64;
    let constant = values.iter().all(|x| *x == values[0]);
    // Shifted by a value of the column, so that large means do not eat the digits of the spread.
    let shift = values[0];
    let mut block = [0.0; BLOCK];
    let mut total = |f: &dyn Fn(f64) -> f64| {
        let parts = values.chunks(BLOCK).map(|part| {
            for (out, &x) in block.iter_mut().zip(part) {
                *out = f(x);
            }
            sum(&block[..part.len()])
        });
        parts.sum::<f64>()
    };
    let mean = shift + total(&|x| x - shift) / n;
    let squares = total(&|x| (x - mean) * (x - mean));
    let sd = (squares / (n - 1.0).max(1.0)).sqrt();
    Moments { mean, sd, constant: constant || sd == 0.0 }
}
