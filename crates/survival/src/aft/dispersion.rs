//! How much the logarithms of the times vary: σ and, as hazards have it, the shape.

use seedtest_numerics::normal_quantile;

use super::distribution::Distribution;
use super::hazard::Positive;
use super::result::Fit;

/// σ and the shape, with errors by the delta method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// σ of ln T = xβ + σ W; 1 without an error for the exponential distribution.
    pub scale: Positive,
    /// 1/σ, the shape of the Weibull and the log-logistic distribution; `None` for the log-normal one,
    /// which has none.
    pub shape: Option<Positive>,
}

impl Fit {
    /// How much ln T varies at equal covariates, with bounds of level `confidence` (between 0 and 1).
    pub fn dispersion(&self, confidence: f64) -> Dispersion {
        let quantile = normal_quantile(0.5 + 0.5 * confidence);
        let last = self.parameters.last().filter(|_| self.distribution().has_scale());
        let (log, se) = last.map_or((0.0, None), |p| (p.estimate.unwrap_or(0.0), p.se));
        let shape = || Positive::of_log(-log, se, quantile);
        Dispersion {
            scale: Positive::of_log(log, se, quantile),
            shape: (self.distribution() != Distribution::LogNormal).then(shape),
        }
    }
}
