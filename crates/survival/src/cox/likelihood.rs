//! The partial likelihood, by the way ties are treated.

use seedtest_numerics::{Derivatives, LogLikelihood};

use super::exact::Exact;
use super::partial::Partial;

/// The partial likelihood of a fit.
pub(crate) enum Likelihood<'s, 'p> {
    Approximate(Box<Partial<'s, 'p>>),
    Exact(Exact<'p>),
}

impl LogLikelihood for Likelihood<'_, '_> {
    fn derivatives(&mut self, beta: &[f64]) -> Option<Derivatives> {
        match self {
            Self::Approximate(partial) => {
                let value = partial.log_likelihood(beta)?;
                Some(partial.derivatives(value))
            }
            Self::Exact(exact) => exact.derivatives(beta),
        }
    }

    fn value(&mut self, beta: &[f64]) -> Option<f64> {
        match self {
            Self::Approximate(partial) => partial.log_likelihood(beta),
            Self::Exact(exact) => exact.derivatives(beta).map(|d| d.value),
        }
    }
}
