//! Sensitivity of a posterior to its prior and likelihood.

use super::cumulative_divergence::cumulative_distance;
use super::pareto_smoothing::{ParetoSmoothed, pareto_smooth};
use crate::elementary::{exp, ln};

/// Half-width of the finite difference: the component is raised to 0.99 and to 1.01.
const STEP: f64 = 0.01;

/// How a posterior answers to raising its prior or its likelihood to a power.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    /// Distance of the posterior per doubling of the power; above 0.05 the component matters.
    pub distance: f64,
    /// Larger k̂ of the two sets of weights; `None` where a tail could not be fitted.
    pub pareto_k: Option<f64>,
}

/// Power-scaling sensitivity of each quantity (Kallioinen, Paananen, Bürkner & Vehtari 2024,
/// equation 9): mean of the cumulative Jensen–Shannon distances to the posteriors with the component
/// raised to 0.99 and 1.01, each per log₂ of the power.
///
/// `log_component` is the log prior (or the log-likelihood) at every draw, constants left out;
/// `quantities[q]` are the draws of quantity q in the same order; `efficiency` that of the draws.
pub fn power_scaling_sensitivity(
    log_component: &[f64],
    quantities: &[&[f64]],
    efficiency: f64,
) -> Vec<Sensitivity> {
    let lower = scaled(log_component, 1.0 - STEP, efficiency);
    let upper = scaled(log_component, 1.0 + STEP, efficiency);
    let pareto_k = lower.pareto_k.zip(upper.pareto_k).map(|(lower, upper)| lower.max(upper));
    let weights =
        [&lower, &upper].map(|w| w.log_weights.iter().map(|w| exp(*w)).collect::<Vec<_>>());
    let per_doubling =
        [1.0 - STEP, 1.0 + STEP].map(|power| std::f64::consts::LN_2 / ln(power).abs());
    let distance = |draws: &&[f64]| {
        let sides =
            [0, 1].map(|side| per_doubling[side] * cumulative_distance(draws, &weights[side]));
        Sensitivity { distance: 0.5 * (sides[0] + sides[1]), pareto_k }
    };
    quantities.iter().map(distance).collect()
}

fn scaled(log_component: &[f64], power: f64, efficiency: f64) -> ParetoSmoothed {
    let ratios: Vec<f64> = log_component.iter().map(|value| (power - 1.0) * value).collect();
    pareto_smooth(&ratios, efficiency)
}
