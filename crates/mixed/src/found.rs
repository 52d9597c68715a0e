//! Where a search ended, in the effects of the data and in those it was made in.

use crate::lmm::spectrum;
use crate::newton::{Ending, Minimum};

/// Rows times parameters squared up to which asking costs nothing that is felt.
const FEW: usize = 300_000;
/// Curvature of the criterion along a covariance parameter, in units of effects that vary by one, that makes
/// one ask whether the data determine it.
const FLAT: f64 = 1e-4;
/// An eigenvalue of the scaled second derivatives below this makes one ask whether they
/// determine all.
const DOUBTFUL: f64 = 1e-4;

/// The minimum in the effects of the data.
pub(crate) struct Found<P> {
    /// Its second derivatives are those of the effects searched for.
    pub(crate) minimum: Minimum<P>,
    /// Parameters as searched for, where they are others than those of the data.
    pub(crate) inner: Option<Minimum<P>>,
}

impl<P> Found<P> {
    /// The effects of the data are those searched for.
    pub(crate) fn plain(minimum: Minimum<P>) -> Self {
        Self { minimum, inner: None }
    }

    /// The minimum `inner` of other effects, `None` where there was nothing to search for, as that of the
    /// data's at `x`.
    pub(crate) fn within(
        inner: Option<Minimum<P>>,
        x: Vec<f64>,
        value: f64,
        point: P,
        gradient: Vec<f64>,
    ) -> Self {
        let (hessian, iterations, ending) = match &inner {
            Some(of) => (of.hessian.clone(), of.iterations, of.ending),
            None => (Vec::new(), 0, Ending::Converged),
        };
        let minimum = Minimum { x, value, point, gradient, hessian, iterations, ending };
        Self { minimum, inner }
    }

    /// Largest component of the gradient where the search was made, each in units in which the parameter's own
    /// curvature of the criterion is 2: how many standard errors are left to go, whatever the units of
    /// the columns.
    pub(crate) fn scaled_gradient(&self) -> f64 {
        let Minimum { gradient, hessian, .. } = self.inner.as_ref().unwrap_or(&self.minimum);
        let m = gradient.len();
        let scaled = |(i, g): (usize, &f64)| {
            let curvature = hessian.get(i * m + i).map_or(0.0, |h| h.abs());
            if curvature > 0.0 { g.abs() / (2.0 * curvature).sqrt() } else { g.abs() }
        };
        gradient.iter().enumerate().map(scaled).fold(0.0, f64::max)
    }

    /// Whether to ask if the data determine all covariances: of few rows always, of many where a direction has
    /// next to no curvature. `units` are θ of effects that vary by one.
    pub(crate) fn is_doubtful(&self, rows: usize, units: &[f64]) -> bool {
        let hessian = &self.minimum.hessian;
        let m = hessian.len().isqrt();
        if rows * m * m <= FEW {
            return true;
        }
        let flat = |(i, unit): (usize, &f64)| hessian[i * m + i] * unit * unit < FLAT;
        let is_flat = units.iter().enumerate().take(m).any(flat);
        is_flat || spectrum(hessian, m).first().is_some_and(|least| *least < DOUBTFUL)
    }
}
