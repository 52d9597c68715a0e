//! Where a search ended, in the effects of the data and in those it was made in.

use crate::lmm::spectrum;
use crate::newton::{Ending, Minimum};

/// An eigenvalue of the scaled second derivatives below this makes one ask whether the data determine all.
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

    /// Whether a direction has so little curvature that the data may not determine it.
    pub(crate) fn is_doubtful(&self) -> bool {
        let hessian = &self.minimum.hessian;
        let m = hessian.len().isqrt();
        let flat = (0..m).any(|i| hessian[i * m + i] <= f64::MIN_POSITIVE);
        flat || spectrum(hessian, m).first().is_some_and(|least| *least < DOUBTFUL)
    }
}
