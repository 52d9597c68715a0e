//! What the sampler needs of a posterior.

/// A log-density over unconstrained parameters, up to a constant.
pub(crate) trait Density: Sync {
    /// Number of parameters.
    fn dim(&self) -> usize;

    /// Log-density at `x`; its gradient goes into `gradient`. Not finite where there is none.
    fn ln_density(&self, x: &[f64], gradient: &mut [f64]) -> f64;
}
