//! The energy diagnostic of Hamiltonian chains.

use super::chains::{mean, variance};

/// Energy Bayesian fraction of missing information of one chain: mean squared step of the energy over
/// its variance (Betancourt 2016, "Diagnosing suboptimal cotangent disintegrations"). Below 0.3 the
/// sampler explores the tails of the energy slowly.
///
/// `None` for fewer than three energies or where they do not vary.
pub fn energy_bfmi(energy: &[f64]) -> Option<f64> {
    if energy.len() < 3 {
        return None;
    }
    let squared_steps: Vec<f64> =
        energy.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).collect();
    let fraction = mean(&squared_steps) / variance(energy);
    fraction.is_finite().then_some(fraction)
}
