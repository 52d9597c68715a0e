use super::exact::Exact;
use super::partial::{Derivatives, Partial};

/// The partial likelihood of a fit.
pub(crate) enum Likelihood<'s, 'p> {
    Approximate(Box<Partial<'s, 'p>>),
    Exact(Exact<'p>),
}

impl Likelihood<'_, '_> {
    /// Value and derivatives at a point; `None` when a linear predictor leaves the range of numbers.
    pub(crate) fn derivatives(&mut self, beta: &[f64]) -> Option<Derivatives> {
        match self {
            Self::Approximate(partial) => {
                let value = partial.log_likelihood(beta)?;
                Some(partial.derivatives(value))
            }
            Self::Exact(exact) => exact.derivatives(beta),
        }
    }

    /// Value at a point only where that is cheaper than all derivatives.
    pub(crate) fn value(&mut self, beta: &[f64]) -> Option<f64> {
        match self {
            Self::Approximate(partial) => partial.log_likelihood(beta),
            Self::Exact(exact) => exact.derivatives(beta).map(|d| d.log_likelihood),
        }
    }
}
