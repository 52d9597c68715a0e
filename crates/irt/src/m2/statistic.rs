//! The quadratic form of the residuals of the moments.

use rayon::prelude::*;
use seedtest_numerics::{Cholesky, Interrupt, Interrupted};

use super::moments::{Moments, SampleMoments};

/// A statistic with its degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistic {
    pub(super) value: f64,
    pub(super) df: u32,
}

/// N·e′(Ξ⁻¹ − Ξ⁻¹Δ(Δ′Ξ⁻¹Δ)⁻¹Δ′Ξ⁻¹)e with residuals e, their covariance Ξ under the model and the
/// derivatives Δ of the moments: the same number as with an orthogonal complement of Δ
/// (Maydeu-Olivares & Joe 2006, eq. 2.2), without having to build one. `None` without degrees of
/// freedom.
///
/// # Errors
/// [`Interrupted`] once nobody wants it.
pub(super) fn statistic(
    sample: &SampleMoments,
    moments: &Moments<'_>,
    derivatives: &[Vec<f64>],
    stop: &Interrupt,
) -> Result<Option<Statistic>, Interrupted> {
    let n = moments.values().len();
    let covariance = Cholesky::within(moments.covariance(), n, stop)?;
    let solved = |column: &[f64]| {
        let mut column = column.to_vec();
        covariance.solve(&mut column);
        column
    };
    let residuals: Vec<f64> =
        sample.values().iter().zip(moments.values()).map(|(seen, model)| seen - model).collect();
    let one = |column: &Vec<f64>| stop.check().map(|()| solved(column));
    let by_covariance: Vec<Vec<f64>> = derivatives.par_iter().map(one).collect::<Result<_, _>>()?;
    let p = derivatives.len();
    let information = (0..p * p).map(|at| dot(&derivatives[at / p], &by_covariance[at % p]));
    let information = Cholesky::new(information.collect(), p);
    let rank = p - information.dropped().len();
    let df = (n - covariance.dropped().len()).checked_sub(rank).filter(|&df| df > 0);
    let Some(df) = df else { return Ok(None) };
    let projected: Vec<f64> = by_covariance.iter().map(|column| dot(column, &residuals)).collect();
    let mut fitted = projected.clone();
    information.solve(&mut fitted);
    let value = dot(&residuals, &solved(&residuals)) - dot(&projected, &fitted);
    Ok(Some(Statistic { value: sample.n() as f64 * value, df: df as u32 }))
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
